// The command line of a program: its options, --help and --version. Only command_line.cpp includes CLI11, which takes
// seconds to compile.
#pragma once

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace common {

struct Manual;

class CommandLine {
 public:
  // `details`: the text of --help below the options. What the environment does, unless it `runs_no_model`, and
  // `exit_codes` follow it.
  CommandLine(const char* program, const char* description, const char* details, const char* exit_codes,
              bool runs_no_model = false);
  ~CommandLine();

  // Adds an option, such as "--label", or a positional argument, such as "FILE". Parse writes its value to `value`.
  // Value: std::string, std::optional<std::string>, int, std::int64_t, std::size_t or double. --help shows the value as
  // `type`, and `help`, which says first what the option does.
  template <class Value>
  void Add(const char* name, Value& value, const char* type, const char* help);

  // The same; --help shows the present value as the default.
  template <class Value>
  void AddWithDefault(const char* name, Value& value, const char* type, const char* help);

  // Adds a positional argument that must be there.
  void AddRequired(const char* name, std::string& value, const char* help);

  // Adds an option that may be repeated, with a value each time; or, with a separator, a list of values at once.
  void AddList(const char* name, std::vector<std::string>& values, const char* type, const char* help,
               char separator = '\0');

  void AddFlag(const char* name, bool& value, const char* help);

  // Takes the words that belong to no option, and all words after "--", as texts: TEXT in --help.
  void AddTexts(std::vector<std::string>& texts);

  // What --version prints behind the version.
  void SetVersionNote(const std::string& note) { version_note_ = " (" + note + ')'; }

  // Parses the command line. Answers --help and --version on standard output, then returns false. Throws UsageError.
  // "--documentation=FORMAT" alone, which --help does not name, prints what Render of manual.h makes: for the build.
  bool Parse(int argc, const char* const* argv);

 private:
  Manual MakeManual() const;

  std::unique_ptr<CLI::App> app_;
  std::string version_note_;
  std::string details_;
  std::string environment_;
  std::string exit_codes_;
  std::vector<std::string>* texts_ = nullptr;
};

// Throws UsageError naming the option when the value is not within the range, or NaN.
void CheckRange(const std::string& option, double value, double low, double high);

}  // namespace common
