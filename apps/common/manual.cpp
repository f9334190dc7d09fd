// A program's man page, from what --help says.
#include "manual.h"

#include <cctype>

#include "program.h"
#include "text.h"

namespace common {
namespace {

std::string UpperCase(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

// Text that roff shows as it is: "-" would become a hyphen, which cannot be pasted into a shell.
std::string Roff(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '-') {
      out += "\\-";
    } else if (c == '\\') {
      out += "\\e";
    } else {
      out += c;
    }
  }
  return out;
}

// A line of text; a "." or "'" at its beginning would make it a request.
std::string RoffLine(std::string_view line) {
  const bool is_request = !line.empty() && (line[0] == '.' || line[0] == '\'');
  return (is_request ? "\\&" : "") + Roff(line) + '\n';
}

// Paragraphs with empty lines between; lines that begin with a space keep their line ends.
std::string Paragraphs(std::string_view text) {
  std::string out;
  bool is_indented = false;
  const auto indent = [&](bool wanted) {
    if (wanted != is_indented) out += wanted ? ".RS 2\n.nf\n" : ".fi\n.RE\n";
    is_indented = wanted;
  };
  bool begins = false;
  for (const std::string_view line : Split(Trimmed(text), '\n')) {
    if (Trimmed(line).empty()) {
      begins = true;
      continue;
    }
    indent(line[0] == ' ');
    if (begins) out += is_indented ? "\n" : ".PP\n";
    begins = false;
    out += RoffLine(Trimmed(line));
  }
  indent(false);
  return out;
}

std::string Section(std::string_view name, const std::string& body) {
  return body.empty() ? "" : ".SH " + std::string(name) + '\n' + body;
}

std::string Synopsis(const Manual& manual) {
  std::string line = ".B " + Roff(manual.program) + "\n[OPTIONS]";
  for (const Manual::Option& option : manual.options) {
    if (option.positional) line += option.required ? " " + option.names[0] : " [" + option.names[0] + "]";
  }
  if (manual.takes_texts) line += " [TEXT ...]";
  return line + '\n';
}

std::string Options(const Manual& manual) {
  std::string out;
  for (const Manual::Option& option : manual.options) {
    out += ".TP\n\\fB" + Roff(Joined(option.names, ", ")) + "\\fR";
    if (!option.type.empty()) out += " \\fI" + Roff(option.type) + "\\fR";
    const std::string fallback = option.default_value.empty() ? "" : "; default: " + option.default_value;
    out += '\n' + RoffLine(option.help + fallback);
  }
  return out;
}

}  // namespace

std::string ManPage(const Manual& manual) {
  std::string summary(Trimmed(manual.description));
  if (!summary.empty() && summary.back() == '.') summary.pop_back();
  if (!summary.empty()) summary[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(summary[0])));
  return ".TH " + UpperCase(Roff(manual.program)) + " 1 \"\" \"valence " + manual.version + "\" \"User Commands\"\n" +
         Section("NAME", Roff(manual.program) + " \\- " + Roff(summary) + '\n') +
         Section("SYNOPSIS", Synopsis(manual)) +
         Section("DESCRIPTION", Paragraphs(manual.description + "\n\n" + manual.details)) +
         Section("OPTIONS", Options(manual)) + Section("ENVIRONMENT", Paragraphs(manual.environment)) +
         Section("EXIT STATUS", Paragraphs(manual.exit_codes));
}

std::string Render(const Manual& manual, std::string_view format) {
  if (format == "man") return ManPage(manual);
  if (format == "bash") return BashCompletion(manual);
  if (format == "zsh") return ZshCompletion(manual);
  if (format == "fish") return FishCompletion(manual);
  throw UsageError("--documentation: expected man, bash, zsh or fish, found " + std::string(format));
}

}  // namespace common
