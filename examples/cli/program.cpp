// What the programs of this folder do alike: the model they are given, their command line, error lines and exit codes.
#include "program.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <new>

#include "output.h"
#include "valence/error.h"

namespace cli {

void ModelOptions::AddTo(CLI::App& app) {
  app.add_option("--model", folder, "A model folder; default: $VALENCE_MODEL, else the default model")
      ->type_name("DIR");
  app.add_option("--threads", options.threads, "Worker threads; 0: all the CPUs this process may use")->type_name("N");
  app.add_option("--max-tokens", options.max_tokens, "Tokens a text is cut to; 0: the model's own limit")
      ->type_name("N");
  app.add_option("--precision", precision, "Arithmetic; auto: bf16 where the CPU has it, else f32")
      ->type_name("auto|f32|bf16");
}

void ModelOptions::Check() {
  if (options.threads < 0) {
    throw UsageError("--threads: expected 0 or more, found " + std::to_string(options.threads));
  }
  if (options.max_tokens < 0 || options.max_tokens == 1) {
    throw UsageError("--max-tokens: expected 2 or more, or 0 for the model's own limit, found " +
                     std::to_string(options.max_tokens));
  }
  const std::map<std::string, valence::Precision> precisions = {
      {"auto", valence::Precision::kAuto}, {"f32", valence::Precision::kF32}, {"bf16", valence::Precision::kBf16}};
  const auto found = precisions.find(precision);
  if (found == precisions.end()) throw UsageError("--precision: expected auto, f32 or bf16, found " + precision);
  options.precision = found->second;
}

valence::Classifier ModelOptions::LoadClassifier() const {
  return folder ? valence::Classifier::load(*folder, options) : valence::Classifier::load(options);
}

valence::Tokenizer ModelOptions::LoadTokenizer() const {
  return folder ? valence::Tokenizer::load(*folder) : valence::Tokenizer::load();
}

void PrintError(std::string_view program, std::string_view message) {
  std::string line(program);
  line += ": error: ";
  for (const char c : message) line += c == '\n' ? ' ' : c;
  std::cerr << line + '\n';
}

int RunProgram(std::string_view program, const std::function<ExitCode()>& run) {
  try {
    GuardOutput();
    return run();
  } catch (const OutputClosed&) {
    return kAllAnswered;
  } catch (const UsageError& error) {
    PrintError(program, error.what());
    return kUsage;
  } catch (const valence::Error& error) {
    PrintError(program, error.what());
    return error.code() == valence::ErrorCode::kInvalidArgument ? kUsage : kFailed;
  } catch (const std::bad_alloc&) {
    PrintError(program, "out of memory");
  } catch (const std::exception& error) {
    PrintError(program, error.what());
  }
  return kFailed;
}

}  // namespace cli
