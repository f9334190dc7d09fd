// From the tensors of model.safetensors, under transformers' names, to packed weights.
#include "model/weights.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <utility>

#include "cpu/data_type.h"
#include "cpu/parallel.h"
#include "files/mapped_file.h"
#include "ops/implementation.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

using Shape = std::vector<std::uint64_t>;

std::string ToString(const Shape& shape) {
  std::string text = "[";
  for (std::size_t i = 0; i < shape.size(); ++i) text += (i == 0 ? "" : ", ") + std::to_string(shape[i]);
  return text + "]";
}

// IEEE 754 binary16.
float HalfToFloat(std::uint16_t half) {
  const std::uint32_t sign = std::uint32_t{half & 0x8000u} << 16;
  const std::uint32_t exponent = (half >> 10) & 0x1fu, mantissa = half & 0x3ffu;
  if (exponent == 0) {  // zero or subnormal: mantissa * 2^-24
    const float value = static_cast<float>(mantissa) * 0x1p-24f;
    return sign == 0 ? value : -value;
  }
  const std::uint32_t wide = exponent == 31 ? 255u : exponent + (127 - 15);
  return std::bit_cast<float>(sign | (wide << 23) | (mantissa << 13));
}

// Looks tensors up, checks them and converts ranges of them to f32.
class Tensors {
 public:
  explicit Tensors(const Safetensors& file) : file_(file) {}

  // The tensor of that name, in a shape and type that can be used.
  const TensorView& Checked(const std::string& name, const Shape& shape) const {
    const TensorView& tensor = file_.Get(name);
    if (tensor.shape != shape) {
      throw Error(ErrorCode::kTensorShapeMismatch, file_.path().string() + ": tensor " + name + ": expected shape " +
                                                       ToString(shape) + " by config.json, found " +
                                                       ToString(tensor.shape));
    }
    if (!tensor.dtype) {
      throw Error(ErrorCode::kUnsupportedDtype, file_.path().string() + ": tensor " + name +
                                                    ": expected F32, F16 or BF16, found " + tensor.dtype_name);
    }
    return tensor;
  }

  // Elements [first, first + to.size()) of the tensor. The bytes need not be aligned.
  static void Convert(const TensorView& tensor, std::size_t first, std::span<float> to) {
    const std::byte* const from = tensor.data.data() + first * SizeOf(*tensor.dtype);
    const auto convert = [&](const auto& to_float) {
      for (std::size_t i = 0; i < to.size(); ++i) {
        std::uint16_t bits;
        std::memcpy(&bits, from + i * sizeof bits, sizeof bits);
        to[i] = to_float(bits);
      }
    };
    switch (*tensor.dtype) {
      case DataType::kF32:
        std::memcpy(to.data(), from, to.size_bytes());
        return;
      case DataType::kF16:
        return convert(HalfToFloat);
      case DataType::kBf16:
        return convert([](std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); });
    }
  }

 private:
  const Safetensors& file_;
};

void Store(std::span<const float> from, float* to) { std::copy(from.begin(), from.end(), to); }
void Store(std::span<const float> from, BFloat16* to) {
  std::transform(from.begin(), from.end(), to, [](float value) { return BFloat16(value); });
}

constexpr char kWords[] = "distilbert.embeddings.word_embeddings.weight";
constexpr char kPositions[] = "distilbert.embeddings.position_embeddings.weight";

template <class T, class Table>
class Loader {
 public:
  Loader(const Config& config, const Safetensors& file, int max_team)
      : config_(config), tensors_(file), max_team_(max_team) {}

