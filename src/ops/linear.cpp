// Picks the implementation of a linear layer.
#include "ops/linear.h"

#include "ops/implementation.h"
#include "ops/linear_impl.h"

namespace valence::internal {

Linear::Linear(const Spec& spec, std::span<const float> weight, std::span<const float> bias, int max_team)
    : spec_(spec) {
  switch (ChooseMatmul(spec.src)) {
    case MatmulImplementation::kOneDnn:
      impl_ = MakeOneDnnLinear(spec, weight, bias, max_team);
      break;
    case MatmulImplementation::kOwn:
      impl_ = MakeOwnLinear(spec, weight, bias);
      break;
  }
}
Linear::Linear() noexcept = default;
Linear::Linear(Linear&&) noexcept = default;
Linear& Linear::operator=(Linear&&) noexcept = default;
Linear::~Linear() = default;

void Linear::Run(MatmulContext& context, std::int64_t rows, const void* src, void* dst) const {
  Team alone(1);
  Run(context, rows, src, dst, TeamMember{&alone, 0});
}

void Linear::Run(MatmulContext& context, std::int64_t rows, const void* src, void* dst,
                 const TeamMember& member) const {
  if (rows != 0) impl_->Run(context, rows, src, dst, member);  // a member's share may be empty
}

}  // namespace valence::internal
