// The command line of valence-evaluate.
#include "arguments.h"

#include <CLI/CLI.hpp>

#include "common/command_line.h"
#include "common/program.h"

namespace evaluate {
namespace {

constexpr const char* kFooter =
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
  if (arguments.bias_probe && arguments.input != "-") {
    throw common::UsageError("--bias-probe: has sentences of its own, expected no FILE beside it");
  }
}

}  // namespace

std::optional<Arguments> ParseArguments(int argc, const char* const* argv) {
  Arguments arguments;
  CLI::App app("Measures how well a model labels texts whose labels are known.", kProgram);
  app.footer(std::string(kFooter) + common::kEnvironmentHelp + kExitCodes);

  std::string format;
  std::string delimiter;
  app.add_option("FILE", arguments.input, "Read the labelled texts from FILE");
  app.add_option("--format", format, "Read FILE as this format; default: by its extension (.tsv .csv .jsonl .ndjson)")
      ->type_name("tsv|csv|jsonl");
  app.add_option(
         "--delimiter", delimiter,
         "Separate the fields of FILE at this character; default: tab in TSV, comma in CSV, or semicolon where the "
         "header line has more of them")
      ->type_name("C|tab");
  app.add_option("--columns", arguments.reader.columns, "Name the columns of a FILE that has no header line")
      ->delimiter(',')
      ->type_name("NAME,..");
  app.add_option("--text", arguments.columns.text, "Take the texts from this column; default: text")->type_name("NAME");
  app.add_option("--label", arguments.columns.label, "Take the labels from this column; default: label")
      ->type_name("NAME");
  app.add_option("--labels", arguments.labels, "Map the rows' labels to the model's, e.g. neg=NEGATIVE,pos=POSITIVE")
      ->type_name("ROWS=MODEL,..");
  app.add_option("--slice", arguments.columns.slices, "Report accuracy by the values of this column; may be repeated")
      ->type_name("NAME")
      ->take_all()
      ->allow_extra_args(false);
  app.add_option("--bins", arguments.settings.bins, "Compute the calibration error with N bins; default: 15")
      ->type_name("N");
  app.add_option("--mistakes", arguments.settings.mistakes, "Show the N most confident mistakes; default: 100")
      ->type_name("N");
  app.add_option("--json", arguments.json, "Write the figures as JSON to FILE; \"-\": standard output, not the text")
      ->type_name("FILE");
  app.add_option("--html", arguments.html, "Write the report as one self-contained HTML page to FILE; \"-\" as above")
      ->type_name("FILE");
  arguments.encoding.AddTo(app, "Exit with 1 if rows were left out, all have the same label, or lines are not UTF-8");
  app.add_flag("--bias-probe", arguments.bias_probe,
               "Compare scores of sentences that differ only in the person: names, gender, religion, nationality");
  app.add_flag("--bias-texts", arguments.bias_texts, "Print the sentences of --bias-probe as TSV, and do nothing else");
  app.add_option(
         "--positive", arguments.positive,
         "Compare the probability of this label in --bias-probe; default: POSITIVE, else the model's last label")
      ->type_name("LABEL");
  arguments.model.AddTo(app);

  if (!common::ParseCommandLine(app, argc, argv)) return std::nullopt;
  arguments.settings.slice_columns = arguments.columns.slices;
  arguments.model.Check();
  arguments.encoding.Check();
  Check(arguments);
  if (arguments.bias_probe || arguments.bias_texts) return arguments;

  try {
    arguments.format = table::ChooseFormat(format, arguments.input);
  } catch (const std::invalid_argument& error) {
    throw common::UsageError(std::string("--format: ") + error.what());
  }
  try {
    if (!delimiter.empty()) arguments.reader.delimiter = table::ParseDelimiter(delimiter);
  } catch (const std::invalid_argument& error) {
    throw common::UsageError(std::string("--delimiter: ") + error.what());
  }
  return arguments;
}

}  // namespace evaluate
