// Panels of columns over groups of rows: a panel of weights stays in the second cache, the sums of a group in the
// first.
#include "kernels/int8_linear.h"

#include <algorithm>

#include "kernels/activation.h"

namespace valence::internal {
namespace {

// work(row, count) for groups of almost equal size, of at most `most` rows, that begin at multiples of `step`.
template <class Work>
void ForEachGroup(std::int64_t rows, std::int64_t step, std::int64_t most, const Work& work) {
  const std::int64_t steps = (rows + step - 1) / step, groups = (rows + most - 1) / most;
  for (std::int64_t i = 0; i < groups; ++i) {
    const std::int64_t row = steps * i / groups * step;
    work(row, std::min(rows, steps * (i + 1) / groups * step) - row);
  }
}

AlignedBuffer<float> Copy(const float* from, std::int64_t count) {
  AlignedBuffer<float> to(static_cast<std::size_t>(count));
  std::copy_n(from, count, to.data());
  return to;
}

// One matrix, columns [begin, end); dst and the sums' other members as in Int8Sums, for column `begin`.
void Multiply(const Int8Product& product, const Int8Matrix& matrix, std::int64_t begin, std::int64_t end,
              const Int8Sums& whole, const WeightPrefetch& prefetch) {
  // One product on tiles finishes the sums of the one before; others need one set.
  constexpr std::int64_t kTileSums = 2 * Int8Product::kTileRows * kInt8Panel;
  alignas(64) std::int32_t sums[2 * kTileSums];
  static_assert(2 * kTileSums >= Int8Product::kMostRows * kInt8Panel);
  std::int32_t* to = sums;
  const std::int64_t groups = (whole.rows + product.MostRows() - 1) / product.MostRows();
  Int8Background background(prefetch, (matrix.PanelBytes() / 64 + groups - 1) / groups);
  for (std::int64_t column = begin; column < end; column += kInt8Panel) {
    ForEachGroup(whole.rows, product.RowStep(), product.MostRows(), [&](std::int64_t row, std::int64_t count) {
      Int8Sums group = whole;
      group.rows = count;
      group.columns = std::min(kInt8Panel, end - column);
      group.sums = to;
      group.src += row * whole.src_bytes;
      group.panel = matrix.Panel(column);
      group.scales += column - begin;
      if (group.bias != nullptr) group.bias += column - begin;
      group.dst += row * whole.dst_stride + column - begin;
      product.multiply(count, matrix.depth(), reinterpret_cast<const std::uint8_t*>(group.src + kInt8Header),
                       whole.src_bytes, group.panel, to, background);
      background.Finish();
      background.Add(group);
      if (product.on_tiles) {
        to = to == sums ? sums + kTileSums : sums;
      } else {
        background.Finish();
      }
    });
  }
  background.Finish();
}

}  // namespace

Int8Linear::Int8Linear(const Int8Weights& weight, const float* bias)
    : in_(weight.columns),
      matrix_(weight.columns, weight.rows, weight.values.data(), weight.columns),
      scales_(Copy(weight.scales.data(), weight.rows)),
      bias_(Copy(bias, weight.rows)) {}

void Int8Linear::Run(const Int8Product& product, std::int64_t rows, const std::byte* src, std::int64_t begin,
                     std::int64_t end, PostOp post_op, float* dst, std::int64_t stride,
                     const WeightPrefetch& prefetch) const {
  Multiply(product, matrix_, begin, end,
           {.rows = rows,
            .columns = 0,
            .sums = nullptr,
            .src = src,
            .src_bytes = Int8RowBytes(in_),
            .panel = nullptr,
            .scales = scales_.data() + begin,
            .bias = bias_.data() + begin,
            .post_op = post_op,
            .dst = dst,
            .dst_stride = stride},
           prefetch);
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
// On tiles whole tiles are read, rows behind the last included.
std::size_t Int8FeedForward::WorkspaceBytes(std::int64_t rows) const {
  const std::int64_t f32_bytes = (inner_ + 15) / 16 * 64;
  const std::int64_t s8_bytes = static_cast<std::int64_t>(parts_.size()) * Int8RowBytes(std::min(kPart, inner_));
  const std::int64_t tiles = (rows + Int8Product::kTileRows - 1) / Int8Product::kTileRows;
  return static_cast<std::size_t>(tiles * Int8Product::kTileRows * (f32_bytes + s8_bytes));
}

void Int8FeedForward::Run(const Int8Product& product, std::int64_t rows, const std::byte* src, float* dst,
                          std::byte* workspace, const std::byte* next) const {
  if (!product.on_tiles) {
    ForEachGroup(rows, 1, Int8Product::kMostRows, [&](std::int64_t row, std::int64_t count) {
      for (std::size_t i = 0; i < parts_.size(); ++i) RunPart(product, i, row, count, src, dst, workspace, {}, {});
    });
    return;
  }
  // So fast that weights have to come from the second cache: a part of them is read once for all rows.
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    const std::int64_t end = part.first + part.columns;
    const std::byte* const behind = end < inner_ ? first().Panel(end) : next;
    ForEachGroup(rows, product.RowStep(), kTileGroup, [&](std::int64_t row, std::int64_t count) {
      const bool read_before = row != 0;
      RunPart(product, i, row, count, src, dst, workspace,
              read_before ? WeightPrefetch() : first().Prefetch(part.first, end, part.second.Panel(0)),
              read_before ? WeightPrefetch() : part.second.Prefetch(0, dim_, behind));
    });
  }
}

void Int8FeedForward::RunPart(const Int8Product& product, std::size_t number, std::int64_t row, std::int64_t count,
                              const std::byte* src, float* dst, std::byte* workspace, const WeightPrefetch& first,
                              const WeightPrefetch& second) const {
  const Part& part = parts_[number];
  const std::int64_t stride = (part.columns + 15) / 16 * 16;
  auto* const inner = reinterpret_cast<float*>(workspace);  // [count, columns]
  std::byte* const quantized = workspace + count * stride * static_cast<std::int64_t>(sizeof(float));  // [count]
  RunInner(product, count, src + row * Int8RowBytes(dim_), part.first, part.first + part.columns, inner, stride, first);
  QuantizeRows(Int8Scheme::kShifted, count, part.columns, inner, stride, product.flip, quantized);
  AddPart(product, part, count, quantized, 0, dim_, dst + row * dim_, second);
}

void Int8FeedForward::RunFirst(const Int8Product& product, std::int64_t rows, const std::byte* src, std::int64_t begin,
                               std::int64_t end, std::byte* workspace, const std::byte* next) const {
  const std::int64_t stride = (inner_ + 15) / 16 * 16;
  RunInner(product, rows, src, begin, end, reinterpret_cast<float*>(workspace) + begin, stride,
           first().Prefetch(begin, end, next));
}

void Int8FeedForward::RunInner(const Int8Product& product, std::int64_t rows, const std::byte* src, std::int64_t begin,
                               std::int64_t end, float* inner, std::int64_t stride,
                               const WeightPrefetch& prefetch) const {
  first_.Run(product, rows, src, begin, end, FusedPostOp(activation_), inner, stride, prefetch);
  if (!HasOwnPass(activation_)) return;
  for (std::int64_t r = 0; r < rows; ++r) Activate(activation_, end - begin, inner + r * stride);
}

void Int8FeedForward::QuantizeInner(const Int8Product& product, std::int64_t rows, std::int64_t begin, std::int64_t end,
                                    std::byte* workspace) const {
  const std::int64_t stride = (inner_ + 15) / 16 * 16;
  const auto* const inner = reinterpret_cast<const float*>(workspace);
  std::byte* quantized = workspace + rows * stride * static_cast<std::int64_t>(sizeof(float));
  for (const Part& part : parts_) {
    QuantizeRows(Int8Scheme::kShifted, end - begin, part.columns, inner + begin * stride + part.first, stride,
                 product.flip, quantized + begin * Int8RowBytes(part.columns));
    quantized += rows * Int8RowBytes(part.columns);
  }
}

void Int8FeedForward::RunSecond(const Int8Product& product, std::int64_t rows, std::int64_t begin, std::int64_t end,
                                float* dst, const std::byte* workspace, const std::byte* next) const {
  const std::int64_t stride = (inner_ + 15) / 16 * 16;
  const std::byte* quantized = workspace + rows * stride * static_cast<std::int64_t>(sizeof(float));
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const std::byte* const behind = i + 1 < parts_.size() ? parts_[i + 1].second.Panel(begin) : next;
    AddPart(product, parts_[i], rows, quantized, begin, end, dst, parts_[i].second.Prefetch(begin, end, behind));
    quantized += rows * Int8RowBytes(parts_[i].columns);
  }
}

// The first part's sums start from the bias, the others' from what the parts before them left.
void Int8FeedForward::AddPart(const Int8Product& product, const Part& part, std::int64_t rows, const std::byte* src,
                              std::int64_t begin, std::int64_t end, float* dst, const WeightPrefetch& prefetch) const {
  Multiply(product, part.second, begin, end,
           {.rows = rows,
            .columns = 0,
            .sums = nullptr,
            .src = src,
            .src_bytes = Int8RowBytes(part.columns),
            .panel = nullptr,
            .scales = scales_.data() + begin,
            .bias = part.first == 0 ? bias_.data() + begin : nullptr,
            .post_op = PostOp::kNone,
            .dst = dst + begin,
            .dst_stride = dim_},
           prefetch);
}

}  // namespace valence::internal
