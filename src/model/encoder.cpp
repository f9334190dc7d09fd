// The layers in order, each shared by the members of a team.
// More than 300 lines because the forward pass stands in one file, in the order in which it is computed.
#include "model/encoder.h"

#include <algorithm>
#include <string>
#include <type_traits>
#include <utility>

#include "cpu/amx.h"
#include "cpu/data_type.h"
#include "model/weights.h"
#include "ops/activation.h"
#include "ops/attention.h"
#include "ops/implementation.h"
#include "ops/linear.h"
#include "ops/norm.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

template <class T, class Words>
class EncoderOf final : public Encoder {
  static constexpr DataType kOperand = kDataTypeOf<T>;
  static constexpr bool kInt8 = kOperand == DataType::kS8;
  // Of queries, keys, values and attention's context. Products of s8 give f32, and the context is quantised afterwards.
  using Value = std::conditional_t<kInt8, float, T>;

 public:
  EncoderOf(const Config& config, Weights<T, Words> weights)
      : dim_(config.dim),
        heads_(config.n_heads),
        labels_(static_cast<std::int64_t>(config.labels.size())),
        activation_(config.activation),
        weights_(std::move(weights)) {}

  std::unique_ptr<WorkerState> MakeState(std::int64_t max_tokens) const override {
    const auto rows = static_cast<std::size_t>(RowBucket(kOperand, max_tokens)), dim = static_cast<std::size_t>(dim_);
    const auto columns = static_cast<std::size_t>(on_tiles_ ? OperandView<T>::TiledColumns(dim_) : operand_columns_);
    auto state = std::make_unique<WorkerState>();
    state->activations.hidden = AlignedBuffer<float>(rows * dim);
    state->activations.update = AlignedBuffer<float>(rows * dim);
    state->activations.operand = AlignedBuffer<std::byte>(rows * columns * sizeof(T));
    // Nothing writes the columns that fill up the last tile.
    if (on_tiles_) std::fill_n(state->activations.operand.data(), state->activations.operand.size(), std::byte());
    state->activations.qkv = AlignedBuffer<std::byte>(rows * 3 * dim * sizeof(Value), !kInt8);
    state->activations.inner = AlignedBuffer<std::byte>(InnerBytes(rows), !kInt8);  // a group's share is written
    state->activations.logits = AlignedBuffer<float>(rows * static_cast<std::size_t>(labels_));
    return state;
  }

  void Forward(const PackedBatch& batch, WorkerState& leader, WorkerState& self, TeamMember& member,
               std::vector<float>& logits) const override {
    Activations& a = leader.activations;
    const Pass pass{batch,
                    member,
                    leader,
                    self,
                    a.hidden.data(),
                    a.update.data(),
                    on_tiles_ ? a.hidden.data() : a.update.data(),
                    OperandOf(a),
                    reinterpret_cast<Value*>(a.qkv.data()),
                    a.inner.data(),
                    a.logits.data()};
    const AmxTileScope tiles(MultipliesOnTiles(kOperand));
    Embed(pass);  // ids [tokens] -> hidden, operand [tokens, dim]
    for (std::size_t i = 0; i + 1 < weights_.layers.size(); ++i) {
      RunLayer(weights_.layers[i], pass);  // -> hidden, operand [tokens, dim]
      Observe(pass, i + 1, batch.tokens());
    }
    RunLastLayer(weights_.layers.back(), pass);  // -> hidden, operand [texts, dim], the [CLS] rows
    Observe(pass, weights_.layers.size(), batch.texts());
    RunHead(pass, logits);  // -> logits [texts, labels]
  }

 private:
  // The arguments and buffers of one Forward; shapes as in Activations.
  struct Pass {
    const PackedBatch& batch;
    TeamMember& member;
    const WorkerState& leader;
    WorkerState& self;
    float* hidden;
    float* update;
    float* residual;  // where out and ffn2 leave their results: in hidden if they add to it, else in update
    OperandView<T> operand;
    Value* qkv;
    std::byte* inner;
    float* logits;
  };

