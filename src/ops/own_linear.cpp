// The linear layer by our own f32 product.
#include <string>

#include "kernels/matmul.h"
#include "ops/linear_impl.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

class ByOwnProduct final : public Linear::Impl {
 public:
  ByOwnProduct(const LinearSpec& spec, std::span<const float> weight, std::span<const float> bias)
      : spec_(spec), matrix_(spec.in, spec.out, weight.data(), bias.data()) {}

  void Run(MatmulContext& context, std::int64_t rows, const void* src, void* dst, const Share& share) const override {
    const auto [begin, end] = share.Of(spec_.out, PackedMatrix::kPanel);
    auto* const workspace = context.Workspace(matrix_.WorkspaceSize(rows) * sizeof(float));
    matrix_.Multiply(rows, static_cast<const float*>(src), begin, end, spec_.post_op, static_cast<float*>(dst),
                     reinterpret_cast<float*>(workspace));
  }

 private:
  const LinearSpec spec_;
  const PackedMatrix matrix_;
};

}  // namespace

LinearImpl MakeOwnLinear(const LinearSpec& spec, std::span<const float> weight, std::span<const float> bias) {
  for (const DataType type : {spec.src, spec.dst}) {
    if (type == DataType::kF32) continue;
    throw Error(ErrorCode::kInvalidArgument,
                std::string("linear layer: expected f32 operands and results, found ") + ToString(type));
  }
  return std::make_unique<ByOwnProduct>(spec, weight, bias);
}

}  // namespace valence::internal
