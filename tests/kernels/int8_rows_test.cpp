// From f32 to s8 rows in every scheme, and the products of such rows in f32 against plain loops over the values that
// they stand for.
#include "kernels/int8_rows.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "cpu/amx.h"
#include "kernels/int8_linear.h"
#include "kernels/random.h"

namespace valence::internal {
namespace {

// The values that a row of s8 stands for, by its header.
std::vector<double> Values(Int8Scheme scheme, std::int64_t columns, const std::byte* row, std::uint8_t flip) {
  const Int8RowHeader header = Int8HeaderOf(row);
  const double zero =
      scheme == Int8Scheme::kShifted && header.scale != 0 ? header.rests[0].value * 128.0 / header.scale : 0.0;
  std::vector<double> values;
  for (std::int64_t i = 0; i < columns; ++i) {
    const auto byte = static_cast<std::uint8_t>(row[kInt8Header + i]);
    values.push_back(header.scale * (static_cast<std::int8_t>(byte ^ flip) - zero));
  }
  for (const Int8Rest& rest : header.rests) {
    if (scheme != Int8Scheme::kLargestApart || rest.value == 0) continue;
    const std::int64_t apart = (rest.place / (4 * kInt8Panel) - 1) * 4 + (24 - rest.left) / 8;
    EXPECT_EQ(values.at(static_cast<std::size_t>(apart)), 0.0);
    values.at(static_cast<std::size_t>(apart)) = rest.value;
  }
  return values;
}

// Its values, for one row.
AlignedBuffer<std::byte> QuantizeOne(Int8Scheme scheme, const std::vector<float>& row, std::uint8_t flip) {
  const auto columns = static_cast<std::int64_t>(row.size());
  AlignedBuffer<std::byte> to(static_cast<std::size_t>(Int8RowBytes(columns)));
  QuantizeRows(scheme, 1, columns, row.data(), columns, flip, to.data());
  return to;
}

constexpr std::uint8_t kFlips[] = {0x00, 0x80};
constexpr Int8Scheme kSchemes[] = {Int8Scheme::kSymmetric, Int8Scheme::kLargestApart, Int8Scheme::kShifted};

TEST(QuantizeRows, RoundsHalfToEvenByTheLargestMagnitude) {
  // The scale is exactly 1.
  const std::vector<float> row = {127.0f, 0.5f, 1.5f, 2.5f, -0.5f, -1.5f, -126.5f, 0.49f, -127.0f, 126.51f};
  const std::vector<double> expected = {127, 0, 2, 2, 0, -2, -126, 0, -127, 127};
  for (const std::uint8_t flip : kFlips) {
    const auto to = QuantizeOne(Int8Scheme::kSymmetric, row, flip);
    EXPECT_EQ(Int8HeaderOf(to.data()).scale, 1.0f);
    EXPECT_EQ(Values(Int8Scheme::kSymmetric, 10, to.data(), flip), expected);
  }
}

TEST(QuantizeRows, KeepsTheLargestMagnitudeApartWhereverItStands) {
  for (const std::int64_t columns : {1, 2, 16, 40, 70}) {
    for (std::int64_t at = 0; at < columns; ++at) {
      std::vector<float> row(static_cast<std::size_t>(columns), -127.0f);
      row[static_cast<std::size_t>(at)] = at % 2 == 0 ? 1234.5f : -1234.5f;
      for (const std::uint8_t flip : kFlips) {
        const auto to = QuantizeOne(Int8Scheme::kLargestApart, row, flip);
        EXPECT_EQ(Int8HeaderOf(to.data()).scale, columns == 1 ? 0.0f : 1.0f);
        EXPECT_EQ(Values(Int8Scheme::kLargestApart, columns, to.data(), flip),
                  std::vector<double>(row.begin(), row.end()))
            << columns << ' ' << at;
      }
    }
  }
}

TEST(QuantizeRows, OfEqualMagnitudesTheFirstIsApart) {
  for (const std::int64_t first : {0, 5, 17, 68}) {
    std::vector<float> row(70, 0.0f);
    row[static_cast<std::size_t>(first)] = -127.0f;
    row[69] = 127.0f;
    const auto to = QuantizeOne(Int8Scheme::kLargestApart, row, 0);
    EXPECT_EQ(Int8HeaderOf(to.data()).scale, 1.0f);
    EXPECT_EQ(Int8HeaderOf(to.data()).rests[0].value, -127.0f);
    EXPECT_EQ(static_cast<int>(to.data()[kInt8Header + 69]), 127);
  }
}

TEST(QuantizeRows, KeepsTwoMagnitudesOfALongRowApart) {
  const std::int64_t columns = kOneApart + 7;
  for (const std::int64_t first : {0, 5, 17, 518}) {
    for (const std::int64_t second : {0, 1, 5, 16, 300, 512, 518}) {
      for (const float largest : {4000.5f, 2000.25f, -2000.25f}) {  // the last two: magnitudes that are equal
        if (first == second) continue;
        std::vector<float> row(static_cast<std::size_t>(columns), -127.0f);
        row[static_cast<std::size_t>(first)] = largest;
        row[static_cast<std::size_t>(second)] = -2000.25f;
        for (const std::uint8_t flip : kFlips) {
          const auto to = QuantizeOne(Int8Scheme::kLargestApart, row, flip);
          EXPECT_EQ(Int8HeaderOf(to.data()).scale, 1.0f);
          EXPECT_EQ(Values(Int8Scheme::kLargestApart, columns, to.data(), flip),
                    std::vector<double>(row.begin(), row.end()))
              << first << ' ' << second << ' ' << largest;
        }
      }
    }
  }
  // One value and zeros: nothing else is apart.
  std::vector<float> row(static_cast<std::size_t>(columns), 0.0f);
  row[513] = 3.0f;
  const auto to = QuantizeOne(Int8Scheme::kLargestApart, row, 0);
  EXPECT_EQ(Int8HeaderOf(to.data()).scale, 0.0f);
  EXPECT_EQ(Int8HeaderOf(to.data()).rests[0].value, 3.0f);
  EXPECT_EQ(Int8HeaderOf(to.data()).rests[1].value, 0.0f);
}

TEST(QuantizeRows, ShiftsByTheSmallestAndTheLargestValue) {
  // Steps of exactly 1, from -20 to 235: zero becomes -108.
  const std::vector<float> row = {-20.0f, 235.0f, 0.0f, 0.5f, 1.5f, -0.5f, 100.49f, -19.4f};
  for (const std::uint8_t flip : kFlips) {
    const auto to = QuantizeOne(Int8Scheme::kShifted, row, flip);
    EXPECT_EQ(Int8HeaderOf(to.data()).scale, 1.0f);
    EXPECT_EQ(Values(Int8Scheme::kShifted, 8, to.data(), flip), (std::vector<double>{-20, 235, 0, 0, 2, 0, 100, -19}));
  }
  // All on one side of 0, which is in the range nevertheless.
  for (const float sign : {1.0f, -1.0f}) {
    const auto to = QuantizeOne(Int8Scheme::kShifted, {sign * 255.0f, sign * 254.0f}, 0);
    EXPECT_EQ(Int8HeaderOf(to.data()).scale, 1.0f);
    EXPECT_EQ(Values(Int8Scheme::kShifted, 2, to.data(), 0), (std::vector<double>{sign * 255.0, sign * 254.0}));
  }
}

TEST(QuantizeRows, OfZerosTinyValuesNanAndInfinity) {
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN(), kInfinity = std::numeric_limits<float>::infinity();
  for (const Int8Scheme scheme : kSchemes) {
    for (const std::int64_t columns : {1, 16, 40, 70, 515}) {
      for (const float odd : {0.0f, -0.0f, 1e-38f, 1e-42f, kNan, -kNan, kInfinity, -kInfinity}) {
        std::vector<float> src(static_cast<std::size_t>(3 * columns), 0.0f);
        std::fill_n(src.begin(), columns, 2.0f);
        src[static_cast<std::size_t>(2 * columns - 1)] = odd;
        std::fill_n(src.end() - columns, columns, -3.0f);
        AlignedBuffer<std::byte> rows(static_cast<std::size_t>(3 * Int8RowBytes(columns)));
        QuantizeRows(scheme, 3, columns, src.data(), columns, 0, rows.data());
        const std::byte* const row = rows.data() + Int8RowBytes(columns);
        if (std::isfinite(odd)) {
          EXPECT_EQ(Int8HeaderOf(row).scale, 0.0f);
        } else {
          EXPECT_TRUE(std::isnan(Int8HeaderOf(row).scale));
        }
        for (const Int8Rest& rest : Int8HeaderOf(row).rests) EXPECT_EQ(rest.value, 0.0f);
        for (std::int64_t i = 0; i < columns; ++i) EXPECT_EQ(static_cast<int>(row[kInt8Header + i]), 0);
        for (const auto& [place, value] :
             {std::pair(rows.data() + 0, 2.0), std::pair(rows.data() + 2 * Int8RowBytes(columns), -3.0)}) {
          for (const double found : Values(scheme, columns, place, 0)) EXPECT_NEAR(found, value, 1e-6);
        }
      }
    }
  }
}

// Two values of each row are far from the others: where they stand, and which weights count with them, matters.
TEST(Int8Linear, EqualsPlainLoopsOverTheValuesThatRowsStandForInEveryScheme) {
  if (Int8Products().empty()) GTEST_SKIP() << "no AVX2";
  const std::int64_t out = 70, rows = 9;
  for (const std::int64_t in : {1, 3, 7, 70, 130, 515}) {
    const auto weight = Random(out * in, 1), bias = Random(out, 2);
    const Int8Weights quantized(out, in, weight.data());
    const Int8Linear linear(quantized, bias.data());
    auto src = Random(rows * in, 3);
    for (std::int64_t r = 0; r < rows; ++r) {
      src[static_cast<std::size_t>(r * in + r * 37 % in)] *= 20.0f;
      src[static_cast<std::size_t>(r * in + (r * 59 + 2) % in)] *= 15.0f;
    }
    for (const Int8Scheme scheme : kSchemes) {
      for (const auto& product : Int8Products()) {
        AlignedBuffer<std::byte> from(static_cast<std::size_t>(16 * Int8RowBytes(in)));
        QuantizeRows(scheme, rows, in, src.data(), in, product.flip, from.data());
        std::vector<float> dst(static_cast<std::size_t>(rows * out));
        const AmxTileScope tiles(product.on_tiles);
        linear.Run(product, rows, from.data(), 0, out, PostOp::kNone, dst.data(), out);
        for (std::int64_t r = 0; r < rows; ++r) {
          const std::byte* const row = from.data() + r * Int8RowBytes(in);
          const auto values = Values(scheme, in, row, product.flip);
          for (std::int64_t k = 0; k < in; ++k) {
            ASSERT_NEAR(values[static_cast<std::size_t>(k)], src[static_cast<std::size_t>(r * in + k)],
                        0.5001 * Int8HeaderOf(row).scale);
          }
          for (std::int64_t n = 0; n < out; ++n) {
            double sum = bias[static_cast<std::size_t>(n)], largest = 1;
            for (std::int64_t k = 0; k < in; ++k) {
              const double term = values[static_cast<std::size_t>(k)] * quantized.scales.data()[n] *
                                  quantized.values.data()[n * in + k];
              sum += term;
              largest = std::max(largest, std::abs(term));
            }
            ASSERT_NEAR(dst[static_cast<std::size_t>(r * out + n)], sum, 1e-5 * largest)
                << product.name << ", scheme " << static_cast<int>(scheme) << ", in " << in << ' ' << r << ' ' << n;
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace valence::internal
