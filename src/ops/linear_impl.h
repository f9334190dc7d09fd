// What an implementation of the linear layer gives to ops/linear.cpp: a class behind this interface and its maker.
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
  virtual void Run(MatmulContext& context, std::int64_t rows, const void* src, void* dst, const Share& share) const = 0;
};

using LinearImpl = std::unique_ptr<const Linear::Impl>;

// As the constructor of Linear.
LinearImpl MakeOneDnnLinear(const LinearSpec& spec, std::span<const float> weight, std::span<const float> bias,
                            int max_team);

// In bf16 with bf16 or f32 results, on AMX tiles, the weights packed in `block` as layer `place`.
LinearImpl MakeTileLinear(const LinearSpec& spec, std::span<const float> weight, std::span<const float> bias,
                          const std::shared_ptr<amx::WeightBlock>& block, int place);

// In f32. Throws Error kInvalidArgument for other types.
LinearImpl MakeOwnLinear(const LinearSpec& spec, std::span<const float> weight, std::span<const float> bias);

// From s8 operands, rows of Int8RowBytes(in), to f32; layer `number` of `order`.
LinearImpl MakeInt8Linear(const LinearSpec& spec, const Int8Weights& weight, std::span<const float> bias,
                          const std::shared_ptr<Int8ReadingOrder>& order, int number);

}  // namespace valence::internal
