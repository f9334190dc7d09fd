// Brand watch: posts with time stamps in, the share of positive ones an hour out, while the posts come.
#include <poll.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cctype>
#include <chrono>
#include <ctime>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "common/output.h"
#include "common/program.h"
#include "follow.h"
#include "periods.h"
#include "statistics/share.h"
#include "table/reader.h"
#include "table/values.h"
#include "time_stamp.h"

namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kProgram = "valence-brand-watch";
constexpr const char* kFooter =
    R"(Each line of FILE, or of standard input, is a JSON object with a text and a time: ISO 8601 with an offset or in UTC
(2026-11-23T21:48:18+01:00), or Unix seconds. Each hour (in UTC) is printed once it is over: when a post came that is
--late seconds younger than its end, at the end of the input, and with --follow also by the clock, when no posts are
waiting. Hours without posts are printed, too; a week or more of them as one. Posts that come for an hour that was
printed already make it come again, marked "revised" and with all its posts: the last line of an hour stands.

The interval is Wilson's at 95 %. It covers the chance of which posts were written, not the mistakes of the model.
Memory grows with the number of hours, not of posts.

With --follow FILE is read by its name: one that is renamed and begun anew, or cut, is read on from its new beginning.

Environment: VALENCE_MODEL, the model folder used without --model.
Exit code: 0 all posts counted, 1 a model, the file or some posts failed, 2 wrong usage.)";
constexpr int kIdleMilliseconds = 1000;

struct Arguments {
  cli::ModelOptions model;
  std::string input = "-";
  bool follow = false;
  std::int64_t patience = 0;
  std::string text_key = "text";
  std::string time_key = "time";
  std::vector<std::string> brands;
  std::string label = "POSITIVE";
  std::int64_t period = 3600;
  std::int64_t late = 300;
  std::size_t few = 10;
  bool json = false;
};

bool SameLetter(char a, char b) {
  return std::tolower(static_cast<unsigned char>(a)) == std::tolower(static_cast<unsigned char>(b));
}

// Whether the name stands in the text as a word of its own.
bool Mentions(std::string_view text, std::string_view name) {
  const auto is_letter = [&](auto at) {
    return at != text.end() && std::isalnum(static_cast<unsigned char>(*at)) != 0;
  };
  auto found = text.begin();
  while ((found = std::search(found, text.end(), name.begin(), name.end(), SameLetter)) != text.end()) {
    const bool begins = found == text.begin() || !is_letter(found - 1);
    if (begins && !is_letter(found + static_cast<std::ptrdiff_t>(name.size()))) return true;
    ++found;
  }
  return false;
}

std::string Row(const uses::PeriodCount& count, const Arguments& arguments) {
  const std::string begin = uses::FormatTimeStamp(count.begin);
  const std::string end = uses::FormatTimeStamp(count.end);
  if (arguments.json) {
    Json row = {{"from", begin}, {"to", end}, {"posts", count.share.total}};
    uses::AddTo(row, count.share, arguments.few);
    row["revised"] = count.revised;
    return row.dump() + '\n';
  }
  std::string row = begin;
  if (count.end - count.begin > arguments.period) row += " to " + end;
  if (count.share.total == 0) return row + "  no posts\n";
  row += "  " + std::to_string(count.share.total) + (count.share.total == 1 ? " post  " : " posts  ") +
         uses::Described(count.share, arguments.few);
  return row + (count.revised ? "  revised\n" : "\n");
}

// The posts of one input, counted.
class Watch {
 public:
  Watch(const Arguments& arguments, const valence::Classifier& classifier, const std::string& name)
      : arguments_(arguments),
        classifier_(classifier),
        label_(uses::FindLabel(classifier, "--label", arguments.label)),
        periods_(arguments.period, arguments.late),
        bad_rows_(kProgram, name) {}

  // Counts the posts and prints what they close.
  void Take(const std::vector<table::Record>& records) {
    std::vector<std::string_view> texts;
    std::vector<std::int64_t> times;
    const std::int64_t now = std::time(nullptr);
    for (const table::Record& record : records) {
      ++rows_;
      try {
        const std::string& text = uses::Text(record, arguments_.text_key);
        const std::int64_t time = uses::ParseTimeStamp(uses::Value(record, arguments_.time_key), now);
        if (!IsWatched(text)) continue;
        texts.push_back(text);
        times.push_back(time);
      } catch (const std::invalid_argument& error) {
        bad_rows_.Add(record.line, error.what());
      }
    }
    const auto predictions = classifier_.classify(texts);
    for (std::size_t i = 0; i < times.size(); ++i) periods_.Add(times[i], predictions[i].label_id == label_);
    counted_ += times.size();
    Print(periods_.Close(periods_.newest()));
  }

