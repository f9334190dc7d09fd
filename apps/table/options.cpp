// The options that say how a table is read: --format and --delimiter.
#include "options.h"

#include <stdexcept>

#include "common/command_line.h"
#include "common/program.h"

namespace table {
namespace {

// Calls it, and names the option in what it throws.
template <class Parse>
auto Parsed(const char* option, Parse parse) {
  try {
    return parse();
  } catch (const std::invalid_argument& error) {
    throw common::UsageError(std::string(option) + ": " + error.what());
  }
}

}  // namespace

void Options::AddTo(common::CommandLine& command_line) {
  command_line.Add("--format", format, "tsv|csv|jsonl",
                   "Read FILE as this format; default: by its extension (.tsv .csv .jsonl .ndjson)");
  command_line.Add(
      "--delimiter", delimiter, "C|tab",
      "Separate the fields of FILE at this character; default: tab in TSV, comma in CSV, or semicolon where the "
      "header line has more of them");
}

Format Options::Check(const std::string& path, ReaderOptions& reader) const {
  const Format chosen = Parsed("--format", [&] { return ChooseFormat(format, path); });
  if (!delimiter.empty()) reader.delimiter = Parsed("--delimiter", [&] { return ParseDelimiter(delimiter); });
  return chosen;
}

}  // namespace table
