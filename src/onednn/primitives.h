// The implementation of OneDnnContext, for this folder only: primitives, created once and cached by shape.
#pragma once

#include <cstddef>
#include <cstdint>
#include <list>
#include <map>
#include <tuple>

#include "cpu/aligned_buffer.h"
#include "cpu/linear_spec.h"
#include "onednn/engine.h"
#include "onednn/matmul.h"

namespace valence::internal {

inline dnnl::memory::data_type DnnlType(DataType type) {
  switch (type) {
    case DataType::kF32:
      return dnnl::memory::data_type::f32;
    case DataType::kF16:
      return dnnl::memory::data_type::f16;
    case DataType::kBf16:
      return dnnl::memory::data_type::bf16;
    case DataType::kS8:
      return dnnl::memory::data_type::s8;
    case DataType::kF64:  // of weights in files only
      break;
  }
  __builtin_unreachable();
}

// The layout of the right-hand matrix.
enum class Layout { kPacked, kRows, kTransposed };

struct MatmulShape {
  std::int64_t rows, inner, columns;
  DataType src, dst;
  PostOp post_op = PostOp::kNone;
  Layout layout = Layout::kPacked;
  std::int64_t packed_columns = 0;  // of the whole packed matrix, which determines the strides of the slice

  // Identifies a primitive.
  auto Key() const { return std::tuple(rows, inner, columns, src, dst, post_op, layout, packed_columns); }
};

// src: [rows, inner] times weights: [inner, columns] in the given layout, and for kPacked a bias: [columns].
// dst: [rows, columns], contiguous: otherwise oneDNN 2.6 uses its slow reference loops.
dnnl::matmul::primitive_desc MatmulDesc(const MatmulShape& shape, const dnnl::memory::desc& weights);

class OneDnnContext::Impl {
 public:
  struct Primitive {
    MatmulShape shape;
    dnnl::matmul matmul;
    dnnl::memory src, dst, scratchpad;
    dnnl::memory weights;  // of a plain layout; packed ones have their own
  };

  Impl();

  // The primitive of that shape; creates it if it is not in the cache. Valid until the next call.
  Primitive& Get(const MatmulShape& shape, const dnnl::memory::desc& weights) {
    Primitive* const found = Find(shape);
    return found != nullptr ? *found : Create(shape, weights);
  }
  // Null if it is not in the cache.
  Primitive* Find(const MatmulShape& shape);
  Primitive& Create(const MatmulShape& shape, const dnnl::memory::desc& weights);

  void Execute(Primitive& primitive, const void* src, const dnnl::memory& weights, const dnnl::memory* bias, void* dst);

  // Memory for a linear layer while it runs. Valid until the next call.
  std::byte* Workspace(std::size_t bytes);

 private:
  dnnl::stream stream_;
  std::list<Primitive> recent_;  // most recently used first
  std::map<decltype(MatmulShape{}.Key()), std::list<Primitive>::iterator> index_;
  AlignedBuffer<std::byte> scratch_;  // the largest scratchpad of a primitive
  AlignedBuffer<std::byte> workspace_;
};

}  // namespace valence::internal
