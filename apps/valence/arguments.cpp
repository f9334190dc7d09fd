// The command line of valence.
#include "arguments.h"

#include "common/command_line.h"
#include "common/program.h"

namespace cli {
namespace {

constexpr const char* kDetails =
    R"(Each TEXT argument, or each line of the input, is a text. Answers come in the order of the texts:
  plain   LABEL<TAB>probability<TAB>text
  JSON    an object a line: its own keys, then "label", "score", "truncated" and what the options add
Put "--" before texts that begin with a dash. For a JSON line that cannot be read, {"line": N, "error": ".."} is
printed in its place.

With --resume the answers go to the file OUTPUT instead of standard output, and OUTPUT.resume says what they are made
from. If OUTPUT exists, it must hold the beginning of this command's answers, as a killed run leaves it: the missing rest
is appended. If model, options or answered lines of the input are others, it is left as it is, and the command fails.
)";
constexpr const char* kExitCodes = "Exit code: 0 all lines answered, 1 the model or some lines failed, 2 wrong usage.";

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
  common::CommandLine command_line(kProgram, "Tells whether a text is positive or negative.", kDetails, kExitCodes);

  arguments.model.AddTo(command_line);
  command_line.Add("--input", arguments.input, "FILE", "Read the texts from FILE instead of standard input");
  arguments.encoding.AddTo(command_line);
  command_line.Add("--resume", arguments.resume, "OUTPUT",
                   "Write the answers to OUTPUT; continue it if an earlier run was killed");
  command_line.AddFlag("--jsonl", arguments.jsonl, "Read each line as a JSON object with a string \"text\"");
  command_line.AddFlag("--scores", arguments.scores, "Add \"scores\": {LABEL: probability, ..}");
  command_line.AddFlag("--logits", arguments.logits, "Add \"logits\": [..]");
  command_line.AddFlag("--tokens", arguments.tokens,
                       "Add \"tokens\": [ids]; with mean-of-windows an array for each window");
  command_line.AddFlag("--tokenize", arguments.tokenize,
                       "Print \"tokens\" and \"pieces\" instead of a label; reads the tokenizer only");
  command_line.AddFlag("--info", arguments.info, "Print CPU, instruction set and precision in use, model and threads");

  command_line.AddTexts(arguments.texts);
  if (!command_line.Parse(argc, argv)) return std::nullopt;
  arguments.model.Check();
  arguments.encoding.Check();
  Check(arguments);
  return arguments;
}

}  // namespace cli
