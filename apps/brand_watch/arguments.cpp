// The command line of valence-brand-watch.
#include "arguments.h"

#include <CLI/CLI.hpp>

#include "common/command_line.h"
#include "common/program.h"

namespace brand_watch {
namespace {

constexpr const char* kFooter =
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
  CLI::App app("Prints hour by hour what share of posts is positive.", kProgram);
  app.footer(std::string(kFooter) + common::kEnvironmentHelp + kExitCodes);
  app.add_option("FILE", arguments.input, "Read the posts from FILE, an object a line; - or nothing: standard input");
  app.add_flag("--follow", arguments.follow, "Wait for more posts at the end of FILE");
  app.add_option("--patience", arguments.patience,
                 "With --follow: stop when no post has arrived for N seconds; 0: never stop")
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--text", arguments.text_key, "Take the text from this key")->type_name("KEY")->capture_default_str();
  app.add_option("--time", arguments.time_key, "Take the time from this key")->type_name("KEY")->capture_default_str();
  app.add_option("--brand", arguments.brands, "Count only posts that contain this word, in any case; may be repeated")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app.add_option("--label", arguments.label, "Count texts with this label of the model as positive")
      ->capture_default_str();
  app.add_option("--period", arguments.period, "Count by periods of N seconds, 60 or more, instead of hours")
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--late", arguments.late, "Wait N seconds for late posts before an hour is printed")
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--few", arguments.few, "Call fewer than N posts \"too few to conclude\"")
      ->type_name("N")
      ->capture_default_str();
  app.add_flag("--json", arguments.json, "Print a JSON object for each hour");
  arguments.encoding.AddTo(app);
  arguments.model.AddTo(app);
  if (!common::ParseCommandLine(app, argc, argv)) return std::nullopt;
  arguments.model.Check();
  arguments.encoding.Check();
  Check(arguments);
  return arguments;
}

}  // namespace brand_watch
