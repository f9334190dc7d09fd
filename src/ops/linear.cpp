// Picks the implementation of a linear layer.
#include "ops/linear.h"

#include "kernels/amx/weight_block.h"
#include "kernels/int8_rows.h"
#include "kernels/operand.h"
#include "ops/implementation.h"
#include "ops/int8.h"
#include "ops/linear_impl.h"
#include "valence/error.h"

namespace valence::internal {

namespace {

MatmulImplementation ChooseFor(const LinearSpec& spec) {
  return spec.same_on_every_cpu ? MatmulImplementation::kOwn : ChooseMatmul(spec.src);
}

std::int64_t RowBytes(std::int64_t columns, DataType type, bool tiled) {
  if (type == DataType::kS8) return Int8RowBytes(columns);
  const auto bytes = static_cast<std::int64_t>(SizeOf(type));
  return (tiled ? OperandView<BFloat16>::TiledColumns(columns) : columns) * bytes;
}

}  // namespace

PackedWeights::PackedWeights()
    : tiles_(std::make_shared<amx::WeightBlock>()), int8_(std::make_shared<Int8ReadingOrder>()) {}
int PackedWeights::Reserve(const LinearSpec& spec) {
  switch (ChooseFor(spec)) {
    case MatmulImplementation::kTiles:
      return tiles_->Reserve(spec.in, spec.out);
    case MatmulImplementation::kInt8:
      return int8_->Reserve();
    case MatmulImplementation::kOneDnn:
    case MatmulImplementation::kOwn:
      break;
  }
  return 0;
}
void PackedWeights::Allocate() { tiles_->Allocate(); }

Linear::Linear(const Spec& spec, std::span<const float> weight, std::span<const float> bias, int max_team)
    : spec_(spec) {
  PackedWeights packed;
  const int place = packed.Reserve(spec);
  packed.Allocate();
  *this = Linear(spec, weight, bias, max_team, packed, place);
}

Linear::Linear(const Spec& spec, std::span<const float> weight, std::span<const float> bias, int max_team,
               const PackedWeights& packed, int place)
    : spec_(spec) {
  switch (ChooseFor(spec)) {
    case MatmulImplementation::kOneDnn:
      impl_ = MakeOneDnnLinear(spec, weight, bias, max_team);
      break;
    case MatmulImplementation::kOwn:
      impl_ = MakeOwnLinear(spec, weight, bias);
      break;
    case MatmulImplementation::kTiles:
      impl_ = MakeTileLinear(spec, weight, bias, packed.tiles(), place);
      break;
    case MatmulImplementation::kInt8:
      throw Error(ErrorCode::kInvalidArgument, "linear layer from s8: expected weights in s8, found f32");
  }
}

Linear::Linear(const Spec& spec, const Int8Weights& weight, std::span<const float> bias) : spec_(spec) {
  const PackedWeights packed;
  impl_ = MakeInt8Linear(spec, weight, bias, packed.int8(), packed.int8()->Reserve());
}
Linear::Linear(const Spec& spec, const Int8Weights& weight, std::span<const float> bias, const PackedWeights& packed,
               int place)
    : spec_(spec), impl_(MakeInt8Linear(spec, weight, bias, packed.int8(), place)) {}
Linear::Linear() noexcept = default;
Linear::Linear(Linear&&) noexcept = default;
Linear& Linear::operator=(Linear&&) noexcept = default;
Linear::~Linear() = default;

std::int64_t Linear::src_row_bytes() const {
  return RowBytes(spec_.in, spec_.src, ChooseFor(spec_) == MatmulImplementation::kTiles);
}
std::int64_t Linear::dst_row_bytes() const { return RowBytes(spec_.out, spec_.dst, spec_.tiled_dst); }

void Linear::Run(MatmulContext& context, std::int64_t rows, const void* src, void* dst) const {
  Run(context, rows, src, dst, Share{});
}

void Linear::Run(MatmulContext& context, std::int64_t rows, const void* src, void* dst, const Share& share) const {
  if (rows != 0) impl_->Run(context, rows, src, dst, share);  // a member's rows may be none
}

}  // namespace valence::internal
