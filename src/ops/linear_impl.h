// The interface of the linear layer's implementations, and functions that create them, for ops/linear.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "ops/linear.h"

namespace valence::internal {

class Linear::Impl {
 public:
  virtual ~Impl() = default;
  // As Linear::Run; rows >= 1.
  virtual void Run(MatmulContext& context, std::int64_t rows, const void* src, void* dst,
                   const TeamMember& member) const = 0;
};

using LinearImpl = std::unique_ptr<const Linear::Impl>;

// As the constructor of Linear.
LinearImpl MakeOneDnnLinear(const LinearSpec& spec, std::span<const float> weight, std::span<const float> bias,
                            int max_team);

// In f32. Throws Error kInvalidArgument for other types.
LinearImpl MakeOwnLinear(const LinearSpec& spec, std::span<const float> weight, std::span<const float> bias);

}  // namespace valence::internal
