// A counterfactual probe: the same sentences about people of different groups, and how far the score moves.
#include "bias.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string_view>

#include "common/numbers.h"

namespace evaluate {
namespace {

// What each text got.
struct Answer {
  double score = 0;
  std::size_t label = 0;
};
using AnswersByText = std::map<std::string, Answer>;

// What the texts of one template and one group got.
struct Answers {
  double mean_score = 0;
  std::vector<std::size_t> labels;  // of each person's text
};

std::string Filled(const Template& sentence, const std::string& person) {
  std::string text = sentence.text;
  return text.replace(text.find("{}"), 2, person);
}

// All texts of all probes in one call, each once.
AnswersByText Ask(const valence::Classifier& classifier, std::size_t label) {
  AnswersByText answers;
  for (const Probe& probe : Probes()) {
    for (const Group& group : probe.groups) {
      for (const Template& sentence : Templates()) {
        for (const std::string& person : group.people) answers[Filled(sentence, person)];
      }
    }
  }
  std::vector<std::string_view> texts;
  for (const auto& [text, answer] : answers) texts.push_back(text);
  const auto predictions = classifier.classify(texts);
  auto prediction = predictions.begin();
  for (auto& [text, answer] : answers) {
    answer = {static_cast<double>(prediction->scores.at(label)), prediction->label_id};
    ++prediction;
  }
  return answers;
}

Answers Gather(const AnswersByText& by_text, const Template& sentence, const Group& group) {
  Answers answers;
  for (const std::string& person : group.people) {
    const Answer& answer = by_text.at(Filled(sentence, person));
    answers.mean_score += answer.score / static_cast<double>(group.people.size());
    answers.labels.push_back(answer.label);
  }
  return answers;
}

std::size_t MostFrequentLabel(const std::vector<Answers>& groups, std::size_t labels) {
  std::vector<std::size_t> counts(labels);
  for (const Answers& answers : groups) {
    for (const std::size_t label : answers.labels) ++counts[label];
  }
  return static_cast<std::size_t>(std::max_element(counts.begin(), counts.end()) - counts.begin());
}

double Mean(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return values.empty() ? 0 : sum / static_cast<double>(values.size());
}

// Of a sample.
double StandardDeviation(const std::vector<double>& values) {
  const double mean = Mean(values);
  double squares = 0;
  for (const double value : values) squares += (value - mean) * (value - mean);
  return values.size() < 2 ? 0 : std::sqrt(squares / static_cast<double>(values.size() - 1));
}

ProbeResult RunProbe(const AnswersByText& by_text, const Probe& probe, std::size_t labels) {
  ProbeResult result{probe.name, {}, 0};
  for (const Group& group : probe.groups) result.groups.push_back({group.name});
  std::vector<std::vector<double>> gaps(probe.groups.size());          // [groups, templates]
  std::vector<std::vector<double>> neutral_gaps(probe.groups.size());  // [groups, neutral templates]
  const double templates = static_cast<double>(Templates().size());
  for (const Template& sentence : Templates()) {
    std::vector<Answers> answers;
    double mean = 0;
    for (const Group& group : probe.groups) {
      answers.push_back(Gather(by_text, sentence, group));
      mean += answers.back().mean_score / static_cast<double>(probe.groups.size());
    }
    const std::size_t usual = MostFrequentLabel(answers, labels);
    for (std::size_t i = 0; i < answers.size(); ++i) {
      GroupResult& group = result.groups[i];
      const auto texts = answers[i].labels.size();
      group.texts += texts;
      group.mean_score += answers[i].mean_score / templates;
      group.flipped.total += texts;
      group.flipped.count +=
          texts - static_cast<std::size_t>(std::count(answers[i].labels.begin(), answers[i].labels.end(), usual));
      gaps[i].push_back(answers[i].mean_score - mean);
      if (sentence.tone == Tone::kNeutral) neutral_gaps[i].push_back(answers[i].mean_score - mean);
    }
  }
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    GroupResult& group = result.groups[i];
    group.gap = Mean(gaps[i]);
    group.spread = StandardDeviation(gaps[i]);
    const double half = statistics::kNormalQuantile * group.spread / std::sqrt(templates);
    group.low = group.gap - half;
    group.high = group.gap + half;
    group.neutral_gap = Mean(neutral_gaps[i]);
  }
  std::sort(result.groups.begin(), result.groups.end(), [](const auto& a, const auto& b) { return a.gap < b.gap; });
  result.widest = result.groups.back().gap - result.groups.front().gap;
  return result;
}

std::string Signed(double points) { return (points < 0 ? "" : "+") + common::Decimal(100 * points, 1); }

Table MakeTable(const ProbeResult& result) {
  Table table{"bias-" + result.name,
              "By " + result.name,
              "Between the lowest and the highest group: " + common::Decimal(100 * result.widest, 1) + " points.",
              {"group", "texts", "mean score", "gap", "95 % interval", "spread", "gap in neutral", "flipped", ""},
              1,
              {}};
  for (const GroupResult& group : result.groups) {
    const char* remark = group.high < 0 ? "lower" : group.low > 0 ? "higher" : "no gap shown";
    table.rows.push_back({{group.name},
                          {std::to_string(group.texts)},
                          {common::Decimal(group.mean_score, 3)},
                          {Signed(group.gap)},
                          {Signed(group.low) + " to " + Signed(group.high)},
                          {common::Decimal(100 * group.spread, 1)},
                          {Signed(group.neutral_gap)},
                          Cell{common::Percent(group.flipped.value(), 1), group.flipped},
                          {remark}});
  }
  return table;
}

}  // namespace

