// The options for the encoding of the input, --encoding and --strict, and what is said of lines that are not UTF-8.
#include "input_options.h"

#include "command_line.h"

namespace common {
namespace {

Encoding ParseEncoding(const std::string& name) {
  constexpr std::pair<const char*, Encoding> kNames[] = {{"utf-8", Encoding::kUtf8},
                                                         {"utf-16", Encoding::kUtf16},
                                                         {"windows-1252", Encoding::kWindows1252},
                                                         {"latin-1", Encoding::kLatin1}};
  for (const auto& [known, encoding] : kNames) {
    if (name == known) return encoding;
  }
  throw UsageError("--encoding: expected utf-8, utf-16, windows-1252 or latin-1, found " + name);
}

}  // namespace

void IllFormedLines::Add(std::size_t line) {
  if (count_++ > 0) return;
  PrintNote(program_, input_ + ":" + std::to_string(line) +
                          ": not UTF-8; for another encoding use --encoding windows-1252, latin-1 or utf-16");
}

ExitCode IllFormedLines::Finish() const {
  if (count_ == 0) return kAllAnswered;
  const std::string message =
      input_ + ": " + std::to_string(count_) + (count_ == 1 ? " line is" : " lines are") + " not UTF-8";
  if (strict_) {
    PrintError(program_, message);
  } else if (count_ > 1) {
    PrintNote(program_, message);
  }
  return strict_ ? kFailed : kAllAnswered;
}

void InputOptions::AddTo(CommandLine& command_line, const char* strict_help) {
  command_line.Add("--encoding", encoding, "utf-8|utf-16|windows-1252|latin-1",
                   "Read the input in this encoding; default: utf-8, or utf-16 where it begins with a byte order mark");
  command_line.AddFlag("--strict", strict, strict_help);
}

void InputOptions::Check() const { ParseEncoding(encoding); }

LineOptions InputOptions::Lines(IllFormedLines& ill_formed) const {
  LineOptions options;
  options.encoding = ParseEncoding(encoding);
  options.on_ill_formed = [&ill_formed](std::size_t line) { ill_formed.Add(line); };
  return options;
}

}  // namespace common
