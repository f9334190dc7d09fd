// What the user asked valence-evaluate for.
#include "arguments.h"

#include <CLI/CLI.hpp>

namespace evaluate {
namespace {

constexpr const char* kFooter =
    R"(FILE holds labelled texts: TSV or CSV with a header line, or JSON lines; "-" or nothing: standard input.
A row's label is one of the model's, in upper or lower case, or its number from 0; --labels maps others.
Rows without a text or a label, with a label that is unknown, or malformed are named on standard error
("FILE:LINE: .."), counted and left out.

Environment: VALENCE_MODEL, the model folder used without --model.
Exit code: 0 done, 1 failed, nothing left to judge, or --strict and rows left out or one label only, 2 wrong usage.)";

void Check(const Arguments& arguments) {
  cli::CheckRange("--bins", arguments.settings.bins, 1, 1000);
  if (arguments.json == "-" && arguments.html == "-") {
    throw cli::UsageError("--html: expected a file, as --json has standard output");
  }
  if (arguments.bias_probe && arguments.input != "-") {
    throw cli::UsageError("--bias-probe: has sentences of its own, expected no FILE beside it");
  }
}

}  // namespace

std::optional<Arguments> ParseArguments(int argc, const char* const* argv) {
  Arguments arguments;
  CLI::App app("Judges a model on labelled texts.", "valence-evaluate");
  app.footer(kFooter);

  std::optional<std::string> format;
  app.add_option("FILE", arguments.input, "Labelled texts");
  app.add_option("--format", format, "Of FILE; default: by its extension (.tsv .csv .jsonl .ndjson)")
      ->type_name("tsv|csv|jsonl");
  app.add_option("--columns", arguments.reader.columns, "Names of the columns, where FILE has no header line")
      ->delimiter(',')
      ->type_name("NAME,..");
  app.add_option("--text", arguments.columns.text, "The column of the texts; default: text")->type_name("NAME");
  app.add_option("--label", arguments.columns.label, "The column of the labels; default: label")->type_name("NAME");
  app.add_option("--labels", arguments.labels, "What the rows' labels mean, e.g. neg=NEGATIVE,pos=POSITIVE")
      ->type_name("ROWS=MODEL,..");
  app.add_option("--slice", arguments.columns.slices, "Also judge by the values of this column; may be repeated")
      ->type_name("NAME")
      ->take_all()
      ->allow_extra_args(false);
  app.add_option("--bins", arguments.settings.bins, "Bins of the calibration error; default: 15")->type_name("N");
  app.add_option("--mistakes", arguments.settings.mistakes, "Mistakes to show; default: 100")->type_name("N");
  app.add_option("--json", arguments.json, "Write the figures as JSON; \"-\": standard output, in place of the text")
      ->type_name("FILE");
  app.add_option("--html", arguments.html, "Write one page that needs nothing else; \"-\" as above")->type_name("FILE");
  app.add_flag("--strict", arguments.strict, "Exit with 1 when rows were left out or all have one label");
  app.add_flag("--bias-probe", arguments.bias_probe,
               "Judge on sentences that differ in the person only: names, gender, religion, nationality");
  app.add_flag("--bias-texts", arguments.bias_texts, "Only list these sentences, as TSV");
  app.add_option("--positive", arguments.positive,
                 "The label whose probability --bias-probe compares; default: POSITIVE, else the model's last")
      ->type_name("LABEL");
  arguments.model.AddTo(app);

  if (!cli::ParseCommandLine(app, argc, argv)) return std::nullopt;
  arguments.settings.slice_columns = arguments.columns.slices;
  arguments.model.Check();
  Check(arguments);
  if (arguments.bias_probe || arguments.bias_texts) return arguments;

  const auto known = table::FormatOf(arguments.input);
  if (!format && !known) {
    throw cli::UsageError("--format: expected tsv, csv or jsonl, as the extension of " +
                          (arguments.input == "-" ? std::string("standard input") : arguments.input) +
                          " does not tell");
  }
  try {
    arguments.format = format ? table::ParseFormat(*format) : *known;
  } catch (const std::invalid_argument& error) {
    throw cli::UsageError(std::string("--format: ") + error.what());
  }
  return arguments;
}

}  // namespace evaluate
