// The linear layer by oneDNN.
#include "onednn/linear.h"
#include "ops/linear_impl.h"

namespace valence::internal {
namespace {

class ByOneDnn final : public Linear::Impl {
 public:
  ByOneDnn(const LinearSpec& spec, std::span<const float> weight, std::span<const float> bias, int max_team)
      : layer_(spec, weight, bias, max_team) {}

  void Run(MatmulContext& context, std::int64_t rows, const void* src, void* dst, const Share& share) const override {
    layer_.Run(context.one_dnn(), rows, src, dst, share);
  }

 private:
  const OneDnnLinear layer_;
};

}  // namespace

LinearImpl MakeOneDnnLinear(const LinearSpec& spec, std::span<const float> weight, std::span<const float> bias,
                            int max_team) {
  return std::make_unique<ByOneDnn>(spec, weight, bias, max_team);
}

}  // namespace valence::internal
