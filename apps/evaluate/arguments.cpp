// The command line of valence-evaluate.
#include "arguments.h"

#include "common/command_line.h"
#include "common/program.h"
#include "table/options.h"

namespace evaluate {
namespace {

constexpr const char* kDetails =
    R"(FILE holds labelled texts: TSV or CSV with a header line, or JSON lines. Without FILE, or if it is "-", they are read
from standard input. A row's label is one of the model's labels, in upper or lower case, or its number from 0; --labels
maps other labels to these. A row that is malformed, has no text or no label, or has an unknown label is reported on
standard error ("FILE:LINE: .."), counted and left out.
)";
constexpr const char* kExitCodes =
    R"(Exit code: 0 done, 1 failed, nothing left to judge, or --strict and rows left out, one label only or lines that are not UTF-8, 2 wrong usage.)";

void Check(const Arguments& arguments) {
  common::CheckRange("--bins", arguments.settings.bins, 1, 1000);
  if (arguments.json == "-" && arguments.html == "-") {
    throw common::UsageError("--html: expected a file, as --json has standard output");
  }
  if (!arguments.compare.empty() && (arguments.compare.size() != 2 || arguments.bias_probe)) {
    throw common::UsageError("--compare: expected two precisions with a comma between, and no --bias-probe");
  }
  if (!arguments.columns.labelled && arguments.compare.empty()) {
    throw common::UsageError("--unlabelled: expected --compare beside it");
  }
  if (arguments.bias_probe && arguments.input != "-") {
    throw common::UsageError("--bias-probe: has sentences of its own, expected no FILE beside it");
  }
}

}  // namespace

std::optional<Arguments> ParseArguments(int argc, const char* const* argv) {
  Arguments arguments;
  common::CommandLine command_line(kProgram, "Measures how well a model labels texts whose labels are known.", kDetails,
                                   kExitCodes);

  table::Options table_options;
  command_line.Add("FILE", arguments.input, "", "Read the labelled texts from FILE");
  table_options.AddTo(command_line);
  command_line.AddList("--columns", arguments.reader.columns, "NAME,..",
                       "Name the columns of a FILE that has no header line", ',');
  command_line.AddWithDefault("--text", arguments.columns.text, "NAME", "Take the texts from this column");
  command_line.AddWithDefault("--label", arguments.columns.label, "NAME", "Take the labels from this column");
  command_line.Add("--labels", arguments.labels, "ROWS=MODEL,..",
                   "Map the rows' labels to the model's, e.g. neg=NEGATIVE,pos=POSITIVE");
  command_line.AddList("--slice", arguments.columns.slices, "NAME",
                       "Report accuracy by the values of this column; may be repeated");
  command_line.AddWithDefault("--bins", arguments.settings.bins, "N", "Compute the calibration error with N bins");
  command_line.AddWithDefault("--mistakes", arguments.settings.mistakes, "N", "Show the N most confident mistakes");
  command_line.Add("--json", arguments.json, "FILE",
                   "Write the figures as JSON to FILE; \"-\": standard output, not the text");
  command_line.Add("--html", arguments.html, "FILE",
                   "Write the report as one self-contained HTML page to FILE; \"-\" as above");
  arguments.encoding.AddTo(command_line,
                           "Exit with 1 if rows were left out, all have the same label, or lines are not UTF-8");
  command_line.AddList(
      "--compare", arguments.compare, "f32,int8",
      "Compare the answers in two precisions, the reference first: labels that change, accuracy, scores", ',');
  bool unlabelled = false;
  command_line.AddFlag("--unlabelled", unlabelled, "Take FILE to have no labels, with --compare");
  command_line.AddFlag(
      "--bias-probe", arguments.bias_probe,
      "Compare scores of sentences that differ only in the person: names, gender, religion, nationality");
  command_line.AddFlag("--bias-texts", arguments.bias_texts,
                       "Print the sentences of --bias-probe as TSV, and do nothing else");
  command_line.Add(
      "--positive", arguments.positive, "LABEL",
      "Compare the probability of this label in --bias-probe; default: POSITIVE, else the model's last label");
  arguments.model.AddTo(command_line);

  if (!command_line.Parse(argc, argv)) return std::nullopt;
  arguments.columns.labelled = !unlabelled;
  arguments.settings.slice_columns = arguments.columns.slices;
  arguments.model.Check();
  arguments.encoding.Check();
  Check(arguments);
  if (arguments.bias_probe || arguments.bias_texts) return arguments;

  arguments.format = table_options.Check(arguments.input, arguments.reader);
  return arguments;
}

}  // namespace evaluate
