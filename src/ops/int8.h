// What the model sees of s8 operands: rows with a scale each, and the feed-forward layers as one step.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "cpu/team.h"
#include "kernels/int8_linear.h"

namespace valence::internal {

// The implementation of s8 products that this process uses: the fastest that the CPU and ONEDNN_MAX_CPU_ISA allow, or
// the one that the environment variable VALENCE_INT8 names. Throws Error kUnsupportedCpu where there is none, or not
// that one, and kInvalidArgument for an unknown name.
const Int8Product& Int8ProductInUse();

// Makes Int8ProductInUse return the one of that name; null: its own choice again. Not while anything runs.
void UseInt8ProductForTest(const char* name);

// Rows to s8, each with a scale: [rows, columns] -> [rows] of Int8RowBytes(columns).
void Quantize(std::int64_t rows, std::int64_t columns, const float* src, std::byte* dst);

// dst = second(activation(first(src))). Immutable once built; may run on any number of threads at once.
class FeedForward {
 public:
  FeedForward() = default;
  // first: [inner, dim], first_bias: [inner], second: [dim, inner], second_bias: [dim]. Packs copies.
  // Throws std::bad_alloc.
  FeedForward(const Int8Weights& first, std::span<const float> first_bias, const Int8Weights& second,
              std::span<const float> second_bias, Activation activation);

  // Of the workspace, for each row that it is used for.
  std::int64_t WorkspaceBytes() const { return static_cast<std::int64_t>(layers_.WorkspaceBytes(1)); }

  // By the calling thread alone.   src: [rows] of Int8RowBytes(dim) -> dst: [rows, dim]
  void Run(std::int64_t rows, const std::byte* src, float* dst, std::byte* workspace) const;

  // The same bits, with the columns shared out among a team: every member calls it with the same workspace.
  void Run(std::int64_t rows, const std::byte* src, float* dst, std::byte* workspace, const TeamMember& member) const;

 private:
  std::int64_t dim_ = 0, inner_ = 0;
  Int8FeedForward layers_;
};

}  // namespace valence::internal
