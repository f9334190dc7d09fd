// From the tensors of model.safetensors to packed weights.
#include "model/weights.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cpu/data_type.h"
#include "cpu/parallel.h"
#include "files/mapped_file.h"
#include "ops/implementation.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

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

// Elements [first, first + to.size()) of the tensor. The bytes need not be aligned.
void Convert(const NamedTensor& named, std::size_t first, std::span<float> to) {
  const TensorView& tensor = *named.view;
  const std::byte* const from = tensor.data.data() + first * SizeOf(*tensor.dtype);
  // Element by element: Stored is the type of the bits in the file.
  const auto convert = [&]<class Stored>(Stored stored, const auto& to_float) {
    for (std::size_t i = 0; i < to.size(); ++i) {
      std::memcpy(&stored, from + i * sizeof stored, sizeof stored);
      to[i] = to_float(stored);
    }
  };
  switch (*tensor.dtype) {
    case DataType::kF64:
      return convert(double(), [](double value) { return static_cast<float>(value); });
    case DataType::kF32:
      std::memcpy(to.data(), from, to.size_bytes());
      return;
    case DataType::kF16:
      return convert(std::uint16_t(), HalfToFloat);
    case DataType::kBf16:
      return convert(std::uint16_t(),
                     [](std::uint16_t bits) { return std::bit_cast<float>(std::uint32_t{bits} << 16); });
    case DataType::kS8:
      break;  // no tensor of a file has it
  }
}

// A whole linear layer. For s8 operands the weight must be finite.
void Convert(const LinearTensors& layer, DataType operands, std::span<float> weight, std::span<float> bias) {
  Convert(layer.weight, 0, weight);
  Convert(layer.bias, 0, bias);
  ReleasePages(layer.weight.view->data);
  if (operands != DataType::kS8) return;
  const auto found = std::find_if_not(weight.begin(), weight.end(), [](float value) { return std::isfinite(value); });
  if (found == weight.end()) return;
  throw Error(ErrorCode::kInvalidArgument,
              "Options::precision: int8 needs finite weights, found " + std::to_string(*found) + " at element " +
                  std::to_string(found - weight.begin()) + " of tensor " + layer.weight.name + ": use f32 or bf16");
}

void Store(std::span<const float> from, float* to) { std::copy(from.begin(), from.end(), to); }
void Store(std::span<const float> from, BFloat16* to) {
  std::transform(from.begin(), from.end(), to, [](float value) { return BFloat16(value); });
}

template <class T, class Words>
class Loader {
 public:
  Loader(const Config& config, const ModelTensors& tensors, int max_team)
      : config_(config), tensors_(tensors), max_team_(max_team) {}

  Weights<T, Words> Load(int threads) {
    Weights<T, Words> weights;
    const std::int64_t dim = config_.dim;
    const auto labels = static_cast<std::int64_t>(config_.labels.size());

    AddWords(weights.embeddings.words);
    AddPositions(weights.embeddings.positions);
    AddNorm(tensors_.embedding_norm, weights.embeddings.norm);
    weights.layers.resize(tensors_.layers.size());
    for (std::size_t i = 0; i < weights.layers.size(); ++i) {
      const LayerTensors& from = tensors_.layers[i];
      LayerWeights& layer = weights.layers[i];
      if (i + 1 < weights.layers.size()) {
        AddLinear({&from.query, &from.key, &from.value}, {.in = dim, .out = 3 * dim, .src = kOperand, .dst = kValue},
                  layer.qkv);
      } else {
        AddLinear({&from.key, &from.value}, {.in = dim, .out = 2 * dim, .src = kOperand, .dst = kValue}, layer.qkv);
        AddLinear({&from.query}, {.in = dim, .out = dim, .src = kOperand, .dst = kValue}, layer.q);
      }
      AddLinear({&from.out}, {.in = dim, .out = dim, .src = kOperand, .add = on_tiles_}, layer.out);
      AddNorm(from.attention_norm, layer.attention_norm);
      if constexpr (kInt8) {
        AddInt8FeedForward(from.ffn1, from.ffn2, layer.int8_ffn);
      } else {
        AddFeedForward(from.ffn1, from.ffn2, layer.ffn);
      }
      AddNorm(from.output_norm, layer.output_norm);
    }
    AddLinear({&tensors_.pre_classifier},
              {.in = dim, .out = dim, .src = kInt8 ? DataType::kF32 : kOperand, .same_on_every_cpu = kInt8},
              weights.head.pre_classifier);
    weights.head.activation = config_.architecture->head_activation;
    AddLinear({&tensors_.classifier}, {.in = dim, .out = labels, .same_on_every_cpu = on_tiles_ || kInt8},
              weights.head.classifier);

    packed_.Allocate();
    RunAll(tasks_, std::min(threads, kMostThreads));
    return weights;
  }

 private:
  static constexpr DataType kOperand = kDataTypeOf<T>;
  static constexpr bool kInt8 = kOperand == DataType::kS8;
  static constexpr DataType kValue = kInt8 ? DataType::kF32 : kOperand;  // of queries, keys and values
  // Each converts one layer at a time, and holds it in f32 and its part of the file meanwhile: 19 MB for 768 x 3072.
  static constexpr int kMostThreads = 3;

