// File formats of tables.
#pragma once

#include <string>

namespace table {

enum class Format {
  kTsv,        // a header line of column names; fields separated by tabs, without quoting
  kCsv,        // the same by RFC 4180: see csv.h
  kJsonLines,  // an object a line; its keys are the columns
};

// The format that the user names: "tsv", "csv" or "jsonl"; where `name` is empty, the one of the path's extension .tsv,
// .csv, .jsonl or .ndjson. Throws std::invalid_argument saying what was expected and what was found.
Format ChooseFormat(const std::string& name, const std::string& path);

// The character that separates fields, as the user names it: one character of ASCII other than a quote and a line end,
// or "tab". Throws std::invalid_argument saying what was expected and what was found.
char ParseDelimiter(const std::string& name);

}  // namespace table
