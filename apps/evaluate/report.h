// What a report says, before it becomes text or a page: headline figures, remarks and tables, with all numbers written
// out.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "evaluation.h"
#include "rows.h"

namespace evaluate {

// Said of every figure that the sample does not bear.
inline constexpr const char* kTooSmall = "sample too small to conclude";

struct Figure {
  std::string name;
  std::string value;
  std::string detail;
};

struct Cell {
  std::string text;
  std::optional<statistics::Proportion> bar =
      std::nullopt;  // drawn behind the text on a page: the share and its interval
};

struct Table {
  std::string id;  // of its place on a page
  std::string title;
  std::string note;  // what the columns mean, in a sentence or two
  std::vector<std::string> columns;
  std::size_t words;  // that many columns hold words, the others figures; a last column without a name holds remarks
  std::vector<std::vector<Cell>> rows;
};

struct Report {
  std::string title;
  std::vector<std::pair<std::string, std::string>> origin;  // what was judged, on what
  std::vector<Figure> figures;
  std::vector<std::string> remarks;
  std::vector<Table> tables;
};

// What was judged, on what.
struct Origin {
  std::string input;
  std::string model;
  std::string precision;
  std::string texts;  // how long ones are read, and how all are prepared
};

// Puts a space in place of each control character: file names, columns and labels are other people's data.
void RemoveControls(Report& report);

Report MakeReport(const Evaluation& evaluation, const Rows& rows, const Origin& origin);

// The same figures as numbers. What is not defined is null.
nlohmann::ordered_json MakeJson(const Evaluation& evaluation, const Rows& rows, const Origin& origin);

// Lines of at most about 120 columns, tables aligned.
std::string WriteText(const Report& report);

}  // namespace evaluate
