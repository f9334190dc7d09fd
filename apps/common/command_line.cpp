// Parsing a command line: --help, --version, values within their range.
#include "command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <sstream>

#include "output.h"
#include "program.h"
#include "valence/version.h"

namespace common {

bool ParseCommandLine(CLI::App& app, std::vector<std::string> arguments) {
  app.set_version_flag("--version", app.get_name() + " " VALENCE_VERSION, "Print the version");
  app.set_help_flag("-h,--help", "Print this text");
  std::reverse(arguments.begin(), arguments.end());  // the order that the parser wants
  try {
    app.parse(arguments);
    return true;
  } catch (const CLI::CallForHelp&) {
    WriteLines(app.help());
  } catch (const CLI::CallForVersion& version) {
    WriteLines(std::string(version.what()) + '\n');
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  return false;
}

bool ParseCommandLine(CLI::App& app, int argc, const char* const* argv) {
  return ParseCommandLine(app, {argv + std::min(argc, 1), argv + argc});
}

void CheckRange(const std::string& option, double value, double low, double high) {
  if (value >= low && value <= high) return;
  std::ostringstream message;
  message << option << ": expected " << low << " to " << high << ", found " << value;
  throw UsageError(message.str());
}

}  // namespace common
