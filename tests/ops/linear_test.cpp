// The linear layer against plain loops, and its bits against its own other ways of running.
#include "ops/linear.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "cpu/amx.h"
#include "cpu/bfloat16.h"
#include "cpu/matmul_setting.h"
#include "cpu/team.h"
#include "kernels/operand.h"
#include "ops/implementation.h"
#include "ops/int8.h"
#include "ops/linear_impl.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

struct Case {
  std::int64_t in, out;
};

std::vector<float> Random(std::size_t count, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(-1.0f, 1.0f);
  std::vector<float> values(count);
  for (float& value : values) value = uniform(generator);
  return values;
}

std::vector<BFloat16> ToBf16(const std::vector<float>& values) {
  std::vector<BFloat16> out;
  for (float value : values) out.emplace_back(value);
  return out;
}

template <class T>
std::vector<float> RunAll(const Linear& layer, const std::vector<T>& src, std::int64_t rows, int team_size) {
  const auto [in, out] = Case{layer.spec().in, layer.spec().out};
  const std::int64_t bucket = RowBucket(kDataTypeOf<T>, rows);
  std::vector<T> padded(static_cast<std::size_t>(bucket * OperandView<T>::TiledColumns(in)));
  const auto view =
      OnTiles(kDataTypeOf<T>) ? OperandView<T>::Tiled(padded.data(), in) : OperandView<T>::Plain(padded.data(), in);
  for (std::int64_t r = 0; r < rows; ++r) {
    for (std::int64_t c = 0; c < in; ++c) *view.At(r, c) = src[static_cast<std::size_t>(r * in + c)];
  }
  std::vector<float> dst(static_cast<std::size_t>(bucket * out));
  for (int index = 0; index < team_size; ++index) {
    MatmulContext context;
    layer.Run(context, rows, padded.data(), dst.data(), Share{index, team_size});
  }
  dst.resize(static_cast<std::size_t>(rows * out));
  return dst;
}

class LinearShapes : public testing::TestWithParam<Case> {};

TEST_P(LinearShapes, F32EqualsPlainLoopsForEveryPostOp) {
  const auto [in, out] = GetParam();
  const std::int64_t rows = 19;
  const auto weight = Random(static_cast<std::size_t>(in * out), 1), bias = Random(static_cast<std::size_t>(out), 2);
  const auto src = Random(static_cast<std::size_t>(rows * in), 3);
  for (const PostOp post_op : {PostOp::kNone, PostOp::kGelu, PostOp::kRelu}) {
    const Linear layer({in, out, DataType::kF32, DataType::kF32, post_op}, weight, bias, 1);
    const auto dst = RunAll(layer, src, rows, 1);
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t n = 0; n < out; ++n) {
        double sum = bias[static_cast<std::size_t>(n)];
        for (std::int64_t k = 0; k < in; ++k) {
          sum += double{src[static_cast<std::size_t>(r * in + k)]} * weight[static_cast<std::size_t>(n * in + k)];
        }
        if (post_op == PostOp::kRelu) sum = std::max(sum, 0.0);
        if (post_op == PostOp::kGelu) sum = sum / 2 * (1 + std::erf(sum / std::sqrt(2.0)));
        ASSERT_NEAR(dst[static_cast<std::size_t>(r * out + n)], sum, 2e-5 * std::sqrt(double(in))) << r << ' ' << n;
      }
    }
  }
}

