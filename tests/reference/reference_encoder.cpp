// Follows modeling_distilbert.py and modeling_bert.py line by line: no batches, nothing fused, every layer computed for
// all tokens.
#include "reference/reference_encoder.h"

#include <cmath>

#include "reference/activation.h"

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
  for (const LayerTensors& layer : names_.layers) answer.hidden.push_back(Layer(layer, answer.hidden.back()));
  const RowMatrix cls = answer.hidden.back().topRows(1);       // [1, dim]
  const RowMatrix dense = Linear(names_.pre_classifier, cls);  // [1, dim]
  const bool tanh = config_.architecture->head_activation == HeadActivation::kTanh;
  const RowMatrix pooled = tanh ? RowMatrix(dense.array().tanh()) : Relu(dense);
  const RowMatrix logits = Linear(names_.classifier, pooled);  // [1, labels]
  answer.logits.assign(logits.data(), logits.data() + logits.size());
  return answer;
}

RowMatrix ReferenceEncoder::Embed(std::span<const std::int32_t> ids) const {
  const auto words = Tensor(names_.words), positions = Tensor(names_.positions);
  RowMatrix sum(static_cast<Eigen::Index>(ids.size()), config_.dim);
  for (Eigen::Index i = 0; i < sum.rows(); ++i) {
    const RowMatrix word = words.row(ids[static_cast<std::size_t>(i)]);
    sum.row(i) = Operand(word);  // the word embeddings are kept in the operands' type
    if (names_.token_types) sum.row(i) += Tensor(*names_.token_types).row(0);
    sum.row(i) += positions.row(i + config_.architecture->position_offset);
  }
  return Norm(names_.embedding_norm, sum);
}

RowMatrix ReferenceEncoder::Layer(const LayerTensors& layer, const RowMatrix& hidden) const {
  const RowMatrix attended = Norm(layer.attention_norm, Attention(layer, hidden) + hidden);
  const RowMatrix inner = Activate(Linear(layer.ffn1, attended));  // [tokens, hidden_dim]
  return Norm(layer.output_norm, Linear(layer.ffn2, inner) + attended);
}

RowMatrix ReferenceEncoder::Attention(const LayerTensors& layer, const RowMatrix& hidden) const {
  const Eigen::Index head_dim = config_.head_dim();
  const RowMatrix q = Operand(Linear(layer.query, hidden) / std::sqrt(static_cast<float>(head_dim)));
  const RowMatrix k = Operand(Linear(layer.key, hidden)), v = Operand(Linear(layer.value, hidden));
  RowMatrix context(hidden.rows(), config_.dim);
  for (Eigen::Index column = 0; column < config_.dim; column += head_dim) {
    RowMatrix scores = q.middleCols(column, head_dim) * k.middleCols(column, head_dim).transpose();  // [tokens, tokens]
    for (Eigen::Index row = 0; row < scores.rows(); ++row) {
      scores.row(row) = (scores.row(row).array() - scores.row(row).maxCoeff()).exp();
      scores.row(row) /= scores.row(row).sum();
    }
    context.middleCols(column, head_dim) = Operand(scores) * v.middleCols(column, head_dim);
  }
  return Linear(layer.out, context);
}

// src: [rows, in] -> [rows, out]
RowMatrix ReferenceEncoder::Linear(const LinearTensors& linear, const RowMatrix& src) const {
  RowMatrix dst = Operand(src) * Operand(Tensor(linear.weight)).transpose();
  dst.rowwise() += Tensor(linear.bias).row(0);
  return dst;
}

RowMatrix ReferenceEncoder::Norm(const NormTensors& norm, const RowMatrix& src) const {
  const auto gamma = Tensor(norm.gamma).row(0), beta = Tensor(norm.beta).row(0);
  RowMatrix dst(src.rows(), src.cols());
  for (Eigen::Index row = 0; row < src.rows(); ++row) {
    const Eigen::RowVectorXd centred = src.row(row).cast<double>().array() - src.row(row).cast<double>().mean();
    const double variance = centred.squaredNorm() / static_cast<double>(src.cols());
    const Eigen::RowVectorXf normal =
        (centred / std::sqrt(variance + double{config_.layer_norm_epsilon})).cast<float>();
    dst.row(row) = normal.cwiseProduct(gamma) + beta;
  }
  return dst;
}

RowMatrix ReferenceEncoder::Activate(const RowMatrix& values) const {
  return values.unaryExpr(
      [this](float x) { return static_cast<float>(ReferenceActivation(config_.activation, double{x})); });
}

// As a matrix product reads it.
RowMatrix ReferenceEncoder::Operand(const RowMatrix& values) const {
  if (arithmetic_ == Arithmetic::kF32) return values;
  return values.unaryExpr([](float x) { return static_cast<float>(Eigen::bfloat16(x)); });
}

// A vector is one row.
Eigen::Map<const RowMatrix> ReferenceEncoder::Tensor(const NamedTensor& named) const {
  const ReferenceTensor& tensor = tensors_.at(named.name);
  const Eigen::Index rows = tensor.shape.size() == 1 ? 1 : tensor.shape.front();
  return {tensor.values.data(), rows, tensor.shape.back()};
}

}  // namespace valence::internal
