// Parsing a command line: --help, --version, values within their range.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace common {

// Part of every program's --help.
inline constexpr const char* kEnvironmentHelp =
    R"(Environment: VALENCE_MODEL, the model folder used without --model. VALENCE_MATMUL, which matrix products are used:
amx (our own on AMX tiles) or onednn. docs/environment.md lists all variables.
)";

// Parses the arguments, without the program's name. Answers --help and --version on standard output, then returns
// false. Throws UsageError.
bool ParseCommandLine(CLI::App& app, std::vector<std::string> arguments);
bool ParseCommandLine(CLI::App& app, int argc, const char* const* argv);

// Throws UsageError naming the option when the value is not within the range, or NaN.
void CheckRange(const std::string& option, double value, double low, double high);

}  // namespace common