TEST_P(LinearShapes, RowsHaveTheSameBitsForEveryRowCountAndTeamSize) {
  const auto [in, out] = GetParam();
  const std::int64_t most = 96;
  const auto weight = Random(static_cast<std::size_t>(in * out), 1), bias = Random(static_cast<std::size_t>(out), 2);
  const auto src = Random(static_cast<std::size_t>(most * in), 3);
  const auto src_bf16 = ToBf16(src);
  for (const DataType type : {DataType::kF32, DataType::kBf16}) {
    if (type == DataType::kBf16 && !HasBf16Products()) continue;
    const Linear layer({in, out, type, DataType::kF32, PostOp::kGelu}, weight, bias, 3);
    const auto run = [&](std::int64_t rows, int team) {
      return type == DataType::kF32 ? RunAll(layer, src, rows, team) : RunAll(layer, src_bf16, rows, team);
    };
    const auto whole = run(most, 1);
    for (const std::int64_t rows :
         {1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64, 65, 80, 95, 96}) {
      for (const int team : {1, 2, 3}) {
        const auto part = run(rows, team);
        ASSERT_EQ(std::memcmp(part.data(), whole.data(), part.size() * sizeof(float)), 0)
            << rows << " rows, team of " << team << ", " << ToString(type);
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Shapes, LinearShapes,
                         testing::Values(Case{768, 2304}, Case{3072, 768}, Case{384, 1152}, Case{72, 72}, Case{18, 54},
                                         Case{33, 100}, Case{64, 5}, Case{24, 2}),
                         [](const auto& shape) {
                           return std::to_string(shape.param.in) + "x" + std::to_string(shape.param.out);
                         });

TEST(Linear, LayersOfDifferentWidthsKeepTheirSlicesApartInOneContext) {
  // Slices of equal shape out of matrices of different widths.
  const std::int64_t in = 90, rows = 12;
  const auto src = Random(static_cast<std::size_t>(rows * in), 3);
  MatmulContext context;
  for (const std::int64_t out : {270, 90, 180}) {
    const auto weight = Random(static_cast<std::size_t>(in * out), 1), bias = Random(static_cast<std::size_t>(out), 2);
    const Linear layer({in, out, DataType::kF32, DataType::kF32}, weight, bias, 2);
    std::vector<float> dst(static_cast<std::size_t>(RowBucket(DataType::kF32, rows) * out));
    for (const int index : {0, 1}) layer.Run(context, rows, src.data(), dst.data(), Share{index, 2});
    EXPECT_EQ(dst, RunAll(layer, src, rows, 1)) << out;
  }
}

// A member of a large team may have no rows.
TEST(Linear, RunsOnNoRows) {
  const auto weight = Random(64 * 5, 1), bias = Random(5, 2);
  for (const DataType type : {DataType::kF32, DataType::kBf16}) {
    if (type == DataType::kBf16 && !HasBf16Products()) continue;
    const Linear layer({64, 5, type, DataType::kF32}, weight, bias, 2);
    std::vector<float> src(64), dst(5, 7.0f);
    MatmulContext context;
    for (const int index : {0, 1}) layer.Run(context, 0, src.data(), dst.data(), Share{index, 2});
    EXPECT_EQ(dst, std::vector<float>(5, 7.0f));
  }
}

TEST(OwnLinear, RefusesTypesOtherThanF32) {
  const std::vector<float> weight(64 * 5), bias(5);
  EXPECT_NO_THROW(MakeOwnLinear({64, 5, DataType::kF32, DataType::kF32}, weight, bias));
  for (const auto& [src, dst] : {std::pair{DataType::kBf16, DataType::kF32}, {DataType::kF32, DataType::kBf16}}) {
    try {
      MakeOwnLinear({64, 5, src, dst}, weight, bias);
      FAIL() << ToString(src) << " to " << ToString(dst);
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_STREQ(error.what(), "linear layer: expected f32 operands and results, found bf16");
    }
  }
}

TEST(ChooseMatmul, TakesOurOwnProductOnAmxAndBelowAvx512AndHasNoneInBf16BelowAvx512) {
  EXPECT_EQ(ChooseMatmul(DataType::kF32), HasAvx512() ? MatmulImplementation::kOneDnn : MatmulImplementation::kOwn);
  if (Amx().tiles != AmxTiles::kNone && RequestedMatmul() != MatmulSetting::kOneDnn) {
    EXPECT_EQ(ChooseMatmul(DataType::kBf16), MatmulImplementation::kTiles);
    return;
  }
  if (HasAvx512()) {
    EXPECT_EQ(ChooseMatmul(DataType::kBf16), MatmulImplementation::kOneDnn);
    return;
  }
  try {
    Linear({64, 5, DataType::kBf16, DataType::kF32}, std::vector<float>(64 * 5), std::vector<float>(5), 1);
    FAIL() << "bf16 was taken";
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kUnsupportedCpu);
  }
}

std::vector<DataType> OperandTypes() {
  std::vector types{DataType::kF32};
  if (HasBf16Products()) types.push_back(DataType::kBf16);
  if (!Int8Products().empty()) types.push_back(DataType::kS8);
  return types;
}

TEST(RowBucket, HoldsTheRowsAndGrowsWithThem) {
  for (const DataType type : OperandTypes()) {
    std::int64_t last = 0;
    for (std::int64_t rows = 1; rows <= 2048; ++rows) {
      const std::int64_t bucket = RowBucket(type, rows);
      ASSERT_GE(bucket, rows);
      ASSERT_GE(bucket, last);
      ASSERT_EQ(RowBucket(type, bucket), bucket);
      last = bucket;
    }
  }
}

// A member's matmul writes whole row buckets; the rows after its share belong to the next member.
TEST(RowBucket, KeepsAShareOfATeamsRowsWithinTheShare) {
  for (const DataType type : OperandTypes()) {
    for (int size = 2; size <= 8; ++size) {
      for (std::int64_t rows = 1; rows <= 2048; ++rows) {
        const std::int64_t step = RowStep(type, (rows + size - 1) / size);
        for (int index = 0; index < size; ++index) {
          const auto [begin, end] = Share{index, size}.Of(rows, step);
          if (end < rows) {
            ASSERT_EQ(RowBucket(type, end - begin), end - begin) << rows << " rows, " << size << " members";
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace valence::internal
