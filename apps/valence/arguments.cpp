// What the user asked for on the command line.
#include "arguments.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <string_view>

namespace cli {
namespace {

constexpr const char* kFooter =
    R"(Each TEXT argument, or each line of the input, is a text. Answers come in the order of the texts:
  plain   LABEL<TAB>probability<TAB>text
  JSON    an object a line: its own keys, then "label", "score", "truncated" and what was asked for
Texts that begin with a dash go after "--". A JSON line that cannot be read is answered by
{"line": N, "error": ".."} in its place.

With --resume nothing is printed: OUTPUT, which may not exist yet, is brought to what an uninterrupted run
writes, however often the command was killed before. An OUTPUT that is no beginning of that is left as it is.

Environment: VALENCE_MODEL, the model folder used without --model. VALENCE_MATMUL, whose
matrix products are used: amx, our own on AMX tiles, or onednn. docs/environment.md lists all variables.
Exit code: 0 all lines answered, 1 a model or some lines failed, 2 wrong usage.)";

// Texts are not handed to the parser: it would take "[a, b]" for a list, and "-" in front for an option.
bool LooksLikeOption(std::string_view argument) {
  return argument.size() > 1 && argument[0] == '-' && argument[1] != ' ';
}

void Check(const Arguments& arguments) {
  if (arguments.input && !arguments.texts.empty()) throw UsageError("--input: expected no TEXT beside it");
  if (arguments.resume && !arguments.texts.empty()) throw UsageError("--resume: expected no TEXT beside it");
  if (arguments.tokenize && (arguments.scores || arguments.logits || arguments.tokens)) {
    throw UsageError("--tokenize: runs no model, so --scores, --logits and --tokens have no place beside it");
  }
  if (arguments.tokenize && arguments.model.options.long_text != valence::LongText::kTruncate) {
    throw UsageError("--tokenize: shows a text's first tokens, so --long-text has no place beside it");
  }
}

}  // namespace

Arguments ParseArguments(int argc, const char* const* argv) {
  Arguments arguments;
  CLI::App app("Tells whether a text is positive or negative.", "valence");
  app.allow_extras();
  app.set_help_flag();  // --help is a plain flag, so that main alone prints and exits
  app.footer(kFooter);

  arguments.model.AddTo(app);
  app.add_option("--input", arguments.input, "Read from FILE instead of standard input")->type_name("FILE");
  app.add_option("--resume", arguments.resume, "Write to OUTPUT, going on where an earlier run of the command left it")
      ->type_name("OUTPUT");
  app.add_flag("--jsonl", arguments.jsonl, "Each line is a JSON object with a string \"text\"");
  app.add_flag("--scores", arguments.scores, "Add \"scores\": {LABEL: probability, ..}");
  app.add_flag("--logits", arguments.logits, "Add \"logits\": [..]");
  app.add_flag("--tokens", arguments.tokens, "Add \"tokens\": [ids]; with mean-of-windows an array for each window");
  app.add_flag("--tokenize", arguments.tokenize, "Only tokenise: \"tokens\" and \"pieces\"; weights are not read");
  app.add_flag("--info", arguments.info, "CPU, instruction set and precision in use, model, threads");
  app.add_flag("--version", arguments.version, "The version");
  app.add_flag("-h,--help", arguments.help, "This text");

  const std::vector<std::string> given(argv + 1, argv + argc);
  const auto dashes = std::find(given.begin(), given.end(), "--");
  std::vector<std::string> to_parse(std::make_reverse_iterator(dashes), given.rend());  // the parser wants it reversed
  try {
    app.parse(to_parse);
  } catch (const CLI::ParseError& error) {
    throw UsageError(error.what());
  }
  arguments.help_text = app.help();
  const std::size_t usage = arguments.help_text.find("[OPTIONS]");
  if (usage != std::string::npos) arguments.help_text.insert(usage + 9, " [TEXT ...]");

  for (auto& extra : app.remaining()) {
    if (LooksLikeOption(extra))
      throw UsageError(extra + ": unknown option (a text that begins with a dash goes after --)");
    arguments.texts.push_back(std::move(extra));
  }
  if (dashes != given.end()) arguments.texts.insert(arguments.texts.end(), dashes + 1, given.end());

  arguments.model.Check();
  Check(arguments);
  return arguments;
}

}  // namespace cli
