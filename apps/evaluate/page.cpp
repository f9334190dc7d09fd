// A report as one HTML page that needs nothing else: no script, no font, no file from elsewhere.
#include "page.h"

#include "common/numbers.h"

namespace evaluate {
namespace {

// The policy makes a browser refuse whatever would come from outside, also out of a text that slipped through.
constexpr const char* kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<style>
:root { color-scheme: light dark; --back: #fff; --card: #f4f6f8; --ink: #1b1f24; --faint: #5c6670; --line: #d8dee4;
  --mark: #1f6feb; --bar: #d6e6fd; --wrong: #c2410c; --warn: #fff4d6; }
@media (prefers-color-scheme: dark) {
  :root { --back: #14171b; --card: #1f242a; --ink: #e4e8ec; --faint: #9aa4ae; --line: #343b43; --mark: #6cb0ff; --bar: #1d3c63;
    --wrong: #ff9d66; --warn: #3d3213; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 62rem; padding: 1rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--back); overflow-wrap: anywhere; }
h1 { font-size: 1.5rem; line-height: 1.25; margin: .5rem 0; }
h2 { font-size: 1.2rem; margin: 2.5rem 0 .25rem; }
p, ul { margin: .25rem 0 .75rem; }
.faint { color: var(--faint); font-size: .9rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: .75rem; margin: 1rem 0; }
.figures > div { background: var(--card); border-radius: .5rem; padding: .75rem 1rem; }
.figures b { display: block; font-size: 1.6rem; line-height: 1.3; }
.remarks { background: var(--warn); border-radius: .5rem; padding: .75rem 1rem .75rem 2rem; }
nav a { display: inline-block; margin-right: 1rem; color: var(--mark); }
.charts { display: flex; flex-wrap: wrap; gap: 1rem; margin: .5rem 0; }
svg { width: 100%; max-width: 29rem; height: auto; }
svg text { font: 11px system-ui, sans-serif; fill: var(--ink); }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: .3rem .6rem; text-align: right; white-space: nowrap; border-bottom: 1px solid var(--line); }
th { color: var(--faint); font-weight: 600; font-size: .85rem; vertical-align: bottom; white-space: normal;
  overflow-wrap: normal; }
.word { text-align: left; white-space: normal; min-width: 4.5rem; overflow-wrap: break-word; }
.remark { min-width: 8rem; }
.wide { min-width: 12rem; }
.bar { background: linear-gradient(to right, var(--bar) var(--share), transparent var(--share)); }
@media (max-width: 40rem) {
  .remark { white-space: nowrap; }
  th, td { padding: .25rem .4rem; font-size: .9rem; }
  #mistakes thead { display: none; }
  #mistakes tr { display: block; padding: .4rem 0; border-bottom: 1px solid var(--line); }
  #mistakes td { display: inline-block; border: 0; padding: 0 .8rem 0 0; color: var(--faint); }
  #mistakes td:last-child { display: block; color: var(--ink); }
}
</style>
)";

void AppendCell(const Table& table, std::size_t column, const std::string& text, const char* tag,
                const std::optional<statistics::Proportion>& bar, std::string& out) {
  const bool is_last = column + 1 == table.columns.size();
  const bool is_remark = is_last && table.columns[column].empty();
  std::string classes = column < table.words || is_remark ? "word" : "";
  if (is_remark) classes += " remark";
  if (is_last && column < table.words) classes += " wide";
  std::string style;
  if (bar && bar->defined()) {
    classes += " bar";
    style = " style=\"--share:" + common::Decimal(100 * bar->value(), 1) + "%\"";
  }
  out += std::string("<") + tag + " class=\"" + classes + '"' + style + '>' + Escaped(text) + "</" + tag + '>';
}

void AppendTable(const Table& table, std::string& out) {
  out += "<div class=\"scroll\"><table>\n<thead><tr>";
  for (std::size_t i = 0; i < table.columns.size(); ++i) AppendCell(table, i, table.columns[i], "th", {}, out);
  out += "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) AppendCell(table, i, row[i].text, "td", row[i].bar, out);
    out += "</tr>\n";
  }
  out += "</tbody></table></div>\n";
}

}  // namespace

std::string Escaped(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      default:
        escaped += c;
    }
  }
  return escaped;
}

std::string WritePage(const Report& report, const Charts& charts) {
  std::string out = kHead;
  out += "<title>" + Escaped(report.title) + "</title>\n</head>\n<body>\n<h1>" + Escaped(report.title) + "</h1>\n";
  out += "<p class=\"faint\">";
  for (const auto& [name, value] : report.origin) out += Escaped(name) + ": " + Escaped(value) + "<br>";
  out += "</p>\n<div class=\"figures\">\n";
  for (const Figure& figure : report.figures) {
    out += "<div>" + Escaped(figure.name) + "<b>" + Escaped(figure.value) + "</b><span class=\"faint\">" +
           Escaped(figure.detail) + "</span></div>\n";
  }
  out += "</div>\n";
  if (!report.remarks.empty()) {
    out += "<ul class=\"remarks\">";
    for (const std::string& remark : report.remarks) out += "<li>" + Escaped(remark) + "</li>";
    out += "</ul>\n";
  }
  out += "<nav>";
  for (const Table& table : report.tables) {
    out += "<a href=\"#" + Escaped(table.id) + "\">" + Escaped(table.title) + "</a> ";
  }
  out += "</nav>\n";
  for (const Table& table : report.tables) {
    out += "<section id=\"" + Escaped(table.id) + "\">\n<h2>" + Escaped(table.title) + "</h2>\n<p class=\"faint\">" +
           Escaped(table.note) + "</p>\n";
    const auto chart = charts.find(table.id);
    if (chart != charts.end()) out += "<div class=\"charts\">" + chart->second + "</div>\n";
    AppendTable(table, out);
    out += "</section>\n";
  }
  return out + "</body>\n</html>\n";
}

}  // namespace evaluate
