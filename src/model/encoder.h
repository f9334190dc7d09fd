// The encoder and its classification head: token ids in, logits out.
// Architecture: transformers, modeling_distilbert.py and modeling_bert.py (the differences: files/architecture.h);
// post-layer-norm, all tokens of type 0.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "batch/packed_batch.h"
#include "cpu/aligned_buffer.h"
#include "cpu/team.h"
#include "files/config.h"
#include "files/safetensors.h"
#include "model/profile.h"
#include "ops/attention.h"
#include "ops/matmul.h"

namespace valence::internal {

// The tensors of one chunk on its way through the layers. Row counts are those of the largest chunk.
struct Activations {
  AlignedBuffer<float> hidden;       // [rows, dim] the residual stream
  AlignedBuffer<float> update;       // [rows, dim] what is to be added to it
  AlignedBuffer<std::byte> operand;  // [rows, dim] hidden, or attention's context, in the matmuls' type and order
  AlignedBuffer<std::byte> qkv;      // [rows, 3 dim] queries, keys, values; in the last layer [rows, 2 dim], no queries
  AlignedBuffer<std::byte>
      inner;                    // [rows, hidden_dim] inside the feed-forward layers, or a part; in s8 their workspace
  AlignedBuffer<float> logits;  // [rows, labels]
};

// What one worker thread owns.
struct WorkerState {
  MatmulContext matmul;
  AttentionScratch attention;
  Activations activations;
  Profile* profile = nullptr;
  // For tests: called with the hidden states [rows, dim] after the embeddings (layer 0) and after each layer. The last
  // layer has the [CLS] rows only.
  std::function<void(std::int64_t layer, std::int64_t rows, const float* hidden)> observe_for_test;
};

// Immutable once loaded. Forward may run on any number of threads at the same time, each with its own state.
class Encoder {
 public:
  virtual ~Encoder() = default;

  // Throws as FindModelTensors does. `operands`: the type that the matmuls multiply. `max_team`: the largest team for
  // Forward.
  static std::unique_ptr<const Encoder> Load(const Config& config, const Safetensors& file, DataType operands,
                                             int threads, int max_team);

  // A worker's state for chunks of up to `max_tokens` tokens.
  virtual std::unique_ptr<WorkerState> MakeState(std::int64_t max_tokens) const = 0;

  // Every member of the team calls it with the same batch; the activations are those of `leader`, the rest of `self`.
  // When one returns, the answers are in `logits`: [batch.texts(), labels].
  virtual void Forward(const PackedBatch& batch, WorkerState& leader, WorkerState& self, TeamMember& member,
                       std::vector<float>& logits) const = 0;
};

}  // namespace valence::internal