  // How a team shares steps over `count` rows. By rows: a share is some rows of all steps from one attention to the
  // next. By columns, for few rows: a share is some columns of all rows of one step.
  static bool SharesColumns(std::int64_t count, int size) {
    return size > 1 && (count + size - 1) / size < RowsToShare(kOperand);
  }

  // Calls body(step), which calls step(work) for one step after the other, with work(Share).
  template <class F>
  static void RunSteps(std::int64_t count, const Pass& pass, const F& body) {
    if (SharesColumns(count, pass.member.size())) {
      body([&](const auto& work) { pass.member.Step(work); });
    } else {
      pass.member.Step([&](const Share& share) { body([&](const auto& work) { work(share); }); });
    }
  }

  // The rows of a share, of a step that is not shared by columns, or that never is.
  static std::pair<std::int64_t, std::int64_t> RowsOf(std::int64_t count, const Share& share) {
    const std::int64_t each = (count + share.size - 1) / share.size;
    return share.Of(count, SharesColumns(count, share.size) ? 1 : RowStep(kOperand, each));
  }

  void Embed(const Pass& pass) const {
    pass.member.Step([&](const Share& share) {
      const StageTimer timer(pass.self.profile, Stage::kEmbed);
      const auto [begin, end] = RowsOf(pass.batch.tokens(), share);
      EmbedNorm(end - begin, dim_, pass.batch.ids.data() + begin, pass.batch.positions.data() + begin,
                weights_.embeddings.words.view(), weights_.embeddings.positions.data(),
                weights_.embeddings.norm.parameters(), pass.hidden + begin * dim_, NormResult(pass).From(begin));
      if constexpr (kInt8) QuantizeRows(pass.hidden, begin, end, pass);
    });
    Observe(pass, 0, pass.batch.tokens());
  }

  void RunLayer(const LayerWeights& layer, const Pass& pass) const {
    const std::int64_t tokens = pass.batch.tokens();
    pass.member.Step([&](const Share& share) {  // qkv: [tokens, 3 dim]
      RunLinear(Stage::kQkv, layer.qkv, tokens, pass.operand.data, pass.qkv, pass, share);
    });
    const HeadRows<const Value> q{pass.qkv, 3 * dim_}, k{pass.qkv + dim_, 3 * dim_}, v{pass.qkv + 2 * dim_, 3 * dim_};
    RunAttention(pass, q, k, v, /*cls_only=*/false);  // operand: [tokens, dim], the context
    RunRest(layer, tokens, pass);
  }

  // The head reads the [CLS] rows only: so keys and values are computed for all tokens, the rest for one row of each
  // text.
  void RunLastLayer(const LayerWeights& layer, const Pass& pass) const {
    const std::int64_t texts = pass.batch.texts();
    pass.member.Step([&](const Share& share) {  // qkv: [tokens, 2 dim]
      RunLinear(Stage::kQkv, layer.qkv, pass.batch.tokens(), pass.operand.data, pass.qkv, pass, share);
    });
    pass.member.Step([&](const Share& share) {
      if (!share.is_first()) return;
      for (std::int64_t i = 1; i < texts; ++i) {  // offsets[i] >= i: rows only move forward
        const std::int64_t row = pass.batch.offsets[static_cast<std::size_t>(i)];
        std::copy_n(pass.hidden + row * dim_, dim_, pass.hidden + i * dim_);
        CopyRow(pass.operand, row, i);
      }
    });
    Value* const queries = reinterpret_cast<Value*>(pass.update);  // [texts, dim]; free until the output projection
    pass.member.Step(
        [&](const Share& share) { RunLinear(Stage::kQkv, layer.q, texts, pass.operand.data, queries, pass, share); });
    const HeadRows<const Value> q{queries, dim_}, k{pass.qkv, 2 * dim_}, v{pass.qkv + dim_, 2 * dim_};
    RunAttention(pass, q, k, v, /*cls_only=*/true);  // operand: [texts, dim], the context
    RunRest(layer, texts, pass);
  }

