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

}  // namespace table