  Weights<T, Table> Load(int threads) {
    Weights<T, Table> weights;
    weights.layers.resize(static_cast<std::size_t>(config_.n_layers));
    const std::int64_t dim = config_.dim;
    const auto labels = static_cast<std::int64_t>(config_.labels.size());

    // Every check comes before the first conversion: a bad file is refused at once.
    AddTable(kWords, config_.vocab_size, weights.embeddings.words);
    AddTable(kPositions, config_.max_position_embeddings, weights.embeddings.positions);
    AddNorm("distilbert.embeddings.LayerNorm", weights.embeddings.norm);
    for (std::size_t i = 0; i < weights.layers.size(); ++i) {
      LayerWeights& layer = weights.layers[i];
      const std::string name = "distilbert.transformer.layer." + std::to_string(i) + ".";
      const std::string q = name + "attention.q_lin", k = name + "attention.k_lin", v = name + "attention.v_lin";
      if (i + 1 < weights.layers.size()) {
        AddLinear({q, k, v}, {.in = dim, .out = 3 * dim, .src = kOperand, .dst = kOperand}, layer.qkv);
      } else {
        AddLinear({k, v}, {.in = dim, .out = 2 * dim, .src = kOperand, .dst = kOperand}, layer.qkv);
        AddLinear({q}, {.in = dim, .out = dim, .src = kOperand, .dst = kOperand}, layer.q);
      }
      AddLinear({name + "attention.out_lin"}, {.in = dim, .out = dim, .src = kOperand, .add = on_tiles_}, layer.out);
      AddNorm(name + "sa_layer_norm", layer.attention_norm);
      AddFeedForward(name + "ffn.lin1", name + "ffn.lin2", layer.ffn);
      AddNorm(name + "output_layer_norm", layer.output_norm);
    }
    AddLinear({"pre_classifier"}, {.in = dim, .out = dim, .src = kOperand}, weights.head.pre_classifier);
    AddLinear({"classifier"}, {.in = dim, .out = labels, .same_on_every_cpu = on_tiles_}, weights.head.classifier);

    packed_.Allocate();
    RunAll(tasks_, std::min(threads, kMostThreads));
    return weights;
  }

 private:
  static constexpr DataType kOperand = kDataTypeOf<T>;
  // Each converts one layer at a time, and holds it in f32 and its part of the file meanwhile: 19 MB for 768 x 3072.
  static constexpr int kMostThreads = 3;

  // table: [rows, dim], converted in pieces so that all threads have a part of the largest tensor.
  void AddTable(const std::string& name, std::int64_t rows, AlignedBuffer<Table>& table) {
    const auto dim = static_cast<std::size_t>(config_.dim), count = static_cast<std::size_t>(rows);
    const TensorView& tensor = tensors_.Checked(name, {count, dim});
    table = AlignedBuffer<Table>(count * dim);
    constexpr std::size_t kPiece = 2048;
    for (std::size_t first = 0; first < count; first += kPiece) {
      const std::size_t last = std::min(count, first + kPiece);
      tasks_.push_back([&tensor, &table, dim, first, last] {
        std::vector<float> row(dim);
        for (std::size_t r = first; r < last; ++r) {
          Tensors::Convert(tensor, r * dim, row);
          Store(row, table.data() + r * dim);
        }
        const std::size_t row_bytes = dim * SizeOf(*tensor.dtype);
        ReleasePages(tensor.data.subspan(first * row_bytes, (last - first) * row_bytes));
      });
    }
  }

  void AddNorm(const std::string& name, NormWeights& norm) {
    const auto dim = static_cast<std::size_t>(config_.dim);
    const TensorView& gamma = tensors_.Checked(name + ".weight", {dim});
    const TensorView& beta = tensors_.Checked(name + ".bias", {dim});
    norm = {AlignedBuffer<float>(dim), AlignedBuffer<float>(dim)};
    Tensors::Convert(gamma, 0, norm.gamma.span());
    Tensors::Convert(beta, 0, norm.beta.span());
  }

  // One layer from the rows of one or more published ones of equal size.
  void AddLinear(const std::vector<std::string>& names, const LinearSpec& spec, Linear& linear) {
    const auto in = static_cast<std::size_t>(spec.in), out = static_cast<std::size_t>(spec.out) / names.size();
    std::vector<Published> layers;
    for (const std::string& name : names) layers.push_back(Find(name, in, out));
    AddTask(spec, linear, [layers, in, out](std::span<float> weight, std::span<float> bias) {
      for (std::size_t i = 0; i < layers.size(); ++i) {
        Tensors::Convert(*layers[i].weight, 0, weight.subspan(i * out * in, out * in));
        Tensors::Convert(*layers[i].bias, 0, bias.subspan(i * out, out));
        ReleasePages(layers[i].weight->data);
      }
    });
  }

