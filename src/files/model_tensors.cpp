// Names from the table of architectures, shapes from the config.
#include "files/model_tensors.h"

#include <algorithm>
#include <limits>
#include <map>
#include <string_view>
#include <utility>

#include "files/tensor_values.h"
#include "unicode/printable.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

using Shape = std::vector<std::uint64_t>;

std::string ToString(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "]";
}

// TensorFlow's name of a parameter of a norm called "LayerNorm", which files of 2018 and 2019 have and transformers
// renames (conversion_mapping.py, "legacy"); empty for other names.
std::string OlderName(const std::string& name) {
  for (const auto& [now, before] : {std::pair(".weight", ".gamma"), std::pair(".bias", ".beta")}) {
    const std::string suffix = std::string("LayerNorm") + now;
    if (name.ends_with(suffix)) return name.substr(0, name.size() - std::string_view(now).size()) + before;
  }
  return "";
}

// The name that the file gives a tensor, which transformers looks for with and without the model's prefix: saved from a
// model without its head's class, or by other libraries, the encoder's tensors have none; saved inside another module,
// all have one more. Throws for a tensor that has a name of PyTorch's and one of TensorFlow's.
std::string NameInFile(const Safetensors& file, const std::string& prefix, const std::string& name) {
  const std::string shorter = name.starts_with(prefix) ? name.substr(prefix.size()) : name;
  for (const std::string& spelled : {name, shorter, prefix + name}) {
    const std::string older = OlderName(spelled);
    const bool is_old = !older.empty() && file.Has(older);
    if (!file.Has(spelled)) {
      if (is_old) return older;
    } else if (is_old) {
      throw Error(ErrorCode::kDuplicateTensor, Shown(file.path()) + ": tensor " + Quoted(spelled) +
                                                   ": expected under one name, found " + Quoted(older) + " too");
    } else {
      return spelled;
    }
  }
  return name;  // missing
}

// The scales of a matrix of I8, checked.
const TensorView& FindScales(const Safetensors& file, const std::string& matrix, std::uint64_t rows) {
  const std::string name = matrix + "_scale";
  const auto where = [&](const std::string& tensor) {
    return Shown(file.path()) + ": tensor " + tensor + ": expected ";
  };
  const std::string layer = matrix.substr(0, matrix.rfind('.') + 1);
  for (const std::string& other : {matrix + "_zero_point", layer + "input_scale", layer + "input_zero_point"}) {
    if (!file.Has(other)) continue;
    throw Error(ErrorCode::kUnsupportedModel,
                where(other) + "none (symmetric weights, scales of activations found while computing), found one");
  }
  const TensorView& scales = file.Get(name);
  if (scales.shape != Shape{rows} && scales.shape != Shape{rows, 1}) {
    throw Error(ErrorCode::kTensorShapeMismatch,
                where(name) + "shape " + ToString({rows, 1}) + ", found " + ToString(scales.shape));
  }
  if (!scales.dtype || scales.dtype == DataType::kS8) {
    throw Error(ErrorCode::kUnsupportedDtype, where(name) + "F64, F32, F16 or BF16, found " + scales.dtype_name);
  }
  std::vector<float> values(rows);
  ReadValues({name, &scales}, 0, values);
  const auto bad = std::find_if_not(values.begin(), values.end(), [](float scale) {
    return scale > 0 && scale < std::numeric_limits<float>::infinity();
  });
  if (bad == values.end()) return scales;
  throw Error(ErrorCode::kUnsupportedModel, where(name) + "positive and finite scales, found " + std::to_string(*bad) +
                                                " at element " + std::to_string(bad - values.begin()));
}

template <class Tensors, class Tensor>
void AddLayerWeights(Tensors& tensors, std::vector<Tensor*>& to) {
  for (auto& layer : tensors.layers) {
    for (auto* const linear : {&layer.query, &layer.key, &layer.value, &layer.out, &layer.ffn1, &layer.ffn2}) {
      to.push_back(&linear->weight);
    }
  }
}

// All that may be I8.
std::vector<NamedTensor*> Matrices(ModelTensors& tensors) {
  std::vector<NamedTensor*> matrices = {&tensors.words, &tensors.positions};
  if (tensors.token_types) matrices.push_back(&*tensors.token_types);
  AddLayerWeights(tensors, matrices);
  matrices.push_back(&tensors.pre_classifier.weight);
  matrices.push_back(&tensors.classifier.weight);
  return matrices;
}

}  // namespace