std::string ListTexts() {
  const char* const tones[] = {"positive", "neutral", "negative"};
  std::string lines = "probe\tgroup\ttone\ttext\n";
  for (const Probe& probe : Probes()) {
    for (const Group& group : probe.groups) {
      for (const Template& sentence : Templates()) {
        for (const std::string& person : group.people) {
          lines += probe.name + '\t' + group.name + '\t' + tones[static_cast<int>(sentence.tone)] + '\t' +
                   Filled(sentence, person) + '\n';
        }
      }
    }
  }
  return lines;
}

std::vector<ProbeResult> RunProbes(const valence::Classifier& classifier, std::size_t label) {
  const AnswersByText by_text = Ask(classifier, label);
  std::vector<ProbeResult> results;
  for (const Probe& probe : Probes()) results.push_back(RunProbe(by_text, probe, classifier.labels().size()));
  return results;
}

Report MakeBiasReport(const std::vector<ProbeResult>& results, const Origin& origin, const std::string& label) {
  Report report;
  report.title = "Bias probe";
  report.origin = {{"model", origin.model}, {"precision", origin.precision}, {"texts", origin.texts}};
  for (const ProbeResult& result : results) {
    report.figures.push_back({"Widest gap by " + result.name, common::Decimal(100 * result.widest, 1),
                              "points, from " + result.groups.front().name + " to " + result.groups.back().name});
  }
  report.remarks = {"The same " + std::to_string(Templates().size()) +
                        " sentences, a third each positive, neutral and negative, about "
                        "people of each group. The score is the probability of " +
                        label +
                        ". A group's gap, in points of 100, is its mean score "
                        "less the mean of all groups; the spread is the gap's standard deviation from sentence to "
                        "sentence. Flipped: the texts "
                        "that are answered otherwise than most texts of their sentence.",
                    "Short lists of people and plain sentences: a gap shows that the model is biased here, no gap does "
                    "not show that it is "
                    "fair elsewhere. Where the interval holds 0, the sentences are too few to tell."};
  for (const ProbeResult& result : results) report.tables.push_back(MakeTable(result));
  return report;
}

nlohmann::ordered_json MakeBiasJson(const std::vector<ProbeResult>& results, const Origin& origin,
                                    const std::string& label) {
  nlohmann::ordered_json probes = nlohmann::ordered_json::array();
  for (const ProbeResult& result : results) {
    nlohmann::ordered_json groups = nlohmann::ordered_json::array();
    for (const GroupResult& group : result.groups) {
      groups.push_back({{"group", group.name},
                        {"texts", group.texts},
                        {"mean_score", group.mean_score},
                        {"gap", group.gap},
                        {"low", group.low},
                        {"high", group.high},
                        {"spread", group.spread},
                        {"neutral_gap", group.neutral_gap},
                        {"flipped", group.flipped.count}});
    }
    probes.push_back({{"probe", result.name}, {"widest_gap", result.widest}, {"groups", groups}});
  }
  return {{"model", origin.model}, {"precision", origin.precision},   {"texts", origin.texts},
          {"label", label},        {"sentences", Templates().size()}, {"probes", probes}};
}

}  // namespace evaluate
