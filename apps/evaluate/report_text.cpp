// A report as plain text.
#include <algorithm>

#include "report.h"

namespace evaluate {
namespace {

constexpr std::size_t kLineWidth = 120;
constexpr const char* kGap = "  ";

// Columns on a terminal, about: one a code point.
std::size_t Width(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

std::string Wrapped(std::string_view text, const std::string& indent) {
  std::string lines = indent;
  std::size_t width = indent.size();
  while (!text.empty()) {
    const std::string_view word = text.substr(0, text.find(' '));
    text.remove_prefix(std::min(text.size(), word.size() + 1));
    if (width > indent.size() && width + 1 + Width(word) > kLineWidth) {
      lines += '\n' + indent;
      width = indent.size();
    } else if (width > indent.size()) {
      lines += ' ';
      ++width;
    }
    lines += word;
    width += Width(word);
  }
  return lines + '\n';
}

void AppendTable(const Table& table, std::string& out) {
  std::vector<std::size_t> widths;
  for (std::size_t i = 0; i < table.columns.size(); ++i) {
    widths.push_back(Width(table.columns[i]));
    for (const auto& row : table.rows) widths[i] = std::max(widths[i], Width(row[i].text));
  }
  const auto append_line = [&](auto text_of) {
    std::string line;
    for (std::size_t i = 0; i < widths.size(); ++i) {
      const std::string& text = text_of(i);
      const std::string blanks(widths[i] - Width(text), ' ');
      const bool is_remark = table.columns[i].empty() && i + 1 == widths.size();
      line += kGap + (i < table.words || is_remark ? text + blanks : blanks + text);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + '\n';
  };
  append_line([&](std::size_t i) -> const std::string& { return table.columns[i]; });
  for (const auto& row : table.rows) append_line([&](std::size_t i) -> const std::string& { return row[i].text; });
}

}  // namespace

std::string WriteText(const Report& report) {
  std::string out = report.title + '\n';
  for (const auto& [name, value] : report.origin) out += kGap + name + ": " + value + '\n';
  out += '\n';
  std::size_t name_width = 0;
  std::size_t value_width = 0;
  for (const Figure& figure : report.figures) {
    name_width = std::max(name_width, Width(figure.name));
    value_width = std::max(value_width, Width(figure.value));
  }
  for (const Figure& figure : report.figures) {
    out += kGap + figure.name + std::string(name_width - Width(figure.name), ' ') + kGap +
           std::string(value_width - Width(figure.value), ' ') + figure.value + kGap + figure.detail + '\n';
  }
  if (!report.remarks.empty()) out += '\n';
  for (const std::string& remark : report.remarks) out += Wrapped(remark, kGap);
  for (const Table& table : report.tables) {
    out += '\n' + table.title + '\n' + Wrapped(table.note, kGap) + '\n';
    AppendTable(table, out);
  }
  return out;
}

}  // namespace evaluate
