// The linear layer by our own product on AMX tiles.
#include "cpu/amx.h"
#include "kernels/amx/kernels.h"
#include "kernels/amx/weight_block.h"
#include "ops/linear_impl.h"

namespace valence::internal {
namespace {

class OnAmxTiles final : public Linear::Impl {
 public:
  OnAmxTiles(const LinearSpec& spec, std::shared_ptr<const amx::WeightBlock> block, int place)
      : spec_(spec), block_(std::move(block)), place_(place) {}

  void Run(MatmulContext& /*context*/, std::int64_t rows, const void* src, void* dst,
           const Share& share) const override {
    amx::Product product{};
    if (!block_->Describe(place_, share, product)) return;
    product.rows = rows;
    product.src = static_cast<const BFloat16*>(src);
    product.post_op = spec_.post_op;
    product.columns = spec_.tiled_dst ? OperandView<BFloat16>::TiledColumns(spec_.out) : spec_.out;
    product.add = spec_.add;
    if (spec_.dst == DataType::kF32) {
      product.f32 = static_cast<float*>(dst);
      product.f32_stride = spec_.out;
    } else {
      auto* const to = static_cast<BFloat16*>(dst);
      product.bf16 =
          spec_.tiled_dst ? OperandView<BFloat16>::Tiled(to, spec_.out) : OperandView<BFloat16>::Plain(to, spec_.out);
    }
    const AmxTileScope tiles;  // the caller's, where it has one
    amx::KernelsHere().multiply(product);
  }

 private:
  const LinearSpec spec_;
  const std::shared_ptr<const amx::WeightBlock> block_;
  const int place_;
};

}  // namespace

LinearImpl MakeTileLinear(const LinearSpec& spec, std::span<const float> weight, std::span<const float> bias,
                          const std::shared_ptr<amx::WeightBlock>& block, int place) {
  amx::KernelsHere();  // throws where there are none
  block->Pack(place, weight.data(), bias.data());
  return std::make_unique<OnAmxTiles>(spec, block, place);
}

}  // namespace valence::internal
