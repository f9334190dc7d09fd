// Names from the table of architectures, shapes from the config.
#include "files/model_tensors.h"

#include <string_view>
#include <utility>

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
  const auto find = [&](const std::string& full_name, const Shape& shape) {
    const std::string name = NameInFile(file, prefix, full_name);
    const TensorView& tensor = file.Get(name);
    const std::string where = Shown(file.path()) + ": tensor " + name + ": expected ";
    if (tensor.shape != shape) {
      throw Error(ErrorCode::kTensorShapeMismatch,
                  where + "shape " + ToString(shape) + " by config.json, found " + ToString(tensor.shape));
    }
    if (!tensor.dtype) {
      throw Error(ErrorCode::kUnsupportedDtype, where + "F64, F32, F16 or BF16, found " + tensor.dtype_name);
    }
    return &tensor;
  };
  try {
    return MakeModelTensors(config, find);
  } catch (const Error& error) {
    if (config.other_class.empty() || error.code() != ErrorCode::kMissingTensor) throw;
    throw Error(ErrorCode::kUnsupportedModel, std::string(error.what()) + "; config.json: architectures: expected " +
                                                  config.architecture->class_name + ", found " +
                                                  Quoted(config.other_class));
  }
}

}  // namespace valence::internal