  // The rest of a layer, from attention's context in `operand`; in int8 still in `update`.
  void RunRest(const LayerWeights& layer, std::int64_t rows, const Pass& pass) const {
    RunSteps(rows, pass, [&](const auto& step) {
      if constexpr (kInt8) {
        step([&](const Share& share) {
          const auto [begin, end] = RowsOf(rows, share);
          QuantizeRows(pass.update, begin, end, pass);
        });
      }
      step([&](const Share& share) {
        RunLinear(Stage::kOut, layer.out, rows, pass.operand.data, pass.residual, pass, share);
      });
      step([&](const Share& share) { RunNorm(layer.attention_norm, rows, pass, share); });
      if constexpr (kInt8) {
        RunInt8FeedForward(layer.int8_ffn, rows, pass, step);
      } else {
        RunFeedForward(layer.ffn, rows, pass, step);
      }
      step([&](const Share& share) { RunNorm(layer.output_norm, rows, pass, share); });
    });
  }

  // In parts, so that the inner activations of many rows stay in the L2 cache.
  template <class Step>
  void RunFeedForward(const std::vector<FeedForwardPart>& parts, std::int64_t rows, const Pass& pass,
                      const Step& step) const {
    for (const FeedForwardPart& part : parts) {  // inner: [rows, columns of the part]
      step([&](const Share& share) {
        RunLinear(Stage::kFfn1, part.ffn1, rows, pass.operand.data, pass.inner, pass, share);
      });
      if (HasOwnPass(activation_)) {
        step([&](const Share& share) { RunActivation(part.ffn1, rows, pass, share); });
      }
      step([&](const Share& share) {
        RunLinear(Stage::kFfn2, part.ffn2, rows, pass.inner, pass.residual, pass, share);
      });
    }
  }

  // In place, with the scratch rows: in tiles a row lies between others.   inner: [rows, columns of the part]
  void RunActivation(const Linear& ffn1, std::int64_t rows, const Pass& pass, const Share& share) const {
    if constexpr (!kInt8) {  // the feed-forward layers of s8 operands apply it
      const StageTimer timer(pass.self.profile, Stage::kFfn1);
      const std::int64_t columns = ffn1.dst_row_bytes() / static_cast<std::int64_t>(sizeof(T));
      auto* const inner = reinterpret_cast<T*>(pass.inner);
      if (SharesColumns(rows, share.size)) {
        const auto [begin, end] = share.Of(RowBucket(kOperand, rows) * columns, OperandView<T>::kBlock);
        Activate(activation_, end - begin, inner + begin);
      } else {
        const auto [begin, end] = RowsOf(rows, share);
        Activate(activation_, RowBucket(kOperand, end - begin) * columns, inner + begin * columns);
      }
    }
  }

  // The same, whose inner activations become s8 part by part.
  template <class Step>
  void RunInt8FeedForward(const FeedForward& layers, std::int64_t rows, const Pass& pass, const Step& step) const {
    const auto* const src = reinterpret_cast<const std::byte*>(pass.operand.data);
    const auto timed = [&](const auto& work) {
      step([&](const Share& share) {
        const StageTimer timer(pass.self.profile, Stage::kFeedForward);
        work(share);
      });
    };
    if (SharesColumns(rows, pass.member.size())) {
      timed([&](const Share& share) { layers.RunFirst(rows, src, pass.inner, share); });
      timed([&](const Share& share) { layers.QuantizeInner(rows, pass.inner, share); });
      timed([&](const Share& share) { layers.RunSecond(rows, pass.residual, pass.inner, share); });
      return;
    }
    timed([&](const Share& share) {
      const auto [begin, end] = RowsOf(rows, share);
      layers.Run(end - begin, reinterpret_cast<const std::byte*>(pass.operand.Row(begin)), pass.residual + begin * dim_,
                 pass.inner + begin * layers.WorkspaceBytes());
    });
  }

