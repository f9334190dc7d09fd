// What a linear layer computes, for every folder that has an implementation of it.
#pragma once

#include <cstdint>

#include "cpu/data_type.h"

namespace valence::internal {

enum class PostOp { kNone, kGelu, kRelu };  // kGelu: the exact one, by erf

// dst = post_op(src * weight^T + bias).   src: [rows, in], weight: [out, in], bias: [out] -> dst: [rows, out]
struct LinearSpec {
  std::int64_t in = 0;
  std::int64_t out = 0;
  DataType src = DataType::kF32;  // also the type that the weights are packed in
  DataType dst = DataType::kF32;
  PostOp post_op = PostOp::kNone;
  bool tiled_dst = false;          // dst is the operand of a product on tiles: in the order of OperandView::Tiled
  bool add = false;                // dst += .. in place of dst = ..; both only where products run on tiles
  bool same_on_every_cpu = false;  // f32 that has the same bits on every CPU: by our own product
};

}  // namespace valence::internal
