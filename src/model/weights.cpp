// From the tensors of model.safetensors to packed weights.
#include "model/weights.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cpu/data_type.h"
#include "cpu/parallel.h"
#include "files/mapped_file.h"
#include "files/tensor_values.h"
#include "model/int8_row.h"
#include "ops/implementation.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

// All rows of the layers, one below the other.
void ReadInt8(const std::vector<const LinearTensors*>& layers, Int8Weights& weights, std::span<float> bias) {
  const std::int64_t rows = weights.rows / static_cast<std::int64_t>(layers.size());
  std::int64_t row = 0;
  for (const LinearTensors* const layer : layers) {
    ReadValues(layer->bias, 0, bias.subspan(static_cast<std::size_t>(row), static_cast<std::size_t>(rows)));
    Int8RowReader reader(layer->weight);
    for (std::int64_t r = 0; r < rows; ++r, ++row) {
      weights.scales[static_cast<std::size_t>(row)] = reader.ReadFinite(static_cast<std::size_t>(r), weights.Row(row));
    }
    ReleasePages(layer->weight.view->data);
  }
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

  void AddWords(WordTable<Words>& words) {
    const auto dim = static_cast<std::size_t>(config_.dim), count = static_cast<std::size_t>(config_.vocab_size);
    if constexpr (!kInt8) {
      words.values = AlignedBuffer<Words>(count * dim);
      AddPieces([this, &words, dim](std::size_t first, std::size_t last) {
        std::vector<float> row(dim);
        for (std::size_t r = first; r < last; ++r) {
          ReadValues(tensors_.words, r * dim, row);
          Store(row, words.values.data() + r * dim);
        }
      });
    } else {
      words.scales = AlignedBuffer<float>(count);
      if (tensors_.words.view->dtype == DataType::kS8) {
        words.values = Int8Values(tensors_.words).data();
        words.mapping = tensors_.words.view->file;
        return ReadValues({tensors_.words.name, tensors_.words.scales}, 0, words.scales.span());
      }
      words.own = AlignedBuffer<std::int8_t>(count * dim);
      words.values = words.own.data();
      AddPieces([this, &words, dim](std::size_t first, std::size_t last) {
        Int8RowReader reader(tensors_.words);
        for (std::size_t r = first; r < last; ++r) {
          words.scales[r] = reader.Read(r, words.own.span().subspan(r * dim, dim));
        }
      });
    }
  }

  // convert(first, last) for rows of the word embeddings, in pieces so that all threads have a part of the largest
  // tensor.
  template <class Convert>
  void AddPieces(const Convert& convert) {
    const auto count = static_cast<std::size_t>(config_.vocab_size);
    constexpr std::size_t kPiece = 2048;
    for (std::size_t first = 0; first < count; first += kPiece) {
      const std::size_t last = std::min(count, first + kPiece);
      tasks_.push_back([this, convert, first, last] {
        convert(first, last);
        const TensorView& tensor = *tensors_.words.view;
        const std::size_t row_bytes = static_cast<std::size_t>(config_.dim) * SizeOf(*tensor.dtype);
        ReleasePages(tensor.data.subspan(first * row_bytes, (last - first) * row_bytes));
      });
    }
  }

  // positions: [max_tokens, dim]. Every token has type 0, so its embedding is added here once.
  void AddPositions(AlignedBuffer<float>& positions) {
    const auto dim = static_cast<std::size_t>(config_.dim);
    positions = AlignedBuffer<float>(static_cast<std::size_t>(config_.max_tokens()) * dim);
    const auto offset = static_cast<std::size_t>(config_.architecture->position_offset);
    ReadValues(tensors_.positions, offset * dim, positions.span());
    ReleasePages(tensors_.positions.view->data);
    if (!tensors_.token_types) return;
    std::vector<float> type(dim);
    ReadValues(*tensors_.token_types, 0, type);
    for (std::size_t i = 0; i < positions.span().size(); ++i) positions.data()[i] += type[i % dim];
  }

  void AddNorm(const NormTensors& from, NormWeights& norm) {
    const auto dim = static_cast<std::size_t>(config_.dim);
    norm = {AlignedBuffer<float>(dim), AlignedBuffer<float>(dim), config_.layer_norm_epsilon};
    ReadValues(from.gamma, 0, norm.gamma.span());
    ReadValues(from.beta, 0, norm.beta.span());
  }

  // One layer from the rows of one or more published ones of equal size.
  void AddLinear(const std::vector<const LinearTensors*>& layers, const LinearSpec& spec, Linear& linear) {
    if (spec.src == DataType::kS8) {
      tasks_.push_back([layers, spec, &linear, place = packed_.Reserve(spec), this] {
        Int8Weights weight(spec.out, spec.in);
        AlignedBuffer<float> bias(static_cast<std::size_t>(spec.out));
        ReadInt8(layers, weight, bias.span());
        linear = Linear(spec, weight, bias.span(), packed_, place);
      });
      return;
    }
    const auto in = static_cast<std::size_t>(spec.in), out = static_cast<std::size_t>(spec.out) / layers.size();
    AddTask(spec, linear, [layers, in, out](std::span<float> weight, std::span<float> bias) {
      for (std::size_t i = 0; i < layers.size(); ++i) {
        ReadValues(layers[i]->weight, 0, weight.subspan(i * out * in, out * in));
        ReadValues(layers[i]->bias, 0, bias.subspan(i * out, out));
        ReleasePages(layers[i]->weight.view->data);
      }
    });
  }

  void AddFeedForward(const LinearTensors& layer1, const LinearTensors& layer2, std::vector<FeedForwardPart>& parts) {
    const auto dim = static_cast<std::size_t>(config_.dim), hidden = static_cast<std::size_t>(config_.hidden_dim);
    const auto most = static_cast<std::size_t>(std::min(FeedForwardColumns(kOperand), config_.hidden_dim));
    parts.resize((hidden + most - 1) / most);
    for (std::size_t i = 0; i < parts.size(); ++i) {
      const std::size_t first = i * most, columns = std::min(most, hidden - first);
      const auto inner = static_cast<std::int64_t>(columns);
      AddTask({.in = config_.dim,
               .out = inner,
               .src = kOperand,
               .dst = kOperand,
               .post_op = FusedPostOp(config_.activation),
               .tiled_dst = on_tiles_},
              parts[i].ffn1, [&layer1, dim, first](std::span<float> weight, std::span<float> bias) {
                ReadValues(layer1.weight, first * dim, weight);
                ReadValues(layer1.bias, first, bias);
                ReleasePages(layer1.weight.view->data);
              });
      AddTask({.in = inner, .out = config_.dim, .src = kOperand, .add = on_tiles_}, parts[i].ffn2,
              [&layer2, hidden, first, columns](std::span<float> weight, std::span<float> bias) {
                for (std::size_t r = 0; r < bias.size(); ++r) {
                  ReadValues(layer2.weight, r * hidden + first, weight.subspan(r * columns, columns));
                }
                ReleasePages(layer2.weight.view->data);
                first == 0 ? ReadValues(layer2.bias, 0, bias) : std::fill(bias.begin(), bias.end(), 0.0f);
              });
    }
  }

  void AddInt8FeedForward(const LinearTensors& layer1, const LinearTensors& layer2, FeedForward& layers) {
    tasks_.push_back([this, &layer1, &layer2, &layers, place = packed_.int8()->Reserve()] {
      const std::int64_t dim = config_.dim, hidden = config_.hidden_dim;
      Int8Weights weight1(hidden, dim), weight2(dim, hidden);
      AlignedBuffer<float> bias1(static_cast<std::size_t>(hidden)), bias2(static_cast<std::size_t>(dim));
      ReadInt8({&layer1}, weight1, bias1.span());
      ReadInt8({&layer2}, weight2, bias2.span());
      layers = FeedForward(weight1, bias1.span(), weight2, bias2.span(), config_.activation, packed_.int8(), place);
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
template Weights<std::int8_t, std::int8_t> LoadWeights(const Config&, const ModelTensors&, int, int);
template Weights<BFloat16, BFloat16> LoadWeights(const Config&, const ModelTensors&, int, int);

}  // namespace valence::internal