  void AddFeedForward(const std::string& name1, const std::string& name2, std::vector<FeedForwardPart>& parts) {
    const auto dim = static_cast<std::size_t>(config_.dim), hidden = static_cast<std::size_t>(config_.hidden_dim);
    const Published layer1 = Find(name1, dim, hidden), layer2 = Find(name2, hidden, dim);
    const PostOp activation = config_.activation == Activation::kGelu ? PostOp::kGelu : PostOp::kRelu;
    const auto most = static_cast<std::size_t>(std::min(FeedForwardColumns(kOperand), config_.hidden_dim));
    parts.resize((hidden + most - 1) / most);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::size_t first = i * most, columns = std::min(most, hidden - first);
      const auto inner = static_cast<std::int64_t>(columns);
      AddTask({.in = config_.dim,
               .out = inner,
               .src = kOperand,
               .dst = kOperand,
               .post_op = activation,
               .tiled_dst = on_tiles_},
              parts[i].ffn1, [layer1, dim, first](std::span<float> weight, std::span<float> bias) {
                Tensors::Convert(*layer1.weight, first * dim, weight);
                Tensors::Convert(*layer1.bias, first, bias);
                ReleasePages(layer1.weight->data);
              });
      AddTask({.in = inner, .out = config_.dim, .src = kOperand, .add = on_tiles_}, parts[i].ffn2,
              [layer2, hidden, first, columns](std::span<float> weight, std::span<float> bias) {
                for (std::size_t r = 0; r < bias.size(); ++r) {
                  Tensors::Convert(*layer2.weight, r * hidden + first, weight.subspan(r * columns, columns));
                }
                ReleasePages(layer2.weight->data);
                first == 0 ? Tensors::Convert(*layer2.bias, 0, bias) : std::fill(bias.begin(), bias.end(), 0.0f);
              });
    }
  }

  struct Published {
    const TensorView *weight, *bias;  // [out, in], [out]
  };
  Published Find(const std::string& name, std::size_t in, std::size_t out) const {
    return {&tensors_.Checked(name + ".weight", {out, in}), &tensors_.Checked(name + ".bias", {out})};
  }

  // fill(weight, bias) writes [spec.out, spec.in] and [spec.out].
  template <class Fill>
  void AddTask(const LinearSpec& spec, Linear& linear, const Fill& fill) {
    tasks_.push_back([spec, &linear, fill, place = packed_.Reserve(spec), this] {
      AlignedBuffer<float> weight(static_cast<std::size_t>(spec.out * spec.in)),
          bias(static_cast<std::size_t>(spec.out));
      fill(weight.span(), bias.span());
      linear = Linear(spec, weight.span(), bias.span(), max_team_, packed_, place);
    });
  }

  const Config& config_;
  Tensors tensors_;
  int max_team_;
  const bool on_tiles_ = OnTiles(kOperand);
  PackedWeights packed_;
  std::vector<std::function<void()>> tasks_;
};

}  // namespace

bool HasBf16Tables(const Safetensors& file) {
  return file.Get(kWords).dtype == DataType::kBf16 && file.Get(kPositions).dtype == DataType::kBf16;
}

template <class T, class Table>
Weights<T, Table> LoadWeights(const Config& config, const Safetensors& file, int threads, int max_team) {
  return Loader<T, Table>(config, file, max_team).Load(threads);
}
template Weights<float, float> LoadWeights(const Config&, const Safetensors&, int, int);
template Weights<float, BFloat16> LoadWeights(const Config&, const Safetensors&, int, int);
template Weights<BFloat16, BFloat16> LoadWeights(const Config&, const Safetensors&, int, int);

}  // namespace valence::internal
