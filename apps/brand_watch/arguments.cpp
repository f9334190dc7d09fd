// The command line of valence-brand-watch.
#include "arguments.h"

#include "common/command_line.h"
#include "common/program.h"

namespace brand_watch {
namespace {

constexpr const char* kDetails =
    R"(Each line of FILE, or of standard input, is a JSON object with a text and a time: ISO 8601 with an offset or in UTC
(2026-11-23T21:48:18+01:00), or Unix seconds. Each hour (in UTC) is printed once it is over: when a post arrives whose
time is --late seconds or more after the end of the hour (of a time in the future the present counts), or the input ends; with --follow, when no posts are waiting,
also when the clock says so. Hours without posts are printed, too; a week or more of them as one line. If posts arrive
for an hour that was already printed, it is printed again, marked "revised" and with all its posts: the last line of an
hour is the valid one.

The interval is Wilson's at 95 %. It covers the chance of which posts were written, not the mistakes of the model.
Memory grows with the number of hours, not of posts.

With --follow FILE is read by its name: if it is renamed and created again, or truncated, reading continues at the
beginning of the new content.
)";
constexpr const char* kExitCodes =
    "Exit code: 0 all posts counted, 1 the model, the file or some posts failed, 2 wrong usage.";

void Check(const Arguments& arguments) {
  constexpr double kLongest = 366 * 86400;  // seconds
  common::CheckRange("--period", static_cast<double>(arguments.period), 60, kLongest);
  common::CheckRange("--late", static_cast<double>(arguments.late), 0, 100 * kLongest);
  common::CheckRange("--patience", static_cast<double>(arguments.patience), 0, kLongest);
  common::CheckRange("--few", static_cast<double>(arguments.few), 1, 1e9);
  if (arguments.follow && arguments.input == "-") throw common::UsageError("--follow: expected a FILE");
  for (const std::string& brand : arguments.brands) {
    if (brand.empty()) throw common::UsageError("--brand: expected a name, found nothing");
  }
}

}  // namespace

std::optional<Arguments> ParseArguments(int argc, const char* const* argv) {
  Arguments arguments;
  common::CommandLine command_line(kProgram, "Prints hour by hour what share of posts is positive.", kDetails,
                                   kExitCodes);
  command_line.Add("FILE", arguments.input, "",
                   "Read the posts from FILE, an object a line; - or nothing: standard input");
  command_line.AddFlag("--follow", arguments.follow, "Wait for more posts at the end of FILE");
  command_line.AddWithDefault("--patience", arguments.patience, "N",
                              "With --follow: stop when no post has arrived for N seconds; 0: never stop");
  command_line.AddWithDefault("--text", arguments.text_key, "KEY", "Take the text from this key");
  command_line.AddWithDefault("--time", arguments.time_key, "KEY", "Take the time from this key");
  command_line.AddList("--brand", arguments.brands, "NAME",
                       "Count only posts that contain this word, in any case; may be repeated");
  command_line.AddWithDefault("--label", arguments.label, "LABEL",
                              "Count texts with this label of the model as positive");
  command_line.AddWithDefault("--period", arguments.period, "N",
                              "Count by periods of N seconds, 60 or more, instead of hours");
  command_line.AddWithDefault("--late", arguments.late, "N", "Wait N seconds for late posts before an hour is printed");
  command_line.AddWithDefault("--few", arguments.few, "N", "Call fewer than N posts \"too few to conclude\"");
  command_line.AddFlag("--json", arguments.json, "Print a JSON object for each hour");
  arguments.encoding.AddTo(command_line);
  arguments.model.AddTo(command_line);
  if (!command_line.Parse(argc, argv)) return std::nullopt;
  arguments.model.Check();
  arguments.encoding.Check();
  Check(arguments);
  return arguments;
}

}  // namespace brand_watch
