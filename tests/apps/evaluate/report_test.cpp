// Mistakes, slices, labels, left-out rows, and what the page makes of hostile texts.
#include "evaluate/report.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include "common/program.h"
#include "common/text.h"
#include "evaluate/page.h"

namespace evaluate {
namespace {

const std::vector<std::string> kLabels = {"NEGATIVE", "POSITIVE"};

valence::Prediction Answer(std::size_t label, float score) {
  valence::Prediction prediction;
  prediction.label_id = label;
  prediction.score = score;
  prediction.logits = {0, 0};
  prediction.logits[label] = std::log(score / (1 - score));
  return prediction;
}

TEST(Mistakes, KeepsTheSurestOnes) {
  Mistakes mistakes(3);
  const float scores[] = {0.6F, 0.9F, 0.7F, 0.9F, 0.5F, 0.8F};
  for (std::size_t i = 0; i < 6; ++i) mistakes.Add({i + 2, 0, 1, scores[i], {}}, "text " + std::to_string(i));
  const auto kept = mistakes.ByConfidence();
  ASSERT_EQ(kept.size(), 3u);
  EXPECT_EQ(kept[0].line, 3u);
  EXPECT_EQ(kept[1].line, 5u);
  EXPECT_EQ(kept[2].line, 7u);
  EXPECT_EQ(kept[2].text, "text 5");
}

TEST(Slices, AreBounded) {
  Slices slices("id");
  for (int i = 0; i < 10000; ++i) slices.Add(std::to_string(i), true);
  EXPECT_LE(slices.BySize().size(), Slices::kMost + 1);
  EXPECT_EQ(slices.BySize().at(0).value, "(other values)");
  EXPECT_EQ(slices.BySize().at(0).right.total, 10000 - Slices::kMost);
}

TEST(Lengths, AreCountedInWords) {
  Lengths lengths;
  for (const char* text : {"one", "  a b\tc\nd ", "a b c d e", "a b c d e f g h"}) lengths.Add(text, true);
  std::string many;
  for (int i = 0; i < 513; ++i) many += "word ";
  lengths.Add(many, false);
  const auto slices = lengths.ByLength();
  ASSERT_EQ(slices.size(), 3u);
  EXPECT_EQ(slices[0].value, "1 to 4");
  EXPECT_EQ(slices[0].right.total, 2u);
  EXPECT_EQ(slices[1].value, "5 to 8");
  EXPECT_EQ(slices[2].value, "513 or more");
  EXPECT_EQ(slices[2].right.count, 0u);
}

TEST(Excerpt, KeepsCharactersWhole) {
  EXPECT_EQ(common::Excerpt("  a\n\tb ", 10), "a b");
  EXPECT_EQ(common::Excerpt("abc\xc3\xa9z", 4), "abc\xc3\xa9 ..");
  EXPECT_EQ(common::Excerpt(std::string(100, '\x80'), 4).size(), 4u + 4 + 3);
}

TEST(LabelMap, KnowsTheModelsLabelsAndNumbers) {
  const LabelMap map("", kLabels);
  EXPECT_EQ(map.Find("positive"), 1u);
  EXPECT_EQ(map.Find(" 0 "), 0u);
  EXPECT_EQ(map.Find("2"), std::nullopt);
}

TEST(LabelMap, TakesAMappingAlone) {
  const LabelMap map("pos=POSITIVE, a=b=NEGATIVE", kLabels);
  EXPECT_EQ(map.Find("pos"), 1u);
  EXPECT_EQ(map.Find("a=b"), 0u);
  EXPECT_EQ(map.Find("POSITIVE"), std::nullopt);
  EXPECT_EQ(map.Find("1"), std::nullopt);
  EXPECT_THROW(LabelMap("pos", kLabels), common::UsageError);
  EXPECT_THROW(LabelMap("pos=GOOD", kLabels), common::UsageError);
}

TEST(Page, ShowsHostileTextsAsText) {
  const int fd = memfd_create("rows", MFD_CLOEXEC);
  table::Reader reader(fd, "<rows>&", table::Format::kJsonLines);
  const LabelMap labels("", kLabels);
  const Rows rows(reader, labels, {"text", "label", {}});
  Settings settings;
  settings.slice_columns = {"<i>"};
  Evaluation evaluation(kLabels, settings);
  evaluation.Add({1, "<script>alert(\"x\")</script>", 0, {"<b> & 'c'"}}, Answer(1, 0.9F));
  evaluation.Add({2, "fine", 1, {"d"}}, Answer(1, 0.9F));
  const std::string page =
      WritePage(MakeReport(evaluation, rows, {"<rows>&", "\"model\"", "f32", "as they are"}), MakeCharts(evaluation));
  EXPECT_EQ(page.find("<script"), page.npos);
  EXPECT_EQ(page.find("<rows>"), page.npos);
  EXPECT_EQ(page.find("<i>"), page.npos);
  EXPECT_EQ(page.find("<b> &"), page.npos);
  EXPECT_NE(page.find("&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt;"), page.npos);
  EXPECT_NE(page.find("sample too small to conclude"), page.npos);
  for (const char* outside : {"http:", "https:", "src=", "url(", "@import", "nan", "inf"})
    EXPECT_EQ(page.find(outside), page.npos) << outside;
  close(fd);
}

}  // namespace
}  // namespace evaluate
