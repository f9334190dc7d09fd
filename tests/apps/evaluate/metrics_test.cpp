// The figures of an evaluation beside what scikit-learn, SciPy and statsmodels make of the same predictions.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "evaluate/evaluation.h"

namespace evaluate {
namespace {

using nlohmann::json;

// As the library answers: scores by softmax, the first of equal logits.
valence::Prediction Predict(const std::vector<float>& logits) {
  valence::Prediction prediction;
  prediction.logits = logits;
  const auto best = std::max_element(logits.begin(), logits.end());
  prediction.label_id = static_cast<std::size_t>(best - logits.begin());
  double sum = 0;
  for (const float logit : logits) sum += std::exp(static_cast<double>(logit) - static_cast<double>(*best));
  prediction.score = static_cast<float>(1 / sum);
  return prediction;
}

Evaluation Evaluate(const json& example) {
  const std::vector<std::string> names = {"A", "B", "C", "D", "E"};
  const auto labels = example.at("labels").get<std::vector<std::size_t>>();
  const auto logits = example.at("logits").get<std::vector<std::vector<float>>>();
  Evaluation evaluation({names.data(), logits.at(0).size()}, {});
  for (std::size_t i = 0; i < labels.size(); ++i) evaluation.Add({i + 1, "text", labels[i], {}}, Predict(logits[i]));
  return evaluation;
}

const json& Cases() {
  static const json cases = json::parse(std::ifstream(VALENCE_REFERENCES "/evaluate/metrics_reference.json"));
  return cases;
}

// Of a case by its number in the file.
class Metrics : public testing::TestWithParam<std::size_t> {
 protected:
  const json& example() const { return Cases().at(GetParam()); }
};

std::string ErrorOf(const std::vector<float>& scores) {
  try {
    CheckScores(scores, 7);
  } catch (const std::runtime_error& error) {
    return error.what();
  }
  return "none";
}

TEST(CheckScores, RefusesNanAndScoresOfLabelsThatDoNotExcludeEachOther) {
  EXPECT_EQ(ErrorOf({0.25F, 0.75F}), "none");
  EXPECT_EQ(ErrorOf({std::nanf(""), std::nanf("")}),
            "line 7: expected scores from 0 to 1, found NaN: the model is broken");
  EXPECT_EQ(ErrorOf({1.0F, std::nanf("")}), ErrorOf({std::nanf(""), 0.0F}));
  EXPECT_EQ(ErrorOf({0.9F, 0.9F}).substr(0, 48), "expected a model that gives each text one label,");
}

TEST(Logits, HoldLabelsBeyond65535) {
  Logits logits(70000);
  std::vector<float> row(70000);
  row[65536 + 5] = 20;
  logits.Add(row, 65536 + 5);
  EXPECT_LT(logits.LogLoss(1), 0.001);
}

TEST(MetricsReference, HasNoMoreCases) { EXPECT_EQ(Cases().size(), 8u); }

void ExpectNear(const statistics::Proportion& share, const json& expected) {
  EXPECT_EQ(share.defined(), !expected.is_null());
  if (share.defined()) {
    EXPECT_NEAR(share.value(), expected.get<double>(), 1e-12);
  }
}

TEST_P(Metrics, OfLabelsAreScikitLearns) {
  const Confusion confusion = Evaluate(example()).confusion();
  const json& expected = example().at("figures");
  ExpectNear(confusion.Accuracy(), expected.at("accuracy"));
  EXPECT_NEAR(confusion.Accuracy().interval().low, expected.at("interval").at(0).get<double>(), 1e-9);
  EXPECT_NEAR(confusion.Accuracy().interval().high, expected.at("interval").at(1).get<double>(), 1e-9);
  EXPECT_NEAR(confusion.MacroF1(), expected.at("macro_f1").get<double>(), 1e-12);
  for (std::size_t label = 0; label < confusion.labels(); ++label) {
    ExpectNear(confusion.Precision(label), expected.at("precision").at(label));
    ExpectNear(confusion.Recall(label), expected.at("recall").at(label));
    const json& f1 = expected.at("f1").at(label);
    ASSERT_EQ(confusion.F1(label).has_value(), !f1.is_null());
    if (!f1.is_null()) {
      EXPECT_NEAR(*confusion.F1(label), f1.get<double>(), 1e-12);
    }
    EXPECT_EQ(confusion.Labelled(label), expected.at("rows").at(label));
    for (std::size_t answer = 0; answer < confusion.labels(); ++answer) {
      EXPECT_EQ(confusion.at(label, answer), expected.at("confusion").at(label).at(answer));
    }
  }
}

TEST_P(Metrics, OfCalibrationAreScikitLearns) {
  const Evaluation evaluation = Evaluate(example());
  const json& expected = example().at("figures");
  EXPECT_NEAR(evaluation.logits().LogLoss(1), expected.at("log_loss").get<double>(), 1e-9);
  EXPECT_NEAR(evaluation.reliability().Error(), expected.at("calibration_error").get<double>(), 1e-9);
  std::size_t at = 0;
  for (const ReliabilityBin& bin : evaluation.reliability().bins()) {
    if (!bin.right.defined()) continue;
    ASSERT_LT(at, expected.at("bin_rows").size());
    EXPECT_EQ(bin.right.total, expected.at("bin_rows").at(at));
    EXPECT_NEAR(bin.right.value(), expected.at("bin_share").at(at).get<double>(), 1e-12);
    EXPECT_NEAR(bin.MeanScore(), expected.at("bin_score").at(at).get<double>(), 1e-9);
    ++at;
  }
  EXPECT_EQ(at, expected.at("bin_rows").size());
}

TEST_P(Metrics, TheFittedTemperatureIsSciPys) {
  const Evaluation evaluation = Evaluate(example());
  const json& expected = example().at("figures");
  const double temperature = evaluation.logits().FitTemperature();
  EXPECT_NEAR(temperature, expected.at("temperature").get<double>(), 1e-4 * temperature);
  EXPECT_NEAR(evaluation.logits().LogLoss(temperature), expected.at("tempered_log_loss").get<double>(), 1e-9);
  EXPECT_NEAR(evaluation.logits().ReliabilityAt(temperature, 15).Error(),
              expected.at("tempered_calibration_error").get<double>(), 1e-4);
}

TEST_P(Metrics, OfThresholdsAreCounted) {
  const Evaluation evaluation = Evaluate(example());
  const json& expected = example().at("figures").at("thresholds");
  ASSERT_EQ(expected.size(), kThresholds.size());
  for (std::size_t i = 0; i < kThresholds.size(); ++i) {
    EXPECT_EQ(evaluation.thresholds().Coverage(kThresholds[i]).count, expected.at(i).at(0));
    EXPECT_EQ(evaluation.thresholds().Coverage(kThresholds[i]).total, evaluation.rows());
    EXPECT_EQ(evaluation.thresholds().Precision(kThresholds[i]).count, expected.at(i).at(1));
  }
}

TEST_P(Metrics, SlicesDifferWhereStatsmodelsSaysSo) {
  const Evaluation evaluation = Evaluate(example());
  const auto labels = example().at("labels").get<std::vector<std::size_t>>();
  const auto logits = example().at("logits").get<std::vector<std::vector<float>>>();
  statistics::Proportion first{0, labels.size() / 2};
  for (std::size_t i = 0; i < first.total; ++i) first.count += Predict(logits[i]).label_id == labels[i] ? 1 : 0;
  const json& range = example().at("figures").at("difference_of_first_half");
  const statistics::Interval found = DifferenceFromRest(first, evaluation.confusion().Accuracy());
  EXPECT_NEAR(found.low, range.at(0).get<double>(), 1e-9);
  EXPECT_NEAR(found.high, range.at(1).get<double>(), 1e-9);
}

INSTANTIATE_TEST_SUITE_P(Cases, Metrics, testing::Range(std::size_t{0}, std::size_t{8}));

TEST(Thresholds, FindsTheLowestThatIsSurelyPrecise) {
  Thresholds thresholds;
  for (int i = 0; i < 1000; ++i) thresholds.Add(0.7, i % 10 != 0);
  EXPECT_EQ(thresholds.LowestFor(0.95), std::nullopt);
  EXPECT_EQ(thresholds.LowestFor(0.85), 0.0);
  for (int i = 0; i < 1000; ++i) thresholds.Add(0.9, true);
  EXPECT_EQ(thresholds.LowestFor(0.99), 0.701);
  EXPECT_EQ(thresholds.LowestFor(0.95), 0.701);  // of all, 95 % are right, but not surely
}

TEST(Reliability, TellsChanceFromMiscalibration) {
  Reliability calibrated(15), too_sure(15);
  for (int i = 0; i < 400; ++i) {
    calibrated.Add(0.9, i % 10 != 0);
    too_sure.Add(0.9, i % 2 == 0);
  }
  EXPECT_TRUE(calibrated.TooSmall());
  EXPECT_FALSE(too_sure.TooSmall());
  Reliability few(15);
  few.Add(0.9, false);
  EXPECT_TRUE(few.TooSmall());
  EXPECT_NEAR(too_sure.Error(), 0.4, 1e-9);
  EXPECT_NEAR(too_sure.ErrorByChance(), std::sqrt(2 / 3.14159265358979) * std::sqrt(0.9 * 0.1 / 400), 1e-9);
}

TEST(Reliability, TakesAScoreOnAnEdgeIntoTheLowerBin) {
  Reliability reliability(4);
  for (const double score : {0.25, 0.5, 1.0}) reliability.Add(score, true);
  EXPECT_EQ(reliability.bins().at(0).right.total, 1u);
  EXPECT_EQ(reliability.bins().at(1).right.total, 1u);
  EXPECT_EQ(reliability.bins().at(3).right.total, 1u);
}

TEST(Logits, StopAtTheEndOfTheRangeOfTemperatures) {
  Logits right(2), wrong(2);
  right.Add(std::vector<float>{3, -3}, 0);
  wrong.Add(std::vector<float>{3, -3}, 1);
  EXPECT_EQ(right.FitTemperature(), Logits::kLowest);
  EXPECT_EQ(wrong.FitTemperature(), Logits::kHighest);
}

}  // namespace
}  // namespace evaluate
