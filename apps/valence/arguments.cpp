// The command line of valence.
#include "arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <string_view>

#include "common/command_line.h"
#include "common/program.h"

namespace cli {
namespace {

constexpr const char* kFooter =
    R"(Each TEXT argument, or each line of the input, is a text. Answers come in the order of the texts:
  plain   LABEL<TAB>probability<TAB>text
  JSON    an object a line: its own keys, then "label", "score", "truncated" and what the options add
Put "--" before texts that begin with a dash. For a JSON line that cannot be read, {"line": N, "error": ".."} is
printed in its place.

With --resume the answers go to the file OUTPUT instead of standard output. If OUTPUT exists, it must hold the beginning
of this command's answers, as a killed run leaves it: the missing rest is appended. Else it is left as it is, and the
command fails.

)";
constexpr const char* kExitCodes = "Exit code: 0 all lines answered, 1 the model or some lines failed, 2 wrong usage.";

// Adds the texts to the usage line. They are not declared as an option, because the parser would read "[a, b]" as a
// list and a word that begins with "-" as an option.
class Formatter final : public CLI::Formatter {
 public:
  std::string make_usage(const CLI::App* app, std::string name) const override {
    std::string usage = CLI::Formatter::make_usage(app, name);
    const std::size_t options = usage.find("[OPTIONS]");
    return options == std::string::npos ? usage : usage.insert(options + 9, " [TEXT ...]");
  }
};

bool LooksLikeOption(std::string_view argument) {
  return argument.size() > 1 && argument[0] == '-' && argument[1] != ' ';
}

void Check(const Arguments& arguments) {
  if (arguments.input && !arguments.texts.empty()) throw common::UsageError("--input: expected no TEXT beside it");
  if (arguments.resume && !arguments.texts.empty()) throw common::UsageError("--resume: expected no TEXT beside it");
  if (arguments.tokenize && (arguments.scores || arguments.logits || arguments.tokens)) {
    throw common::UsageError("--tokenize: runs no model; expected no --scores, --logits or --tokens beside it");
  }
  if (arguments.tokenize && arguments.model.options.long_text != valence::LongText::kTruncate) {
    throw common::UsageError("--tokenize: shows a text's first tokens; expected no --long-text beside it");
  }
}

}  // namespace

std::optional<Arguments> ParseArguments(int argc, const char* const* argv) {
  Arguments arguments;
  CLI::App app("Tells whether a text is positive or negative.", kProgram);
  app.formatter(std::make_shared<Formatter>());
  app.allow_extras();
  app.footer(std::string(kFooter) + common::kEnvironmentHelp + kExitCodes);

  arguments.model.AddTo(app);
  app.add_option("--input", arguments.input, "Read the texts from FILE instead of standard input")->type_name("FILE");
  arguments.encoding.AddTo(app);
  app.add_option("--resume", arguments.resume, "Write the answers to OUTPUT; continue it if an earlier run was killed")
      ->type_name("OUTPUT");
  app.add_flag("--jsonl", arguments.jsonl, "Read each line as a JSON object with a string \"text\"");
  app.add_flag("--scores", arguments.scores, "Add \"scores\": {LABEL: probability, ..}");
  app.add_flag("--logits", arguments.logits, "Add \"logits\": [..]");
  app.add_flag("--tokens", arguments.tokens, "Add \"tokens\": [ids]; with mean-of-windows an array for each window");
  app.add_flag("--tokenize", arguments.tokenize,
               "Print \"tokens\" and \"pieces\" instead of a label; reads the tokenizer only");
  app.add_flag("--info", arguments.info, "Print CPU, instruction set and precision in use, model and threads");

  const std::vector<std::string> given(argv + std::min(argc, 1), argv + argc);
  const auto dashes = std::find(given.begin(), given.end(), "--");
  if (!common::ParseCommandLine(app, {given.begin(), dashes})) return std::nullopt;
  for (auto& extra : app.remaining()) {
    if (LooksLikeOption(extra)) {
      throw common::UsageError(extra + ": unknown option (put -- before a text that begins with a dash)");
    }
    arguments.texts.push_back(std::move(extra));
  }
  if (dashes != given.end()) arguments.texts.insert(arguments.texts.end(), dashes + 1, given.end());

  arguments.model.Check();
  arguments.encoding.Check();
  Check(arguments);
  return arguments;
}

}  // namespace cli
