// File formats of tables.
#include "format.h"

#include <stdexcept>

namespace table {

Format ChooseFormat(const std::string& name, const std::string& path) {
  if (name == "tsv" || (name.empty() && path.ends_with(".tsv"))) return Format::kTsv;
  if (name == "csv" || (name.empty() && path.ends_with(".csv"))) return Format::kCsv;
  if (name == "jsonl" || (name.empty() && (path.ends_with(".jsonl") || path.ends_with(".ndjson")))) {
    return Format::kJsonLines;
  }
  throw std::invalid_argument("expected tsv, csv or jsonl, " +
                              (!name.empty()
                                   ? "found " + name
                                   : "or a FILE named so, found neither: " + (path == "-" ? "standard input" : path)));
}

char ParseDelimiter(const std::string& name) {
  if (name == "tab" || name == "\\t") return '\t';
  const bool is_ascii = name.size() == 1 && name[0] > '\0';
  if (is_ascii && name != "\"" && name != "\r" && name != "\n") return name[0];
  throw std::invalid_argument("expected one character of ASCII other than a quote, or tab, found " + name);
}

}  // namespace table
