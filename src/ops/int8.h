// What the model sees of s8 operands: rows with a scale each, and the feed-forward layers as one step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "cpu/team.h"
#include "kernels/int8_linear.h"

namespace valence::internal {

// The implementation of s8 products that this process uses: the fastest that the CPU and ONEDNN_MAX_CPU_ISA allow, or
// the one that the environment variable VALENCE_INT8 names. Throws Error kUnsupportedCpu where there is none, or not
// that one, and kInvalidArgument for an unknown name.
const Int8Product& Int8ProductInUse();

// Whether the CPU and ONEDNN_MAX_CPU_ISA allow one.
bool HasInt8Products();

// Its name, for people; empty where there is none. Throws Error kInvalidArgument as Int8ProductInUse does.
std::string Int8Description();

// Makes Int8ProductInUse return the one of that name; null: its own choice again. Not while anything runs.
void UseInt8ProductForTest(const char* name);

// Where the packed weights of a model's s8 layers lie, in the order in which a forward pass reads them: so that
// prefetching runs on from one into the next. Places may be set by several threads at once.
class Int8ReadingOrder {
 public:
  // Behind those before it. Returns its number. Not once places are set.
  int Reserve() {
    places_.emplace_back();
    return static_cast<int>(places_.size()) - 1;
  }
  // The layer of that number begins with the weights of `matrix`.
  void Set(int number, const Int8Matrix& matrix) {
    places_[static_cast<std::size_t>(number)] = {matrix.Panel(0), matrix.PanelBytes(), matrix.out()};
  }
  // What is read behind that share of the layer of that number.
  const std::byte* After(int number, const Share& share) const {
    const Place& next = places_[static_cast<std::size_t>(number + 1) % places_.size()];
    return next.panels + share.Of(next.columns, kInt8Panel).first / kInt8Panel * next.panel_bytes;
  }

 private:
  struct Place {
    const std::byte* panels = nullptr;
    std::int64_t panel_bytes = 0, columns = 0;
  };
  std::vector<Place> places_;
};

// Rows to s8, as Int8Scheme::kLargestApart: [rows, columns] -> [rows] of Int8RowBytes(columns).
void Quantize(std::int64_t rows, std::int64_t columns, const float* src, std::byte* dst);

// dst = second(activation(first(src))). Immutable once built; may run on any number of threads at once.
class FeedForward {
 public:
  FeedForward() = default;
  // first: [inner, dim], first_bias: [inner], second: [dim, inner], second_bias: [dim]. Packs copies. They are layer
  // `number` of `order`. Throws std::bad_alloc.
  FeedForward(const Int8Weights& first, std::span<const float> first_bias, const Int8Weights& second,
              std::span<const float> second_bias, Activation activation, const std::shared_ptr<Int8ReadingOrder>& order,
              int number);

  // Of the workspace, for each row that it is used for, up to RowBucket(DataType::kS8, rows).
  std::int64_t WorkspaceBytes() const {
    constexpr std::int64_t kRows = Int8Product::kTileRows;
    return static_cast<std::int64_t>(layers_.WorkspaceBytes(kRows)) / kRows;
  }

  // By the calling thread alone.   src: [RowBucket(rows)] of Int8RowBytes(dim) -> dst: [rows, dim]
  void Run(std::int64_t rows, const std::byte* src, float* dst, std::byte* workspace) const;

  // The same bits in three steps, of which a team's members do shares, with one workspace: some inner columns, some
  // rows of these to s8, some columns of the result.
  void RunFirst(std::int64_t rows, const std::byte* src, std::byte* workspace, const Share& share) const;
  void QuantizeInner(std::int64_t rows, std::byte* workspace, const Share& share) const;
  void RunSecond(std::int64_t rows, float* dst, std::byte* workspace, const Share& share) const;

 private:
  std::int64_t dim_ = 0, inner_ = 0;
  Int8FeedForward layers_;
  std::shared_ptr<const Int8ReadingOrder> order_;
  int number_ = 0;
};

}  // namespace valence::internal
