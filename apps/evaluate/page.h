// A report as one HTML page that needs nothing else: no script, no font, no file from elsewhere.
#pragma once

#include <map>
#include <string>

#include "evaluation.h"
#include "report.h"

namespace evaluate {

// SVG images by the id of the table that each stands above.
using Charts = std::map<std::string, std::string>;

Charts MakeCharts(const Evaluation& evaluation);

std::string WritePage(const Report& report, const Charts& charts);

// With &, <, > and " written out.
std::string Escaped(const std::string& text);

}  // namespace evaluate
