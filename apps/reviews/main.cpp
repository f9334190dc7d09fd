// valence-reviews: a table of reviews in; the share of positive reviews and the most telling sentences of each product
// out.
#include <algorithm>

#include "arguments.h"
#include "common/overlap.h"
#include "common/program.h"
#include "reviews.h"
#include "table/reader.h"

namespace reviews {
namespace {

common::ExitCode Run(int argc, char** argv) {
  const auto arguments = ParseArguments(argc, argv);
  if (!arguments) return common::kAllAnswered;
  common::IllFormedLines ill_formed(kProgram, table::InputName(arguments->input), arguments->encoding.strict);
  table::ReaderOptions options = arguments->reader;
  options.lines = arguments->encoding.Lines(ill_formed);
  table::Reader reader(arguments->input, arguments->format, options);
  reader.RequireColumn(arguments->text_column);
  reader.RequireColumn(arguments->product_column);
  const valence::Classifier classifier = arguments->model.LoadForProbabilities();
  Reviews reviews(*arguments, classifier, reader.name());
  common::Overlap(
      classifier, [&] { return reviews.Read(reader.NextWindow()); }, [&] { return reader.Ready(); },
      [&](const Reviews::Batch& batch, const std::vector<valence::Prediction>& predictions) {
        reviews.Count(batch, predictions);
      });
  return std::max(reviews.Finish(), ill_formed.Finish());
}

}  // namespace
}  // namespace reviews

int main(int argc, char** argv) {
  return common::RunProgram(reviews::kProgram, [&] { return reviews::Run(argc, argv); });
}
