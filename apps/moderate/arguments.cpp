// The command line of valence-moderate.
#include "arguments.h"

#include "common/command_line.h"
#include "common/program.h"

namespace moderate {
namespace {

constexpr const char* kDetails = R"(With p the model's probability of --label, a line is
  flagged   if p >= threshold + band,
  kept      if p <  threshold - band and the model read all of the text,
  unsure    else: p between the two, a blank text, a text that was not read to its end, or no JSON object with a text.
Each line gets exactly one decision; blank lines among JSON lines are skipped. Without the FILE options all lines are printed in the order of the input, as
DECISION<TAB>p<TAB>line, or as the JSON object with "decision" and "probability" added; a line that is not a JSON object
becomes {"raw": LINE, "error": .., "decision": "unsure", "probability": null}. With a FILE option lines are written as
they were read (in UTF-8 if the input has another encoding): those with its decision are appended to FILE, the others are printed.
)";
constexpr const char* kExitCodes =
    "Exit code: 0 all lines judged, 1 the model, a file or some lines failed (these are unsure), 2 wrong usage.";

}  // namespace

std::optional<Arguments> ParseArguments(int argc, const char* const* argv) {
  Arguments arguments;
  common::CommandLine command_line(
      kProgram, "Reads comments from standard input, one a line, and decides: kept, flagged, or unsure (for a human).",
      kDetails, kExitCodes);
  command_line.AddFlag("--jsonl", arguments.jsonl, "Read each line as a JSON object");
  command_line.AddWithDefault("--text", arguments.text_key, "KEY", "Take the text from this key of the JSON object");
  command_line.AddWithDefault("--label", arguments.label, "LABEL", "Flag texts with this label of the model");
  command_line.AddWithDefault("--threshold", arguments.threshold, "P",
                              "Divide flagged from kept texts at this probability, 0 to 1");
  command_line.AddWithDefault("--band", arguments.band, "W",
                              "Leave probabilities within W of the threshold unsure, 0 to 1");
  command_line.Add("--kept", arguments.files[kKept], "FILE", "Append the kept lines to FILE");
  command_line.Add("--flagged", arguments.files[kFlagged], "FILE", "Append the flagged lines to FILE");
  command_line.Add("--unsure", arguments.files[kUnsure], "FILE", "Append the unsure lines to FILE");
  arguments.encoding.AddTo(command_line);
  arguments.model.AddTo(command_line);
  if (!command_line.Parse(argc, argv)) return std::nullopt;
  arguments.model.Check();
  arguments.encoding.Check();
  common::CheckRange("--threshold", arguments.threshold, 0, 1);
  common::CheckRange("--band", arguments.band, 0, 1);
  return arguments;
}

}  // namespace moderate
