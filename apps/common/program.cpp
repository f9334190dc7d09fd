// What the programs of this folder do alike: the model they are given, their command line, error lines and exit codes.
#include "program.h"

#include <CLI/CLI.hpp>
#include <iostream>
#include <map>
#include <new>
#include <sstream>

#include "output.h"
#include "valence/error.h"
#include "valence/version.h"

namespace cli {
namespace {

// One line on standard error, whatever the message holds.
void PrintLine(std::string line, std::string_view message) {
  for (const char c : message) line += c == '\n' ? ' ' : c;
  std::cerr << line + '\n';
}

}  // namespace

void ModelOptions::AddTo(CLI::App& app) {
  app.add_option("--model", folder, "A model folder; default: $VALENCE_MODEL, else the default model")
      ->type_name("DIR");
  AddSettingsTo(app);
}

void ModelOptions::AddSettingsTo(CLI::App& app) {
  app.add_option("--threads", options.threads, "Worker threads; 0: all the CPUs this process may use")->type_name("N");
  app.add_option("--max-tokens", options.max_tokens, "Tokens a text is cut to; 0: the model's own limit")
      ->type_name("N");
  app.add_option("--precision", precision, "Arithmetic; auto: bf16 where the CPU has it, else f32")
      ->type_name("auto|f32|bf16");
  text.AddTo(app, options);
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
  text.Check(options);
}

valence::Classifier ModelOptions::LoadClassifier() const {
  return folder ? valence::Classifier::load(*folder, options) : valence::Classifier::load(options);
}

valence::Tokenizer ModelOptions::LoadTokenizer() const {
  return folder ? valence::Tokenizer::load(*folder) : valence::Tokenizer::load();
}

void PrintError(std::string_view program, std::string_view message) {
  PrintLine(std::string(program) + ": error: ", message);
}

void BadRows::Add(std::size_t line, std::string_view why) {
  PrintLine(program_ + ": " + input_ + ":" + std::to_string(line) + ": ", why);
  ++count_;
}

ExitCode BadRows::Finish(std::size_t rows) const {
  if (count_ == 0) return kAllAnswered;
  PrintError(program_,
             input_ + ": " + std::to_string(count_) + " of " + std::to_string(rows) + " rows could not be used");
  return kFailed;
}

bool ParseCommandLine(CLI::App& app, int argc, const char* const* argv) {
  app.set_version_flag("--version", app.get_name() + " " VALENCE_VERSION, "The version");
  app.set_help_flag("-h,--help", "This text");
  try {
    app.parse(argc, argv);
    return true;
  } catch (const CLI::CallForHelp&) {
    WriteLines(app.help());
  } catch (const CLI::CallForVersion& version) {
    WriteLines(std::string(version.what()) + '\n');
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  return false;
}

void CheckRange(const std::string& option, double value, double low, double high) {
  if (value >= low && value <= high) return;
  std::ostringstream message;
  message << option << ": expected " << low << " to " << high << ", found " << value;
  throw UsageError(message.str());
}

int RunProgram(std::string_view program, const std::function<ExitCode()>& run) {
  return RunServer(program, [&run] {
    GuardOutput();
    return run();
  });
}

int RunServer(std::string_view program, const std::function<ExitCode()>& run) {
  try {
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