  // words: [vocab_size, dim], converted in pieces so that all threads have a part of the largest tensor.
  void AddWords(AlignedBuffer<Words>& words) {
    const auto dim = static_cast<std::size_t>(config_.dim), count = static_cast<std::size_t>(config_.vocab_size);
    words = AlignedBuffer<Words>(count * dim);
    constexpr std::size_t kPiece = 2048;
    for (std::size_t first = 0; first < count; first += kPiece) {
      const std::size_t last = std::min(count, first + kPiece);
      tasks_.push_back([this, &words, dim, first, last] {
        std::vector<float> row(dim);
        for (std::size_t r = first; r < last; ++r) {
          Convert(tensors_.words, r * dim, row);
          Store(row, words.data() + r * dim);
        }
        const TensorView& tensor = *tensors_.words.view;
        const std::size_t row_bytes = dim * SizeOf(*tensor.dtype);
        ReleasePages(tensor.data.subspan(first * row_bytes, (last - first) * row_bytes));
      });
    }
  }

  // positions: [max_tokens, dim]. Every token has type 0, so its embedding is added here once.
  void AddPositions(AlignedBuffer<float>& positions) {
    const auto dim = static_cast<std::size_t>(config_.dim);
    positions = AlignedBuffer<float>(static_cast<std::size_t>(config_.max_tokens()) * dim);
    const auto offset = static_cast<std::size_t>(config_.architecture->position_offset);
    Convert(tensors_.positions, offset * dim, positions.span());
    ReleasePages(tensors_.positions.view->data);
    if (!tensors_.token_types) return;
    std::vector<float> type(dim);
    Convert(*tensors_.token_types, 0, type);
    for (std::size_t i = 0; i < positions.span().size(); ++i) positions.data()[i] += type[i % dim];
  }

  void AddNorm(const NormTensors& from, NormWeights& norm) {
    const auto dim = static_cast<std::size_t>(config_.dim);
    norm = {AlignedBuffer<float>(dim), AlignedBuffer<float>(dim), config_.layer_norm_epsilon};
    Convert(from.gamma, 0, norm.gamma.span());
    Convert(from.beta, 0, norm.beta.span());
  }

  // One layer from the rows of one or more published ones of equal size.
  void AddLinear(const std::vector<const LinearTensors*>& layers, const LinearSpec& spec, Linear& linear) {
    const auto in = static_cast<std::size_t>(spec.in), out = static_cast<std::size_t>(spec.out) / layers.size();
    AddTask(spec, linear, [layers, in, out, type = spec.src](std::span<float> weight, std::span<float> bias) {
      for (std::size_t i = 0; i < layers.size(); ++i) {
        Convert(*layers[i], type, weight.subspan(i * out * in, out * in), bias.subspan(i * out, out));
      }
    });
  }

  void AddFeedForward(const LinearTensors& layer1, const LinearTensors& layer2, std::vector<FeedForwardPart>& parts) {
    const auto dim = static_cast<std::size_t>(config_.dim), hidden = static_cast<std::size_t>(config_.hidden_dim);
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
              parts[i].ffn1, [&layer1, dim, first](std::span<float> weight, std::span<float> bias) {
                Convert(layer1.weight, first * dim, weight);
                Convert(layer1.bias, first, bias);
                ReleasePages(layer1.weight.view->data);
              });
      AddTask({.in = inner, .out = config_.dim, .src = kOperand, .add = on_tiles_}, parts[i].ffn2,
              [&layer2, hidden, first, columns](std::span<float> weight, std::span<float> bias) {
                for (std::size_t r = 0; r < bias.size(); ++r) {
                  Convert(layer2.weight, r * hidden + first, weight.subspan(r * columns, columns));
                }
                ReleasePages(layer2.weight.view->data);
                first == 0 ? Convert(layer2.bias, 0, bias) : std::fill(bias.begin(), bias.end(), 0.0f);
              });
    }
  }

  void AddInt8FeedForward(const LinearTensors& layer1, const LinearTensors& layer2, FeedForward& layers) {
    tasks_.push_back([this, &layer1, &layer2, &layers] {
      const auto dim = static_cast<std::size_t>(config_.dim), hidden = static_cast<std::size_t>(config_.hidden_dim);
      AlignedBuffer<float> weight1(hidden * dim), bias1(hidden), weight2(dim * hidden), bias2(dim);
      Convert(layer1, kOperand, weight1.span(), bias1.span());
      Convert(layer2, kOperand, weight2.span(), bias2.span());
      const PostOp activation = config_.activation == Activation::kGelu ? PostOp::kGelu : PostOp::kRelu;
      layers = FeedForward(config_.dim, config_.hidden_dim, weight1.span(), bias1.span(), weight2.span(), bias2.span(),
                           activation);
    });
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
  const ModelTensors& tensors_;
  const int max_team_;
  const bool on_tiles_ = OnTiles(kOperand);
  PackedWeights packed_;
  std::vector<std::function<void()>> tasks_;
};

}  // namespace

template <class T, class Words>
Weights<T, Words> LoadWeights(const Config& config, const ModelTensors& tensors, int threads, int max_team) {
  return Loader<T, Words>(config, tensors, max_team).Load(threads);
}
template Weights<float, float> LoadWeights(const Config&, const ModelTensors&, int, int);
template Weights<float, BFloat16> LoadWeights(const Config&, const ModelTensors&, int, int);
template Weights<std::int8_t, BFloat16> LoadWeights(const Config&, const ModelTensors&, int, int);
template Weights<BFloat16, BFloat16> LoadWeights(const Config&, const ModelTensors&, int, int);

}  // namespace valence::internal
