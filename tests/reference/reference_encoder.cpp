// Follows modeling_distilbert.py line by line: no batches, nothing fused, every layer computed for all tokens.
#include "reference/reference_encoder.h"

#include <cmath>

namespace valence::internal {
namespace {

// NaN stays NaN.
RowMatrix Relu(const RowMatrix& values) {
  return values.unaryExpr([](float x) { return x < 0 ? 0.0f : x; });
}

}  // namespace

ReferenceAnswer ReferenceEncoder::Run(std::span<const std::int32_t> ids) const {
  ReferenceAnswer answer;
  answer.hidden.push_back(Embed(ids));  // [tokens, dim]
  for (std::int64_t i = 0; i < config_.n_layers; ++i) {
    answer.hidden.push_back(Layer("distilbert.transformer.layer." + std::to_string(i), answer.hidden.back()));
  }
  const RowMatrix cls = answer.hidden.back().topRows(1);         // [1, dim]
  const RowMatrix pooled = Relu(Linear("pre_classifier", cls));  // [1, dim]
  const RowMatrix logits = Linear("classifier", pooled);         // [1, labels]
  answer.logits.assign(logits.data(), logits.data() + logits.size());
  return answer;
}

RowMatrix ReferenceEncoder::Embed(std::span<const std::int32_t> ids) const {
  const auto words = Tensor("distilbert.embeddings.word_embeddings.weight");
  const auto positions = Tensor("distilbert.embeddings.position_embeddings.weight");
  RowMatrix sum(static_cast<Eigen::Index>(ids.size()), config_.dim);
  for (Eigen::Index i = 0; i < sum.rows(); ++i) {
    const RowMatrix word = words.row(ids[static_cast<std::size_t>(i)]), position = positions.row(i);
    sum.row(i) = Operand(word) + Operand(position);  // tables are kept in the operands' type
  }
  return Norm("distilbert.embeddings.LayerNorm", sum);
}

RowMatrix ReferenceEncoder::Layer(const std::string& name, const RowMatrix& hidden) const {
  const RowMatrix attended = Norm(name + ".sa_layer_norm", Attention(name + ".attention", hidden) + hidden);
  const RowMatrix inner = Activate(Linear(name + ".ffn.lin1", attended));  // [tokens, hidden_dim]
  return Norm(name + ".output_layer_norm", Linear(name + ".ffn.lin2", inner) + attended);
}

RowMatrix ReferenceEncoder::Attention(const std::string& name, const RowMatrix& hidden) const {
  const Eigen::Index head_dim = config_.head_dim();
  const RowMatrix q = Operand(Linear(name + ".q_lin", hidden) / std::sqrt(static_cast<float>(head_dim)));
  const RowMatrix k = Operand(Linear(name + ".k_lin", hidden)), v = Operand(Linear(name + ".v_lin", hidden));
  RowMatrix context(hidden.rows(), config_.dim);
  for (Eigen::Index column = 0; column < config_.dim; column += head_dim) {
    RowMatrix scores = q.middleCols(column, head_dim) * k.middleCols(column, head_dim).transpose();  // [tokens, tokens]
    for (Eigen::Index row = 0; row < scores.rows(); ++row) {
      scores.row(row) = (scores.row(row).array() - scores.row(row).maxCoeff()).exp();
      scores.row(row) /= scores.row(row).sum();
    }
    context.middleCols(column, head_dim) = Operand(scores) * v.middleCols(column, head_dim);
  }
  return Linear(name + ".out_lin", context);
}

// src: [rows, in] -> [rows, out]
RowMatrix ReferenceEncoder::Linear(const std::string& name, const RowMatrix& src) const {
  RowMatrix dst = Operand(src) * Operand(Tensor(name + ".weight")).transpose();
  dst.rowwise() += Tensor(name + ".bias").row(0);
  return dst;
}

RowMatrix ReferenceEncoder::Norm(const std::string& name, const RowMatrix& src) const {
  const auto gamma = Tensor(name + ".weight").row(0), beta = Tensor(name + ".bias").row(0);
  RowMatrix dst(src.rows(), src.cols());
  for (Eigen::Index row = 0; row < src.rows(); ++row) {
    const Eigen::RowVectorXd centred = src.row(row).cast<double>().array() - src.row(row).cast<double>().mean();
    const double variance = centred.squaredNorm() / static_cast<double>(src.cols());
    const Eigen::RowVectorXf normal = (centred / std::sqrt(variance + 1e-12)).cast<float>();
    dst.row(row) = normal.cwiseProduct(gamma) + beta;
  }
  return dst;
}

RowMatrix ReferenceEncoder::Activate(const RowMatrix& values) const {
  if (config_.activation == Activation::kRelu) return Relu(values);
  return values.unaryExpr([](float x) { return 0.5f * x * (1.0f + std::erf(x * std::sqrt(0.5f))); });
}

// As a matrix product reads it.
RowMatrix ReferenceEncoder::Operand(const RowMatrix& values) const {
  if (arithmetic_ == Arithmetic::kF32) return values;
  return values.unaryExpr([](float x) { return static_cast<float>(Eigen::bfloat16(x)); });
}

// A vector is one row.
Eigen::Map<const RowMatrix> ReferenceEncoder::Tensor(const std::string& name) const {
  const ReferenceTensor& tensor = tensors_.at(name);
  const Eigen::Index rows = tensor.shape.size() == 1 ? 1 : tensor.shape.front();
  return {tensor.values.data(), rows, tensor.shape.back()};
}

}  // namespace valence::internal
