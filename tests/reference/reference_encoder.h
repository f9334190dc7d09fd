// A plain encoder on Eigen, one text at a time: what the library's fast one is compared with.
// Architecture: transformers, modeling_distilbert.py and modeling_bert.py. Held itself against transformers' logits in
// tests/model.
#pragma once

#include <Eigen/Core>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "files/config.h"
#include "files/model_tensors.h"
#include "reference/safetensors_file.h"

namespace valence::internal {

using RowMatrix = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// kBf16Operands: matrix products read both sides rounded to bf16 and add up in f32; all else is f32. It is the measure
// of how far from kF32 such arithmetic may lead.
enum class Arithmetic { kF32, kBf16Operands };

struct ReferenceAnswer {
  std::vector<RowMatrix> hidden;  // [n_layers + 1] of [tokens, dim]: after the embeddings, after each layer
  std::vector<float> logits;      // [labels]
};

class ReferenceEncoder {
 public:
  // Keeps references to both.
  ReferenceEncoder(const Config& config, const ReferenceTensors& tensors, Arithmetic arithmetic = Arithmetic::kF32)
      : config_(config),
        tensors_(tensors),
        names_(MakeModelTensors(config, [](const auto&...) { return nullptr; })),
        arithmetic_(arithmetic) {}

  // ids: [tokens]
  ReferenceAnswer Run(std::span<const std::int32_t> ids) const;

 private:
  RowMatrix Embed(std::span<const std::int32_t> ids) const;
  RowMatrix Layer(const LayerTensors& layer, const RowMatrix& hidden) const;
  RowMatrix Attention(const LayerTensors& layer, const RowMatrix& hidden) const;
  RowMatrix Linear(const LinearTensors& linear, const RowMatrix& src) const;
  RowMatrix Norm(const NormTensors& norm, const RowMatrix& src) const;
  RowMatrix Activate(const RowMatrix& values) const;
  RowMatrix Operand(const RowMatrix& values) const;
  Eigen::Map<const RowMatrix> Tensor(const NamedTensor& named) const;

  const Config& config_;
  const ReferenceTensors& tensors_;
  const ModelTensors names_;
  const Arithmetic arithmetic_;
};

}  // namespace valence::internal
