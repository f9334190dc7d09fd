// Compares the library's hidden states, in packed order, with the reference's, text by text.
#include "reference/encoder_check.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <latch>
#include <span>
#include <thread>

#include "ops/implementation.h"
#include "reference/temporary_folder.h"

namespace valence::internal {
namespace {

constexpr double kF32Tolerance = 1e-4;
constexpr double kBf16Ratio = 1.5;
// Of a few numbers, logits mostly, chance alone makes the distances differ more, or says nothing; and the errors of one
// text are all of a piece, as they grow from layer to layer.
constexpr std::int64_t kSmallestSample = 12, kLargeSample = 1000;
constexpr std::size_t kManyTexts = 6;

class MeanSquare {
 public:
  void Add(double difference) {
    sum_ += difference * difference;
    ++count_;
  }
  std::int64_t count() const { return count_; }
  double root() const { return std::sqrt(sum_ / static_cast<double>(count_)); }

 private:
  double sum_ = 0;
  std::int64_t count_ = 0;
};

RowMatrix AsRow(const std::vector<float>& values) {
  return Eigen::Map<const RowMatrix>(values.data(), 1, static_cast<Eigen::Index>(values.size()));
}

// The reference's rows that the library computes too.
RowMatrix Comparable(const ReferenceAnswer& answer, std::size_t layer) {
  if (layer == answer.hidden.size()) return AsRow(answer.logits);
  return layer + 1 == answer.hidden.size() ? RowMatrix(answer.hidden[layer].topRows(1)) : answer.hidden[layer];
}

std::string LayerName(std::size_t layer, std::size_t count) {
  return layer == count ? "logits" : layer == 0 ? "embeddings" : "layer " + std::to_string(layer);
}

void ExpectF32(const std::vector<EncodedText>& found, const std::vector<ReferenceAnswer>& expected) {
  const std::size_t layers = expected.front().hidden.size();
  for (std::size_t t = 0; t < found.size(); ++t) {
    for (std::size_t layer = 0; layer <= layers; ++layer) {
      const RowMatrix reference = Comparable(expected[t], layer);
      const RowMatrix ours = layer == layers ? AsRow(found[t].logits) : found[t].hidden[layer];
      ASSERT_EQ(ours.rows(), reference.rows());
      ASSERT_EQ(ours.cols(), reference.cols());
      const double furthest = (ours - reference).cwiseAbs().maxCoeff();
      const double scale = std::max(1.0, double{reference.cwiseAbs().maxCoeff()});
      EXPECT_TRUE(furthest <= kF32Tolerance * scale) << LayerName(layer, layers) << " is off by " << furthest
                                                     << ", text of " << expected[t].hidden.front().rows() << " tokens";
    }
  }
}

void ExpectBf16(const std::vector<EncodedText>& found, const std::vector<ReferenceAnswer>& expected,
                const std::vector<ReferenceAnswer>& rounded) {
  const std::size_t layers = expected.front().hidden.size();
  for (std::size_t layer = 0; layer <= layers; ++layer) {
    MeanSquare ours, allowed;
    for (std::size_t t = 0; t < found.size(); ++t) {
      const RowMatrix reference = Comparable(expected[t], layer), by_rounding = Comparable(rounded[t], layer);
      const RowMatrix found_rows = layer == layers ? AsRow(found[t].logits) : found[t].hidden[layer];
      for (Eigen::Index i = 0; i < reference.size(); ++i) {
        ours.Add(double{found_rows.data()[i]} - double{reference.data()[i]});
        allowed.Add(double{by_rounding.data()[i]} - double{reference.data()[i]});
      }
    }
    if (ours.count() < kSmallestSample) continue;
    const bool large = ours.count() >= kLargeSample && found.size() >= kManyTexts;
    const double ratio = large ? kBf16Ratio : 2 * kBf16Ratio;
    EXPECT_TRUE(ours.root() <= ratio * allowed.root() + 1e-6)
        << LayerName(layer, layers) << " is off by " << ours.root() << ", rounding costs " << allowed.root();
  }
}

}  // namespace

LibraryEncoder::LibraryEncoder(const RandomModel& model, DataType type, int team)
    : config_(model.config), team_size_(team) {
  const TemporaryFolder folder;
  WriteSafetensors(folder.path() / "model.safetensors", model.tensors, model.dtype);
  const Safetensors file = Safetensors::Open(folder.path() / "model.safetensors");
  encoder_ = Encoder::Load(config_, file, type, 2, team);
}

LibraryEncoder::~LibraryEncoder() = default;

std::vector<EncodedText> LibraryEncoder::Run(const std::vector<TextIds>& texts) {
  PackedBatch batch;
  for (const TextIds& ids : texts) batch.Append(ids);
  std::vector<EncodedText> encoded(texts.size());
  const auto observe = [&](std::int64_t layer, std::int64_t rows, const float* hidden) {
    const Eigen::Map<const RowMatrix> all(hidden, rows, config_.dim);
    const bool last = layer == config_.n_layers;
    EXPECT_EQ(rows, last ? batch.texts() : batch.tokens());
    for (std::size_t t = 0; t < encoded.size(); ++t) {
      const Eigen::Index first = last ? static_cast<Eigen::Index>(t) : batch.offsets[t];
      const Eigen::Index count = last ? 1 : batch.offsets[t + 1] - batch.offsets[t];
      encoded[t].hidden.push_back(all.middleRows(first, count));
    }
  };

  Team team(team_size_);
  std::vector<std::unique_ptr<WorkerState>> states;
  for (int i = 0; i < team_size_; ++i) states.push_back(encoder_->MakeState(batch.tokens()));
  states.front()->observe_for_test = observe;
  std::vector<float> logits;        // [texts, labels]
  std::latch together(team_size_);  // else the first thread might do all before the next one starts
  std::vector<std::thread> threads;
  for (int i = 0; i < team_size_; ++i) {
    threads.emplace_back([&, i] {
      UseOneThreadInThisThread();
      TeamMember member(team, i);
      together.arrive_and_wait();
      encoder_->Forward(batch, *states.front(), *states[static_cast<std::size_t>(i)], member, logits);
    });
  }
  for (std::thread& thread : threads) thread.join();
  const std::size_t labels = config_.labels.size();
  for (std::size_t t = 0; t < encoded.size(); ++t) {
    const auto row = std::span(logits).subspan(t * labels, labels);
    encoded[t].logits.assign(row.begin(), row.end());
  }
  return encoded;
}

void ExpectEncoderMatchesReference(const RandomModel& model, const std::vector<TextIds>& texts, int team) {
  const bool bf16 = HasNativeBf16();
  const ReferenceEncoder plain(model.config, model.tensors);
  const ReferenceEncoder rounding(model.config, model.tensors, Arithmetic::kBf16Operands);
  std::vector<ReferenceAnswer> expected, rounded;
  for (const TextIds& ids : texts) {
    expected.push_back(plain.Run(ids));
    if (bf16) rounded.push_back(rounding.Run(ids));
  }
  {
    SCOPED_TRACE("f32");
    ExpectF32(LibraryEncoder(model, DataType::kF32, team).Run(texts), expected);
  }
  if (bf16) {
    SCOPED_TRACE("bf16");
    ExpectBf16(LibraryEncoder(model, DataType::kBf16, team).Run(texts), expected, rounded);
  }
}

}  // namespace valence::internal
