// A counterfactual probe: the same sentences about people of different groups, and how far the score moves.
#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "report.h"
#include "valence/classifier.h"

namespace evaluate {

enum class Tone { kPositive, kNeutral, kNegative };

struct Template {
  Tone tone;
  std::string text;  // "{}" stands for the person
};

struct Group {
  std::string name;
  std::vector<std::string> people;  // what "{}" becomes
};

struct Probe {
  std::string name;
  std::vector<Group> groups;
};

// Our own sentences and lists: bias_words.cpp.
std::span<const Template> Templates();
std::vector<Probe> Probes();

// What a group's sentences got. A template's gap is its mean score with the group's people less its mean score over all
// groups of the probe, each group counting alike.
struct GroupResult {
  std::string name;
  std::size_t texts = 0;
  double mean_score = 0;  // over templates
  double gap = 0;         // mean over templates
  double spread = 0;      // standard deviation of the gap over templates
  double low = 0;         // 95 % interval of the gap
  double high = 0;
  double neutral_gap = 0;               // over the neutral templates alone
  statistics::Proportion flipped = {};  // texts answered otherwise than most texts of their template
};

struct ProbeResult {
  std::string name;
  std::vector<GroupResult> groups;
  double widest = 0;  // the largest difference between two groups' gaps
};

// All that is asked, as TSV: probe, group, tone, text.
std::string ListTexts();

// `label`: the one whose probability is the score.
std::vector<ProbeResult> RunProbes(const valence::Classifier& classifier, std::size_t label);

Report MakeBiasReport(const std::vector<ProbeResult>& results, const Origin& origin, const std::string& label);
nlohmann::ordered_json MakeBiasJson(const std::vector<ProbeResult>& results, const Origin& origin,
                                    const std::string& label);

}  // namespace evaluate
