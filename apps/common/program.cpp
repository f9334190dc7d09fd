// What the main function of every program does: exit codes, messages on standard error, rows that cannot be used.
#include "program.h"

#include <iostream>
#include <new>

#include "output.h"
#include "text.h"
#include "valence/error.h"

namespace common {

void PrintNote(std::string_view program, std::string_view message) {
  std::string line(program);
  line += ": " + OneLine(message);  // whatever the message quotes
  std::cerr << line + '\n';
}

void PrintError(std::string_view program, std::string_view message) {
  PrintNote(program, std::string("error: ").append(message));
}

void BadRows::Add(std::size_t line, std::string_view why) {
  PrintNote(program_, (input_ + ":" + std::to_string(line) + ": ").append(why));
  ++count_;
}

ExitCode BadRows::Finish(std::size_t rows) const {
  if (count_ == 0) return kAllAnswered;
  PrintError(program_,
             input_ + ": " + std::to_string(count_) + " of " + std::to_string(rows) + " rows could not be used");
  return kFailed;
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

}  // namespace common
