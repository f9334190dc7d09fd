// The windows of a long text, and their mean whatever order they come in.
#include "batch/windowed_text.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include "batch/request.h"

namespace valence::internal {
namespace {

std::vector<std::size_t> Begins(std::size_t text_tokens, const WindowRule& rule) {
  const WindowedText text(text_tokens, rule);
  std::vector<std::size_t> begins;
  for (std::size_t i = 0; i < text.windows(); ++i) begins.push_back(text.Begin(i));
  return begins;
}

TEST(WindowedText, BeginsAWindowAtEveryStrideAndEndsTheLastWithTheText) {
  using List = std::vector<std::size_t>;
  EXPECT_EQ(Begins(13, {12, 10}), (List{0, 1}));
  EXPECT_EQ(Begins(22, {12, 10}), (List{0, 10}));
  EXPECT_EQ(Begins(23, {12, 10}), (List{0, 10, 11}));
  EXPECT_EQ(Begins(22, {12, 5}), (List{0, 5, 10}));
  EXPECT_EQ(Begins(15, {12, 1}), (List{0, 1, 2, 3}));
}

// Every piece is in a window, for all small sizes; the special tokens at both ends are not pieces.
TEST(WindowedText, LeavesNoPieceOut) {
  for (std::size_t max_tokens = 3; max_tokens < 12; ++max_tokens) {
    for (std::size_t stride = 1; stride <= max_tokens - 2; ++stride) {
      for (std::size_t tokens = max_tokens + 1; tokens < 60; ++tokens) {
        std::size_t covered = 0;
        for (const std::size_t begin : Begins(tokens, {max_tokens, stride})) {
          EXPECT_LE(begin, covered);
          covered = begin + max_tokens - 2;
        }
        EXPECT_EQ(covered, tokens - 2);
      }
    }
  }
}

TEST(WindowedText, HasTheSameMeanBitForBitInWhateverOrderTheWindowsCome) {
  std::mt19937 random(1);
  std::vector<std::vector<float>> logits;
  for (int i = 0; i < 50; ++i) logits.push_back({std::ldexp(1.0f, static_cast<int>(random() % 60)) / 3, -0.1f});
  std::vector<std::size_t> order(logits.size());
  std::iota(order.begin(), order.end(), 0);
  std::vector<float> first;
  for (int round = 0; round < 20; ++round) {
    WindowedText text(12 + 49, {12, 1});
    for (std::size_t i = 0; i < order.size(); ++i) {
      EXPECT_EQ(text.Add(order[i], logits[order[i]]), i + 1 == order.size());
    }
    if (first.empty()) first = text.Mean();
    EXPECT_EQ(text.Mean(), first);
    std::shuffle(order.begin(), order.end(), random);
  }
  EXPECT_FLOAT_EQ(first[1], -0.1f);
}

TEST(WindowedText, IsTakenWindowByWindowEachWithTheSpecialTokens) {
  const auto portion = std::make_shared<Portion>();
  portion->ids = {9, 101, 1, 2, 3, 4, 5, 102, 9};
  Request request;
  std::vector<Sequence> sequences;
  sequences.emplace_back(portion, 1, 7, 0, false, WindowRule{4, 2});
  request.AddWaiting(std::move(sequences));
  PackedBatch batch;
  Sequence taken;
  for (int i = 0; i < 3; ++i) {
    EXPECT_FALSE(request.Done());
    ASSERT_TRUE(request.TakeLongest(4, taken));
    taken.AppendTo(batch);
  }
  EXPECT_TRUE(request.Done());
  EXPECT_EQ(batch.ids, (std::vector<std::int32_t>{101, 1, 2, 102, 101, 3, 4, 102, 101, 4, 5, 102}));
  EXPECT_EQ(batch.positions, (std::vector<std::int32_t>{0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3}));
}

}  // namespace
}  // namespace valence::internal