  void RunHead(const Pass& pass, std::vector<float>& logits) const {
    const std::int64_t texts = pass.batch.texts();
    const void* const cls = kInt8 ? static_cast<const void*>(pass.hidden) : pass.operand.data;  // [texts, dim]
    RunSteps(texts, pass, [&](const auto& step) {
      step([&](const Share& share) {
        RunLinear(Stage::kHead, weights_.head.pre_classifier, texts, cls, pass.update, pass, share);
      });
      step([&](const Share& share) {
        const bool all = SharesColumns(texts, share.size);  // a few rows have no step of their own
        if (all && !share.is_first()) return;
        const auto [begin, end] = all ? std::pair(std::int64_t{0}, texts) : RowsOf(texts, share);
        float* const x = pass.update + begin * dim_;
        ActivateHead((end - begin) * dim_, x);
        weights_.head.classifier.Run(pass.self.matmul, end - begin, x, pass.logits + begin * labels_);
      });
    });
    pass.member.Step([&](const Share& share) {
      if (share.is_first()) logits.assign(pass.logits, pass.logits + texts * labels_);
    });
  }

  void ActivateHead(std::int64_t count, float* values) const {
    switch (weights_.head.activation) {
      case HeadActivation::kRelu:
        return Relu(count, values);
      case HeadActivation::kTanh:
        return Tanh(count, values);
    }
  }

  // --- Steps

  OperandView<T> OperandOf(Activations& a) const {
    auto* const data = reinterpret_cast<T*>(a.operand.data());
    return on_tiles_ ? OperandView<T>::Tiled(data, dim_) : OperandView<T>::Plain(data, operand_columns_);
  }

  // Where norms leave the next operand. That of s8 is made from the hidden states, which they write as well.
  OperandView<Value> NormResult(const Pass& pass) const {
    if constexpr (kInt8) {
      return OperandView<float>::Plain(pass.hidden, dim_);
    } else {
      return pass.operand;
    }
  }

  // from: [.., dim] -> the same rows of operand, in s8
  void QuantizeRows(const float* from, std::int64_t begin, std::int64_t end, const Pass& pass) const {
    Quantize(end - begin, dim_, from + begin * dim_, reinterpret_cast<std::byte*>(pass.operand.Row(begin)));
  }

  std::size_t InnerBytes(std::size_t rows) const {
    const LayerWeights& layer = weights_.layers.front();
    if constexpr (kInt8) {
      return rows * static_cast<std::size_t>(layer.int8_ffn.WorkspaceBytes());
    } else {
      return rows * static_cast<std::size_t>(layer.ffn.front().ffn1.dst_row_bytes());
    }
  }

  void CopyRow(const OperandView<T>& operand, std::int64_t from, std::int64_t to) const {
    for (std::int64_t c = 0; c < operand_columns_; c += OperandView<T>::kBlock) {
      std::copy_n(operand.At(from, c), std::min(operand_columns_ - c, OperandView<T>::kBlock), operand.At(to, c));
    }
  }

  //   src: [rows, in] -> dst: [rows, out]
  void RunLinear(Stage stage, const Linear& linear, std::int64_t rows, const void* src, void* dst, const Pass& pass,
                 const Share& share) const {
    const StageTimer timer(pass.self.profile, stage);
    if (SharesColumns(rows, share.size)) return linear.Run(pass.self.matmul, rows, src, dst, share);
    const auto [begin, end] = RowsOf(rows, share);
    linear.Run(pass.self.matmul, end - begin, static_cast<const std::byte*>(src) + begin * linear.src_row_bytes(),
               static_cast<std::byte*>(dst) + begin * linear.dst_row_bytes());
  }

