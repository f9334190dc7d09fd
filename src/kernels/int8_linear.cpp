// Panels of columns over groups of rows: a panel of weights stays in the second cache, the sums of a group in the
// first.
#include "kernels/int8_linear.h"

#include <algorithm>

namespace valence::internal {
namespace {

constexpr std::int64_t kGroup = 60;  // rows whose sums of a panel are kept at once; a multiple of the tiles' six rows

// Weights in s8 with a scale a row, as QuantizeRows leaves them.
struct Quantized {
  // weight: [out, in]
  Quantized(std::int64_t in, std::int64_t out, const float* weight)
      : row_bytes(Int8RowBytes(in)),
        rows(static_cast<std::size_t>(out * row_bytes)),
        scales(static_cast<std::size_t>(out)) {
    QuantizeRows(out, in, weight, in, /*flip=*/0, rows.data());
    for (std::int64_t n = 0; n < out; ++n) scales[static_cast<std::size_t>(n)] = Int8Scale(rows.data() + n * row_bytes);
  }
  const std::int8_t* values() const { return reinterpret_cast<const std::int8_t*>(rows.data() + kInt8Header); }

  std::int64_t row_bytes;
  AlignedBuffer<std::byte> rows;  // [out] of row_bytes
  AlignedBuffer<float> scales;    // [out]
};

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

Int8Linear::Int8Linear(std::int64_t in, std::int64_t out, const float* weight, const float* bias)
    : in_(in), bias_(Copy(bias, out)) {
  Quantized quantized(in, out, weight);
  matrix_ = Int8Matrix(in, out, quantized.values(), quantized.row_bytes);
  scales_ = std::move(quantized.scales);
}

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

Int8FeedForward::Int8FeedForward(std::int64_t dim, std::int64_t inner, const float* first, const float* first_bias,
                                 const float* second, const float* second_bias, PostOp activation)
    : dim_(dim),
      inner_(inner),
      activation_(activation),
      first_(dim, inner, first, first_bias),
      bias_(Copy(second_bias, dim)) {
  Quantized quantized(inner, dim, second);
  for (std::int64_t column = 0; column < inner; column += kPart) {
    const std::int64_t columns = std::min(kPart, inner - column);
    parts_.push_back({column, columns, Int8Matrix(columns, dim, quantized.values() + column, quantized.row_bytes)});
  }
  scales_ = std::move(quantized.scales);
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
      first_.Run(product, count, from, part.first, part.first + part.columns, activation_, inner, stride);
      QuantizeRows(count, part.columns, inner, stride, product.flip, quantized);
      AddPart(product, part, count, quantized, 0, dim_, dst + row * dim_);
    }
  }
}

void Int8FeedForward::RunFirst(const Int8Product& product, std::int64_t rows, const std::byte* src, std::int64_t begin,
                               std::int64_t end, std::byte* workspace) const {
  const std::int64_t stride = (inner_ + 15) / 16 * 16;
  first_.Run(product, rows, src, begin, end, activation_, reinterpret_cast<float*>(workspace) + begin, stride);
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
