// The command line of a program: its options, --help and --version. Only this file includes CLI11, which takes seconds
// to compile.
#include "command_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string_view>
#include <utility>

#include "manual.h"
#include "output.h"
#include "program.h"
#include "valence/version.h"

namespace common {
namespace {

constexpr const char* kEnvironment =
    R"(Environment: VALENCE_MODEL, the model folder used without --model. VALENCE_MATMUL, which matrix products are used:
amx (our own on AMX tiles) or onednn. docs/environment.md lists all variables.
)";

// Adds the texts to the usage line. They are not declared as an option, because the parser would read "[a, b]" as a
// list and a word that begins with "-" as an option.
class FormatterWithTexts final : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string name) const override {
    std::string usage = CLI::Formatter::make_usage(app, std::move(name));
    const std::size_t options = usage.find("[OPTIONS]");
    return options == std::string::npos ? usage : usage.insert(options + 9, " [TEXT ...]");
  }
};

constexpr std::string_view kDocumentation = "--documentation=";

bool LooksLikeOption(std::string_view word) { return word.size() > 1 && word[0] == '-' && word[1] != ' '; }

}  // namespace

CommandLine::CommandLine(const char* program, const char* description, const char* details, const char* exit_codes,
                         bool runs_no_model)
    : app_(std::make_unique<CLI::App>(description, program)),
      details_(details),
      environment_(runs_no_model ? "" : kEnvironment),
      exit_codes_(exit_codes) {
  app_->footer(details_ + '\n' + environment_ + exit_codes_);
}

CommandLine::~CommandLine() = default;

template <class Value>
void CommandLine::Add(const char* name, Value& value, const char* type, const char* help) {
  app_->add_option(name, value, help)->type_name(type);
}

template <class Value>
void CommandLine::AddWithDefault(const char* name, Value& value, const char* type, const char* help) {
  app_->add_option(name, value, help)->type_name(type)->capture_default_str();
}

template void CommandLine::Add(const char*, std::string&, const char*, const char*);
template void CommandLine::Add(const char*, std::optional<std::string>&, const char*, const char*);
template void CommandLine::Add(const char*, int&, const char*, const char*);
template void CommandLine::AddWithDefault(const char*, std::string&, const char*, const char*);
template void CommandLine::AddWithDefault(const char*, int&, const char*, const char*);
template void CommandLine::AddWithDefault(const char*, std::int64_t&, const char*, const char*);
template void CommandLine::AddWithDefault(const char*, std::size_t&, const char*, const char*);
template void CommandLine::AddWithDefault(const char*, double&, const char*, const char*);

void CommandLine::AddRequired(const char* name, std::string& value, const char* help) {
  app_->add_option(name, value, help)->type_name("")->required();
}

void CommandLine::AddList(const char* name, std::vector<std::string>& values, const char* type, const char* help,
                          char separator) {
  CLI::Option* const option = app_->add_option(name, values, help)->type_name(type)->allow_extra_args(false);
  if (separator != '\0') option->delimiter(separator);
}

void CommandLine::AddFlag(const char* name, bool& value, const char* help) { app_->add_flag(name, value, help); }

void CommandLine::AddTexts(std::vector<std::string>& texts) {
  texts_ = &texts;
  app_->formatter(std::make_shared<FormatterWithTexts>());
  app_->allow_extras();
}

Manual CommandLine::MakeManual() const {
  const auto after_colon = [](std::string text) { return text.substr(text.find(": ") + 2); };
  Manual manual{app_->get_name(),
                VALENCE_VERSION,
                app_->get_description(),
                details_,
                environment_.empty() ? "" : after_colon(environment_),
                after_colon(exit_codes_),
                {},
                texts_ != nullptr};
  for (const CLI::Option* const option : app_->get_options()) {
    Manual::Option& entry = manual.options.emplace_back();
    for (const std::string& name : option->get_snames()) entry.names.push_back(std::string("-").append(name));
    for (const std::string& name : option->get_lnames()) entry.names.push_back(std::string("--").append(name));
    entry.positional = entry.names.empty();
    if (entry.positional) entry.names.push_back(option->get_name());
    if (option->get_items_expected_max() > 0) entry.type = option->get_type_name();
    entry.help = option->get_description();
    entry.default_value = option->get_default_str();
    entry.required = option->get_required();
  }
  return manual;
}

bool CommandLine::Parse(int argc, const char* const* argv) {
  app_->set_version_flag("--version", app_->get_name() + " " VALENCE_VERSION + version_note_, "Print the version");
  app_->set_help_flag("-h,--help", "Print this text");
  const std::vector<std::string> words(argv + std::min(argc, 1), argv + argc);
  if (words.size() == 1 && words[0].starts_with(kDocumentation)) {
    WriteLines(Render(MakeManual(), words[0].substr(kDocumentation.size())));
    return false;
  }
  const auto end = texts_ != nullptr ? std::find(words.begin(), words.end(), "--") : words.end();
  std::vector<std::string> to_parse(std::make_reverse_iterator(end), words.rend());  // the parser's order
  try {
    app_->parse(to_parse);
  } catch (const CLI::CallForHelp&) {
    WriteLines(app_->help());
    return false;
  } catch (const CLI::CallForVersion& version) {
    WriteLines(std::string(version.what()) + '\n');
    return false;
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  if (texts_ == nullptr) return true;
  *texts_ = app_->remaining();
  const auto unknown = std::find_if(texts_->begin(), texts_->end(), LooksLikeOption);
  if (unknown != texts_->end()) {
    throw UsageError(*unknown + ": unknown option (put -- before a text that begins with a dash)");
  }
  if (end != words.end()) texts_->insert(texts_->end(), end + 1, words.end());
  return true;
}

void CheckRange(const std::string& option, double value, double low, double high) {
  if (value >= low && value <= high) return;
  std::ostringstream message;
  message << option << ": expected " << low << " to " << high << ", found " << value;
  throw UsageError(message.str());
}

}  // namespace common
