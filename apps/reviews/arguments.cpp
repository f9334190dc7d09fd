// The command line of valence-reviews.
#include "arguments.h"

#include "common/command_line.h"
#include "common/program.h"
#include "table/options.h"

namespace reviews {
namespace {

constexpr const char* kDetails =
    R"(FILE, or standard input, is a table with a column of texts and one of products: TSV or CSV with a header line, or a
JSON object a line. The products are printed when all rows have been read, those with the most reviews first. With
--grouped a product is printed as soon as the next one begins; if more of its rows follow later, it is printed again,
counted anew.

The interval of the share is Wilson's at 95 %. It covers the chance of which reviews were written, not the mistakes of
the model. For each product --sentences positive and as many negative reviews are quoted: those that the model is surest
of, of each the sentence that it is surest of, with the model's probability of --label and the review's line. A sentence
ends at a line end, or at . ! ? before white space (not after a single letter or Mr, Mrs, Ms, Dr, Prof, St, Jr, Sr, vs);
one of fewer than three words is joined with the next.

Memory grows with the number of products (by up to 2 * N * 4 KB each, N = --sentences), not of reviews; with --grouped
it does not grow.
)";
constexpr const char* kExitCodes =
    "Exit code: 0 all reviews counted, 1 the model, the file or some reviews failed, 2 wrong usage.";

}  // namespace

std::optional<Arguments> ParseArguments(int argc, const char* const* argv) {
  Arguments arguments;
  table::Options table_options;
  common::CommandLine command_line(
      kProgram, "Prints the share of positive reviews of each product, and quotes the most telling sentences.",
      kDetails, kExitCodes);
  command_line.Add("FILE", arguments.input, "", "Read the reviews from FILE; - or nothing: standard input");
  table_options.AddTo(command_line);
  command_line.AddWithDefault("--text", arguments.text_column, "NAME", "Take the texts from this column");
  command_line.AddWithDefault("--product", arguments.product_column, "NAME", "Take the products from this column");
  command_line.AddWithDefault("--label", arguments.label, "LABEL",
                              "Count texts with this label of the model as positive");
  command_line.AddWithDefault("--sentences", arguments.sentences, "N", "Quote N sentences of each side");
  command_line.AddWithDefault("--few", arguments.few, "N", "Call fewer than N reviews \"too few to conclude\"");
  command_line.AddFlag("--grouped", arguments.grouped,
                       "Print each product when the next one begins; for input whose rows are grouped by product");
  command_line.AddFlag("--json", arguments.json, "Print a JSON object for each product");
  arguments.encoding.AddTo(command_line);
  arguments.model.AddTo(command_line);
  if (!command_line.Parse(argc, argv)) return std::nullopt;
  arguments.model.Check();
  arguments.encoding.Check();
  common::CheckRange("--sentences", static_cast<double>(arguments.sentences), 0, 1000);
  common::CheckRange("--few", static_cast<double>(arguments.few), 1, 1e9);
  arguments.format = table_options.Check(arguments.input, arguments.reader);
  return arguments;
}

}  // namespace reviews