ModelTensors MakeModelTensors(const Config& config, const FindTensor& find) {
  const auto& names = config.architecture->tensors;
  const auto dim = static_cast<std::uint64_t>(config.dim), hidden_dim = static_cast<std::uint64_t>(config.hidden_dim);
  const auto table = [&](const char* name, std::int64_t rows) {
    return NamedTensor{name, find(name, {static_cast<std::uint64_t>(rows), dim})};
  };
  const auto norm = [&](const std::string& name) {
    const std::string gamma = name + ".weight", beta = name + ".bias";
    return NormTensors{{gamma, find(gamma, {dim})}, {beta, find(beta, {dim})}};
  };
  const auto linear = [&](const std::string& name, std::uint64_t in, std::uint64_t out) {
    const std::string weight = name + ".weight", bias = name + ".bias";
    return LinearTensors{{weight, find(weight, {out, in})}, {bias, find(bias, {out})}};
  };

  ModelTensors tensors;
  tensors.words = table(names.words, config.vocab_size);
  tensors.positions = table(names.positions, config.max_position_embeddings);
  if (names.token_types != nullptr) tensors.token_types = table(names.token_types, config.token_types);
  tensors.embedding_norm = norm(names.embedding_norm);
  for (std::int64_t i = 0; i < config.n_layers; ++i) {
    const std::string layer = names.layer + std::to_string(i) + ".";
    // Braces evaluate in order.
    tensors.layers.push_back({.query = linear(layer + names.query, dim, dim),
                              .key = linear(layer + names.key, dim, dim),
                              .value = linear(layer + names.value, dim, dim),
                              .out = linear(layer + names.out, dim, dim),
                              .attention_norm = norm(layer + names.attention_norm),
                              .ffn1 = linear(layer + names.ffn1, dim, hidden_dim),
                              .ffn2 = linear(layer + names.ffn2, hidden_dim, dim),
                              .output_norm = norm(layer + names.output_norm)});
  }
  tensors.pre_classifier = linear(names.pre_classifier, dim, dim);
  tensors.classifier = linear(names.classifier, dim, config.labels.size());
  return tensors;
}

ModelTensors FindModelTensors(const Config& config, const Safetensors& file) {
  const std::string prefix = std::string(config.architecture->model_type) + ".";
  std::map<const TensorView*, const TensorView*> scales;  // of each matrix of I8
  const auto find = [&](const std::string& full_name, const Shape& shape) {
    const std::string name = NameInFile(file, prefix, full_name);
    const TensorView& tensor = file.Get(name);
    const std::string where = Shown(file.path()) + ": tensor " + name + ": expected ";
    if (tensor.shape != shape) {
      throw Error(ErrorCode::kTensorShapeMismatch,
                  where + "shape " + ToString(shape) + " by config.json, found " + ToString(tensor.shape));
    }
    const bool is_int8 = tensor.dtype == DataType::kS8, may_be_int8 = config.int8_weights && shape.size() == 2;
    if (!tensor.dtype || (is_int8 && !may_be_int8)) {
      throw Error(ErrorCode::kUnsupportedDtype, where + "F64, F32, F16 or BF16, found " + tensor.dtype_name);
    }
    if (is_int8) {
      scales[&tensor] = &FindScales(file, name, shape.front());
    } else if (config.int8_weights && file.Has(name + "_scale")) {
      throw Error(ErrorCode::kUnsupportedDtype,
                  where + "I8, as there is a " + name + "_scale, found " + tensor.dtype_name);
    }
    return &tensor;
  };
  try {
    ModelTensors tensors = MakeModelTensors(config, find);
    for (NamedTensor* const matrix : Matrices(tensors)) {
      if (const auto found = scales.find(matrix->view); found != scales.end()) matrix->scales = found->second;
    }
    return tensors;
  } catch (const Error& error) {
    if (config.other_class.empty() || error.code() != ErrorCode::kMissingTensor) throw;
    throw Error(ErrorCode::kUnsupportedModel, std::string(error.what()) + "; config.json: architectures: expected " +
                                                  config.architecture->class_name + ", found " +
                                                  Quoted(config.other_class));
  }
}

std::vector<const NamedTensor*> Int8Matrices(const ModelTensors& tensors, bool word_embeddings) {
  std::vector<const NamedTensor*> matrices;
  if (word_embeddings) matrices.push_back(&tensors.words);
  AddLayerWeights(tensors, matrices);
  return matrices;
}

bool LayersAreInt8(const ModelTensors& tensors) {
  const auto matrices = Int8Matrices(tensors, /*word_embeddings=*/false);
  return std::all_of(matrices.begin(), matrices.end(),
                     [](const NamedTensor* matrix) { return matrix->view->dtype == DataType::kS8; });
}

}  // namespace valence::internal