  void TakeTime() { Print(periods_.Close(std::time(nullptr))); }

  cli::ExitCode Finish() {
    Print(periods_.CloseAll());
    std::cerr << kProgram + (": " + std::to_string(rows_)) + " rows: " + std::to_string(counted_) + " posts counted, " +
                     std::to_string(periods_.late_posts()) + " of them after their hour was printed\n";
    return bad_rows_.Finish(rows_);
  }

 private:
  bool IsWatched(std::string_view text) const {
    return arguments_.brands.empty() || std::any_of(arguments_.brands.begin(), arguments_.brands.end(),
                                                    [&](const std::string& brand) { return Mentions(text, brand); });
  }

  void Print(const std::vector<uses::PeriodCount>& counts) const {
    std::string rows;
    for (const uses::PeriodCount& count : counts) rows += Row(count, arguments_);
    cli::WriteLines(rows);
  }

  const Arguments& arguments_;
  const valence::Classifier& classifier_;
  std::size_t label_;
  uses::Periods periods_;
  cli::BadRows bad_rows_;
  std::size_t rows_ = 0;
  std::size_t counted_ = 0;
};

cli::ExitCode WatchAll(const Arguments& arguments) {
  std::optional<uses::FollowedFile> followed;
  if (arguments.follow) followed.emplace(arguments.input, std::chrono::seconds(arguments.patience));
  const valence::Classifier classifier = arguments.model.LoadClassifier();
  std::optional<table::Reader> opened;
  if (followed) {
    opened.emplace(followed->fd(), arguments.input, table::Format::kJsonLines);
  } else {
    opened.emplace(arguments.input, table::Format::kJsonLines);
  }
  table::Reader& reader = *opened;
  Watch watch(arguments, classifier, reader.name());
  for (;;) {
    while (followed && !reader.Ready()) {
      pollfd wait{followed->fd(), POLLIN, 0};
      if (poll(&wait, 1, kIdleMilliseconds) == 0) watch.TakeTime();
    }
    const auto records = reader.NextWindow();
    if (records.empty()) break;
    watch.Take(records);
  }
  if (followed) followed->ExpectNoError();
  return watch.Finish();
}

cli::ExitCode Run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Tells hour by hour what share of posts is positive.", kProgram);
  app.footer(kFooter);
  app.add_option("FILE", arguments.input, "Posts, an object a line; - or nothing: standard input");
  app.add_flag("--follow", arguments.follow, "At the end of FILE wait for more");
  app.add_option("--patience", arguments.patience, "With --follow: end when nothing came for N seconds; 0: never")
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--text", arguments.text_key, "The key of the text")->type_name("KEY")->capture_default_str();
  app.add_option("--time", arguments.time_key, "The key of the time")->type_name("KEY")->capture_default_str();
  app.add_option("--brand", arguments.brands, "Count only posts with this word, in any case; may be given again")
      ->type_name("NAME")
      ->allow_extra_args(false);
  app.add_option("--label", arguments.label, "The model's label that is positive")->capture_default_str();
  app.add_option("--period", arguments.period, "Length of an \"hour\" in seconds, 60 or more")
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--late", arguments.late, "Seconds that posts may come late")->type_name("N")->capture_default_str();
  app.add_option("--few", arguments.few, "Below N posts they are \"too few to conclude\"")
      ->type_name("N")
      ->capture_default_str();
  app.add_flag("--json", arguments.json, "Print a JSON object an hour");
  arguments.model.AddTo(app);
  if (!cli::ParseCommandLine(app, argc, argv)) return cli::kAllAnswered;
  arguments.model.Check();
  constexpr double kLongest = 366 * 86400;  // seconds
  cli::CheckRange("--period", static_cast<double>(arguments.period), 60, kLongest);
  cli::CheckRange("--late", static_cast<double>(arguments.late), 0, 100 * kLongest);
  cli::CheckRange("--patience", static_cast<double>(arguments.patience), 0, kLongest);
  cli::CheckRange("--few", static_cast<double>(arguments.few), 1, 1e9);
  if (arguments.follow && arguments.input == "-") throw cli::UsageError("--follow: expected a FILE");
  for (const std::string& brand : arguments.brands) {
    if (brand.empty()) throw cli::UsageError("--brand: expected a name, found nothing");
  }
  return WatchAll(arguments);
}

}  // namespace

int main(int argc, char** argv) {
  return cli::RunProgram(kProgram, [&] { return Run(argc, argv); });
}
