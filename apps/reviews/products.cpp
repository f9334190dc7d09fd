// Reviews counted by product, and the most telling sentences of each.
#include "products.h"

#include <algorithm>
#include <limits>

#include "sentences.h"

namespace reviews {
namespace {

constexpr std::size_t kLongestText = 4096;  // bytes
constexpr std::size_t kSentencesAtOnce = 1024;

// How much the prediction speaks for the label. Probabilities would not do: many are 1 to the last digit.
float Margin(const valence::Prediction& prediction, std::size_t label) {
  float other = -std::numeric_limits<float>::infinity();
  for (std::size_t i = 0; i < prediction.logits.size(); ++i) {
    if (i != label) other = std::max(other, prediction.logits[i]);
  }
  return prediction.logits.size() > 1 ? prediction.logits[label] - other : prediction.logits[label];
}

// The beginning of the text, without a part of a UTF-8 character at its end.
std::string_view Beginning(std::string_view text) {
  if (text.size() <= kLongestText) return text;
  std::size_t end = kLongestText;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

bool IsSurer(const Telling& a, const Telling& b) { return a.margin > b.margin; }

void Offer(std::vector<Telling>& kept, std::size_t most, float margin, const valence::Prediction& prediction,
           std::size_t label, std::size_t line, std::string_view text) {
  if (kept.size() == most && (most == 0 || margin <= kept.back().margin)) return;
  text = Beginning(text);
  const auto is_equal = [&](const Telling& other) { return other.text == text; };
  if (std::any_of(kept.begin(), kept.end(), is_equal)) return;
  if (kept.size() == most) kept.pop_back();
  Telling telling{margin, prediction.scores[label], line, std::string(text)};
  kept.insert(std::upper_bound(kept.begin(), kept.end(), telling, IsSurer), std::move(telling));
}

// One sentence of a review that was kept.
struct Candidate {
  Telling* review;
  bool is_positive;
  std::string_view sentence;
};

// The sentence that each review's most telling one is so far.
struct Best {
  Telling* review;
  Telling sentence;
};

}  // namespace

void Product::Add(const valence::Prediction& prediction, std::size_t positive_label, std::size_t most, std::size_t line,
                  std::string_view text) {
  const bool is_positive = prediction.label_id == positive_label;
  const float margin = Margin(prediction, positive_label);
  ++share.total;
  if (is_positive) ++share.count;
  Offer(is_positive ? positive : negative, most, is_positive ? margin : -margin, prediction, positive_label, line,
        text);
}

void PickSentences(std::vector<Product>& products, const valence::Classifier& classifier, std::size_t positive_label) {
  std::vector<Candidate> candidates;
  for (Product& product : products) {
    for (auto* side : {&product.positive, &product.negative}) {
      for (Telling& review : *side) {
        const auto sentences = SplitSentences(review.text);
        if (sentences.size() < 2) continue;
        for (const auto sentence : sentences) candidates.push_back({&review, side == &product.positive, sentence});
      }
    }
  }
  std::vector<Best> bests;
  for (std::size_t begin = 0; begin < candidates.size(); begin += kSentencesAtOnce) {
    const std::size_t count = std::min(candidates.size() - begin, kSentencesAtOnce);
    std::vector<std::string_view> texts;
    for (std::size_t i = 0; i < count; ++i) texts.push_back(candidates[begin + i].sentence);
    const auto predictions = classifier.classify(texts);
    for (std::size_t i = 0; i < count; ++i) {
      const Candidate& candidate = candidates[begin + i];
      const float margin = (candidate.is_positive ? 1.0F : -1.0F) * Margin(predictions[i], positive_label);
      const bool is_first = bests.empty() || bests.back().review != candidate.review;
      if (!is_first && margin <= bests.back().sentence.margin) continue;
      if (is_first) bests.push_back({candidate.review, {}});
      bests.back().sentence = {margin, predictions[i].scores[positive_label], candidate.review->line,
                               std::string(candidate.sentence)};
    }
  }
  for (Best& best : bests) *best.review = std::move(best.sentence);
  for (Product& product : products) {
    std::stable_sort(product.positive.begin(), product.positive.end(), IsSurer);
    std::stable_sort(product.negative.begin(), product.negative.end(), IsSurer);
  }
}

}  // namespace reviews