  // hidden = norm(hidden + update); operand = hidden.
  void RunNorm(const NormWeights& norm, std::int64_t rows, const Pass& pass, const Share& share) const {
    const StageTimer timer(pass.self.profile, Stage::kNorm);
    const auto [begin, end] = RowsOf(rows, share);
    const float* const update = on_tiles_ ? nullptr : pass.update + begin * dim_;  // else it is in hidden already
    AddNorm(end - begin, dim_, update, norm.parameters(), pass.hidden + begin * dim_, NormResult(pass).From(begin));
    if constexpr (kInt8) QuantizeRows(pass.hidden, begin, end, pass);
  }

  // The members share the pairs of text and head. Writes the context to `operand`: one row for each token, or with
  // cls_only one for each text, from one query row for each text.
  void RunAttention(const Pass& pass, HeadRows<const Value> q, HeadRows<const Value> k, HeadRows<const Value> v,
                    bool cls_only) const {
    const OperandView<Value> contexts = Contexts(pass);
    pass.member.Step([&](const Share& share) {
      const StageTimer timer(pass.self.profile, Stage::kAttention);
      const std::int64_t head_dim = dim_ / heads_;
      const auto [begin, end] = share.Of(pass.batch.texts() * heads_);
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t text = i / heads_, column = i % heads_ * head_dim;
        const std::int64_t first = pass.batch.offsets[static_cast<std::size_t>(text)];
        const std::int64_t length = pass.batch.offsets[static_cast<std::size_t>(text) + 1] - first;
        const std::int64_t query = cls_only ? text : first;
        const auto at = [column](HeadRows<const Value> of, std::int64_t row) {
          return HeadRows<const Value>{of.data + row * of.stride + column, of.stride};
        };
        AttendText(cls_only ? 1 : length, length, head_dim, at(q, query), at(k, first), at(v, first),
                   contexts.From(query), column, pass.self.matmul, pass.self.attention);
      }
    });
  }

  // Where attention leaves its context. For s8 that is `update`, in the last layer each head in place of its query.
  OperandView<Value> Contexts(const Pass& pass) const {
    if constexpr (kInt8) {
      return OperandView<float>::Plain(pass.update, dim_);
    } else {
      return pass.operand;
    }
  }

  void Observe(const Pass& pass, std::size_t layer, std::int64_t rows) const {
    if (!pass.leader.observe_for_test) return;
    pass.member.Step([&](const Share& share) {
      if (share.is_first()) pass.leader.observe_for_test(static_cast<std::int64_t>(layer), rows, pass.hidden);
    });
  }

  const std::int64_t dim_, heads_, labels_;
  const Activation activation_;
  const std::int64_t operand_columns_ = kInt8 ? Int8RowBytes(dim_) : dim_;  // of T, from a plain row to the next
  const bool on_tiles_ = OnTiles(kOperand);
  const Weights<T, Words> weights_;
};

}  // namespace

std::unique_ptr<const Encoder> Encoder::Load(const Config& config, const Safetensors& file, DataType operands,
                                             int threads, int max_team) {
  const ModelTensors tensors = FindModelTensors(config, file);  // checks all: a bad file is refused at once
  const auto load = [&]<class T, class Words>() -> std::unique_ptr<const Encoder> {
    return std::make_unique<EncoderOf<T, Words>>(config, LoadWeights<T, Words>(config, tensors, threads, max_team));
  };
  switch (operands) {
    case DataType::kF32:  // Word embeddings that are bf16 in the file have the same values in half the memory.
      return tensors.words.view->dtype == DataType::kBf16 ? load.template operator()<float, BFloat16>()
                                                          : load.template operator()<float, float>();
    case DataType::kBf16:
      return load.template operator()<BFloat16, BFloat16>();
    case DataType::kS8:
      return load.template operator()<std::int8_t, std::int8_t>();
    case DataType::kF64:
    case DataType::kF16:
      break;
  }
  throw Error(ErrorCode::kInvalidArgument,
              std::string("type of the operands: expected f32, bf16 or s8, found ") + ToString(operands));
}

}  // namespace valence::internal
