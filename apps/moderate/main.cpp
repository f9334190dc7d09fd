// valence-moderate: comments in; each is kept, flagged, or left to a human if the model is not sure.
#include "arguments.h"
#include "comment.h"
#include "comment_reader.h"
#include "common/overlap.h"
#include "common/program.h"
#include "outputs.h"

namespace moderate {
namespace {

common::ExitCode Run(int argc, char** argv) {
  const auto arguments = ParseArguments(argc, argv);
  if (!arguments) return common::kAllAnswered;
  Outputs outputs(*arguments);
  const valence::Classifier classifier = arguments->model.LoadForProbabilities();
  const std::size_t label = common::FindLabel(classifier.labels(), "--label", arguments->label);
  CommentReader reader(*arguments);
  common::Overlap(
      classifier, [&] { return reader.NextBatch(); }, [&] { return reader.Ready(); },
      [&](CommentBatch batch, const std::vector<valence::Prediction>& predictions) {
        Judge(batch, predictions, label, *arguments);
        outputs.Write(std::move(batch.inputs));
      });
  common::PrintNote(kProgram, outputs.Summary());
  return reader.Finish();
}

}  // namespace
}  // namespace moderate

int main(int argc, char** argv) {
  return common::RunProgram(moderate::kProgram, [&] { return moderate::Run(argc, argv); });
}
