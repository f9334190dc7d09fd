// valence-brand-watch: posts with time stamps in; the share of positive posts of each hour out, while the posts arrive.
#include <poll.h>

#include <algorithm>
#include <chrono>
#include <optional>

#include "arguments.h"
#include "common/overlap.h"
#include "common/program.h"
#include "follow.h"
#include "table/reader.h"
#include "watch.h"

namespace brand_watch {
namespace {

constexpr int kIdleMilliseconds = 1000;

table::ReaderOptions OptionsOf(const Arguments& arguments, common::IllFormedLines& ill_formed) {
  table::ReaderOptions options;
  options.lines = arguments.encoding.Lines(ill_formed);
  return options;
}

// Counts the posts of a file that is still being written, and prints hours by the clock while no post arrives.
common::ExitCode WatchFollowed(const Arguments& arguments) {
  const FollowedFile file(arguments.input, std::chrono::seconds(arguments.patience));
  const valence::Classifier classifier = arguments.model.LoadForProbabilities();
  common::IllFormedLines ill_formed(kProgram, arguments.input, arguments.encoding.strict);
  table::Reader reader(file.fd(), arguments.input, table::Format::kJsonLines, OptionsOf(arguments, ill_formed));
  Watch watch(arguments, classifier, reader.name());
  for (;;) {
    while (!reader.Ready()) {
      pollfd wait{file.fd(), POLLIN, 0};
      if (poll(&wait, 1, kIdleMilliseconds) == 0) watch.TakeTime();
    }
    const auto batch = watch.Read(reader.NextWindow());
    if (!batch) break;
    watch.Count(*batch, classifier.classify(batch->texts));
  }
  file.ExpectNoError();
  return std::max(watch.Finish(), ill_formed.Finish());
}

common::ExitCode WatchAll(const Arguments& arguments) {
  const valence::Classifier classifier = arguments.model.LoadForProbabilities();
  common::IllFormedLines ill_formed(kProgram, table::InputName(arguments.input), arguments.encoding.strict);
  table::Reader reader(arguments.input, table::Format::kJsonLines, OptionsOf(arguments, ill_formed));
  Watch watch(arguments, classifier, reader.name());
  common::Overlap(
      classifier, [&] { return watch.Read(reader.NextWindow()); }, [&] { return reader.Ready(); },
      [&](const Watch::Batch& batch, const std::vector<valence::Prediction>& predictions) {
        watch.Count(batch, predictions);
      });
  return std::max(watch.Finish(), ill_formed.Finish());
}

common::ExitCode Run(int argc, char** argv) {
  const auto arguments = ParseArguments(argc, argv);
  if (!arguments) return common::kAllAnswered;
  return arguments->follow ? WatchFollowed(*arguments) : WatchAll(*arguments);
}

}  // namespace
}  // namespace brand_watch

int main(int argc, char** argv) {
  return common::RunProgram(brand_watch::kProgram, [&] { return brand_watch::Run(argc, argv); });
}
