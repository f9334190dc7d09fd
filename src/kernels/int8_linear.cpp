// Panels of columns over groups of rows: a panel of weights stays in the second cache, the sums of a group in the
// first.
#include "kernels/int8_linear.h"

#include <algorithm>

#include "kernels/activation.h"

namespace valence::internal {
namespace {

constexpr std::int64_t kGroup = 60;  // rows whose sums of a panel are kept at once; a multiple of the tiles' six rows

AlignedBuffer<float> Copy(const float* from, std::int64_t count) {
  AlignedBuffer<float> to(static_cast<std::size_t>(count));
  std::copy_n(from, count, to.data());
  return to;
}

// One matrix, columns [begin, end); dst and the sums' other members as in Int8Sums, for column `begin`.
void Multiply(const Int8Product& product, const Int8Matrix& matrix, std::int64_t begin, std::int64_t end,
              const Int8Sums& whole) {
  alignas(64) std::int32_t sums[kGroup * kInt8Panel];
  const std::int64_t groups = (whole.rows + kGroup - 1) / kGroup;
  for (std::int64_t column = begin; column < end; column += kInt8Panel) {
    for (std::int64_t i = 0; i < groups; ++i) {
      const std::int64_t row = whole.rows * i / groups;
      Int8Sums group = whole;
      group.rows = whole.rows * (i + 1) / groups - row;
      group.columns = std::min(kInt8Panel, end - column);
      group.sums = sums;
      group.src += row * whole.src_bytes;
      group.scales += column - begin;
      if (group.bias != nullptr) group.bias += column - begin;
      group.dst += row * whole.dst_stride + column - begin;
      product.multiply(group.rows, matrix.depth(), reinterpret_cast<const std::uint8_t*>(group.src + kInt8Header),
                       whole.src_bytes, matrix.Panel(column), sums);
      Dequantize(group);
    }
  }
}

}  // namespace

Int8Linear::Int8Linear(const Int8Weights& weight, const float* bias)
    : in_(weight.columns),
      matrix_(weight.columns, weight.rows, weight.values.data(), weight.columns),
      scales_(Copy(weight.scales.data(), weight.rows)),
      bias_(Copy(bias, weight.rows)) {}

void Int8Linear::Run(const Int8Product& product, std::int64_t rows, const std::byte* src, std::int64_t begin,
                     std::int64_t end, PostOp post_op, float* dst, std::int64_t stride) const {
  Multiply(product, matrix_, begin, end,
           {.rows = rows,
            .columns = 0,
            .sums = nullptr,
            .src = src,
            .src_bytes = Int8RowBytes(in_),
            .scales = scales_.data() + begin,
            .bias = bias_.data() + begin,
            .post_op = post_op,
            .dst = dst,
            .dst_stride = stride});
}

Int8FeedForward::Int8FeedForward(const Int8Weights& first, const float* first_bias, const Int8Weights& second,
                                 const float* second_bias, Activation activation)
    : dim_(first.columns),
      inner_(first.rows),
      activation_(activation),
      first_(first, first_bias),
      scales_(Copy(second.scales.data(), dim_)),
      bias_(Copy(second_bias, dim_)) {
  for (std::int64_t column = 0; column < inner_; column += kPart) {
    const std::int64_t columns = std::min(kPart, inner_ - column);
    parts_.push_back({column, columns, Int8Matrix(columns, dim_, second.values.data() + column, inner_)});
  }
}

// For each row: inner activations in f32, then its parts in s8. Run takes a group of rows' share of that, for one part.
std::size_t Int8FeedForward::WorkspaceBytes(std::int64_t rows) const {
  const std::int64_t f32_bytes = (inner_ + 15) / 16 * 64;
  const std::int64_t s8_bytes = static_cast<std::int64_t>(parts_.size()) * Int8RowBytes(std::min(kPart, inner_));
  return static_cast<std::size_t>(rows * (f32_bytes + s8_bytes));
}

void Int8FeedForward::Run(const Int8Product& product, std::int64_t rows, const std::byte* src, float* dst,
                          std::byte* workspace) const {
  const std::int64_t groups = (rows + kGroup - 1) / kGroup;
  for (std::int64_t i = 0; i < groups; ++i) {
    const std::int64_t row = rows * i / groups, count = rows * (i + 1) / groups - row;
    const std::byte* const from = src + row * Int8RowBytes(dim_);
    for (const Part& part : parts_) {
      const std::int64_t stride = (part.columns + 15) / 16 * 16;
      auto* const inner = reinterpret_cast<float*>(workspace);  // [count, columns]
      std::byte* const quantized = workspace + count * stride * static_cast<std::int64_t>(sizeof(float));  // [count]
      RunInner(product, count, from, part.first, part.first + part.columns, inner, stride);
      QuantizeRows(count, part.columns, inner, stride, product.flip, quantized);
      AddPart(product, part, count, quantized, 0, dim_, dst + row * dim_);
    }
  }
}

void Int8FeedForward::RunFirst(const Int8Product& product, std::int64_t rows, const std::byte* src, std::int64_t begin,
                               std::int64_t end, std::byte* workspace) const {
  const std::int64_t stride = (inner_ + 15) / 16 * 16;
  RunInner(product, rows, src, begin, end, reinterpret_cast<float*>(workspace) + begin, stride);
}

void Int8FeedForward::RunInner(const Int8Product& product, std::int64_t rows, const std::byte* src, std::int64_t begin,
                               std::int64_t end, float* inner, std::int64_t stride) const {
  first_.Run(product, rows, src, begin, end, FusedPostOp(activation_), inner, stride);
  if (!HasOwnPass(activation_)) return;
  for (std::int64_t r = 0; r < rows; ++r) Activate(activation_, end - begin, inner + r * stride);
}

void Int8FeedForward::QuantizeInner(const Int8Product& product, std::int64_t rows, std::int64_t begin, std::int64_t end,
                                    std::byte* workspace) const {
  const std::int64_t stride = (inner_ + 15) / 16 * 16;
  const auto* const inner = reinterpret_cast<const float*>(workspace);
  std::byte* quantized = workspace + rows * stride * static_cast<std::int64_t>(sizeof(float));
  for (const Part& part : parts_) {
    QuantizeRows(end - begin, part.columns, inner + begin * stride + part.first, stride, product.flip,
                 quantized + begin * Int8RowBytes(part.columns));
    quantized += rows * Int8RowBytes(part.columns);
  }
}

void Int8FeedForward::RunSecond(const Int8Product& product, std::int64_t rows, std::int64_t begin, std::int64_t end,
                                float* dst, const std::byte* workspace) const {
  const std::int64_t stride = (inner_ + 15) / 16 * 16;
  const std::byte* quantized = workspace + rows * stride * static_cast<std::int64_t>(sizeof(float));
  for (const Part& part : parts_) {
    AddPart(product, part, rows, quantized, begin, end, dst);
    quantized += rows * Int8RowBytes(part.columns);
  }
}

// The first part's sums start from the bias, the others' from what the parts before them left.
void Int8FeedForward::AddPart(const Int8Product& product, const Part& part, std::int64_t rows, const std::byte* src,
                              std::int64_t begin, std::int64_t end, float* dst) const {
  Multiply(product, part.second, begin, end,
           {.rows = rows,
            .columns = 0,
            .sums = nullptr,
            .src = src,
            .src_bytes = Int8RowBytes(part.columns),
            .scales = scales_.data() + begin,
            .bias = part.first == 0 ? bias_.data() + begin : nullptr,
            .post_op = PostOp::kNone,
            .dst = dst + begin,
            .dst_stride = dim_});
}

}  // namespace valence::internal
