// What the model sees of s8 layers: the product that is chosen, rows in whole tiles, the order in which weights are
// read.
#include "ops/int8.h"

#include <gtest/gtest.h>

#include <cstring>
#include <vector>

#include "cpu/amx.h"
#include "ops/implementation.h"
#include "ops/linear.h"

namespace valence::internal {
namespace {

class Int8Ops : public testing::Test {
 protected:
  void SetUp() override {
    if (Int8Products().empty()) GTEST_SKIP() << "int8 needs AVX2 and FMA";
  }
  void TearDown() override { UseInt8ProductForTest(nullptr); }
};

TEST_F(Int8Ops, TheProductInUseIsOnTilesWhereThereAreTiles) {
  const std::string name = Int8ProductInUse().name;
  EXPECT_EQ(Int8Description(), name);
  switch (Amx().tiles) {
    case AmxTiles::kHardware:
      EXPECT_EQ(name, "amx_int8");
      break;
    case AmxTiles::kSoftware:
      EXPECT_EQ(name, "amx_software");
      break;
    case AmxTiles::kNone:
      EXPECT_EQ(name.find("amx"), std::string::npos) << name;
  }
  EXPECT_EQ(MultipliesOnTiles(DataType::kS8), Amx().tiles != AmxTiles::kNone);
}

TEST_F(Int8Ops, RowsComeInWholeTilesOnTilesAndInAnyNumberElsewhere) {
  UseInt8ProductForTest("amx_software");
  EXPECT_EQ(RowBucket(DataType::kS8, 17), 32);
  UseInt8ProductForTest("avx2");
  EXPECT_EQ(RowBucket(DataType::kS8, 17), 17);
}

TEST_F(Int8Ops, ReadsTheNextLayersShareBehindItsOwnAndTheFirstBehindTheLast) {
  const auto matrix = [](std::int64_t in, std::int64_t out) {
    return Int8Matrix(in, out, std::vector<std::int8_t>(static_cast<std::size_t>(in * out)).data(), in);
  };
  const Int8Matrix first = matrix(70, 300), second = matrix(300, 70);
  Int8ReadingOrder order;
  ASSERT_EQ(order.Reserve(), 0);
  ASSERT_EQ(order.Reserve(), 1);
  order.Set(1, second);
  order.Set(0, first);
  EXPECT_EQ(order.After(0, {}), second.Panel(0));
  EXPECT_EQ(order.After(1, {}), first.Panel(0));
  EXPECT_EQ(order.After(0, {1, 2}), second.Panel(64));  // two panels, one for each member
  EXPECT_EQ(order.After(1, {1, 2}), first.Panel(128));  // five, of which member 0 has two
}

// A share may be empty, and rows behind the last hold anything.
TEST_F(Int8Ops, LinearHasTheSameBitsByEveryProductForEveryTeamAndRowCount) {
  const std::int64_t in = 70, out = 130;
  std::vector<float> weight(static_cast<std::size_t>(out * in)), bias(static_cast<std::size_t>(out));
  for (std::size_t i = 0; i < weight.size(); ++i) weight[i] = static_cast<float>(i * 37 % 101) - 50.0f;
  for (std::size_t i = 0; i < bias.size(); ++i) bias[i] = static_cast<float>(i);
  std::vector<float> expected;
  for (const auto& product : Int8Products()) {
    UseInt8ProductForTest(product.name);
    const Linear layer({in, out, DataType::kS8, DataType::kF32, PostOp::kGelu}, {out, in, weight.data()}, bias);
    for (const std::int64_t rows : {33, 1, 16, 17}) {
      std::vector<float> src(static_cast<std::size_t>(rows * in));
      for (std::size_t i = 0; i < src.size(); ++i) src[i] = static_cast<float>(i * 53 % 97) - 48.0f;
      AlignedBuffer<std::byte> operand(static_cast<std::size_t>(RowBucket(DataType::kS8, rows) * Int8RowBytes(in)));
      std::fill_n(operand.data(), operand.size(), std::byte{0x55});
      Quantize(rows, in, src.data(), operand.data());
      for (const int members : {1, 2, 5}) {
        std::vector<float> dst(static_cast<std::size_t>(rows * out));
        for (int i = 0; i < members; ++i) {
          MatmulContext context;
          layer.Run(context, rows, operand.data(), dst.data(), {i, members});
        }
        if (expected.empty()) expected = dst;
        ASSERT_EQ(std::memcmp(dst.data(), expected.data(), dst.size() * sizeof(float)), 0)
            << product.name << ' ' << rows << " rows, " << members << " members";
      }
    }
  }
}

}  // namespace
}  // namespace valence::internal
