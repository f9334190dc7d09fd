// The layers in order. Every step is shared out among the team's members and ends at a barrier.
#include "model/encoder.h"

#include <algorithm>
#include <cstring>
#include <type_traits>

#include "cpu/bfloat16.h"
#include "kernels/norm.h"
#include "model/attention.h"
#include "model/weights.h"

namespace valence::internal {
namespace {

template <class T>
class EncoderOf final : public Encoder {
 public:
  EncoderOf(const Config& config, Weights<T> weights)
      : dim_(config.dim),
        heads_(config.n_heads),
        wide_(std::max(3 * config.dim, config.hidden_dim)),
        labels_(static_cast<std::int64_t>(config.labels.size())),
        weights_(std::move(weights)) {}

  std::unique_ptr<WorkerState> MakeState(std::int64_t max_tokens) const override {
    const auto rows = static_cast<std::size_t>(RowBucket(max_tokens));
    const auto dim = static_cast<std::size_t>(dim_);
    auto state = std::make_unique<WorkerState>();
    state->activations.hidden = AlignedBuffer<float>(rows * dim);
    state->activations.update = AlignedBuffer<float>(rows * dim);
    state->activations.operand = AlignedBuffer<std::byte>(rows * dim * sizeof(T));
    // The logits pass through here too, as f32.
    const std::size_t wide =
        std::max(static_cast<std::size_t>(wide_) * sizeof(T), static_cast<std::size_t>(labels_) * 4);
    state->activations.wide = AlignedBuffer<std::byte>(rows * wide);
    return state;
  }

  void Forward(const PackedBatch& batch, WorkerState& leader, WorkerState& self, const TeamMember& member,
               std::vector<float>& logits) const override {
    Activations& a = leader.activations;
    const Pass pass{batch,
                    member,
                    self,
                    a.hidden.data(),
                    a.update.data(),
                    reinterpret_cast<T*>(a.operand.data()),
                    reinterpret_cast<T*>(a.wide.data())};
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
  // What the steps of one Forward share; the shapes are those of Activations.
  struct Pass {
    const PackedBatch& batch;
    const TeamMember& member;
    WorkerState& self;
    float* hidden;
    float* update;
    T* operand;
    T* wide;
  };

  void Embed(const Pass& pass) const {
    {
      const StageTimer timer(pass.self.profile, Stage::kEmbed);
      const auto [begin, end] = pass.member.Share(pass.batch.tokens());
      EmbedNorm(end - begin, dim_, pass.batch.ids.data() + begin, pass.batch.positions.data() + begin,
                weights_.embeddings.words.data(), weights_.embeddings.positions.data(),
                weights_.embeddings.norm.parameters(), pass.hidden + begin * dim_, pass.operand + begin * dim_);
    }
    pass.member.Barrier();
    Observe(pass, 0, pass.batch.tokens());
  }

  void RunLayer(const LayerWeights& layer, const Pass& pass) const {
    const std::int64_t tokens = pass.batch.tokens();
    RunLinear(Stage::kQkv, layer.qkv, tokens, pass.operand, pass.wide, pass);  // wide: [tokens, 3 dim]
    const HeadRows<const T> q{pass.wide, 3 * dim_}, k{pass.wide + dim_, 3 * dim_}, v{pass.wide + 2 * dim_, 3 * dim_};
    RunAttention(pass, q, k, v, /*cls_only=*/false);  // operand: [tokens, dim], the context
    RunRest(layer, tokens, pass);
  }

  // Only the [CLS] rows are read behind the last layer: all tokens give keys and values, all else is one row a text.
  void RunLastLayer(const LayerWeights& layer, const Pass& pass) const {
    const std::int64_t texts = pass.batch.texts();
    RunLinear(Stage::kQkv, layer.qkv, pass.batch.tokens(), pass.operand, pass.wide, pass);  // wide: [tokens, 2 dim]
    if (pass.member.leads()) {
      for (std::int64_t i = 1; i < texts; ++i) {  // offsets[i] >= i: rows only move forward
        const std::int64_t row = pass.batch.offsets[static_cast<std::size_t>(i)];
        std::copy_n(pass.hidden + row * dim_, dim_, pass.hidden + i * dim_);
        std::copy_n(pass.operand + row * dim_, dim_, pass.operand + i * dim_);
      }
    }
    pass.member.Barrier();
    T* const queries = reinterpret_cast<T*>(pass.update);  // [texts, dim]; free until the output projection
    RunLinear(Stage::kQkv, layer.q, texts, pass.operand, queries, pass);
    const HeadRows<const T> q{queries, dim_}, k{pass.wide, 2 * dim_}, v{pass.wide + dim_, 2 * dim_};
    RunAttention(pass, q, k, v, /*cls_only=*/true);  // operand: [texts, dim], the context
    RunRest(layer, texts, pass);
  }

  // From attention's context in `operand` to the layer's end, on `rows` rows.
  void RunRest(const LayerWeights& layer, std::int64_t rows, const Pass& pass) const {
    RunLinear(Stage::kOut, layer.out, rows, pass.operand, pass.update, pass);
    RunNorm(layer.attention_norm, rows, pass);
    RunLinear(Stage::kFfn1, layer.ffn1, rows, pass.operand, pass.wide, pass);  // wide: [rows, hidden_dim]
    RunLinear(Stage::kFfn2, layer.ffn2, rows, pass.wide, pass.update, pass);
    RunNorm(layer.output_norm, rows, pass);
  }

  void RunHead(const Pass& pass, std::vector<float>& logits) const {
    const std::int64_t texts = pass.batch.texts();
    auto* const padded = reinterpret_cast<float*>(pass.wide);  // [RowBucket(texts), labels]
    RunLinear(Stage::kHead, weights_.head.pre_classifier, texts, pass.operand, pass.update, pass);
    // oneDNN's ReLU turns NaN into 0, which would make a confident answer of a broken model; this one keeps it.
    const auto [begin, end] = pass.member.Share(texts);
    for (float* x = pass.update + begin * dim_; x != pass.update + end * dim_; ++x) *x = *x < 0.0f ? 0.0f : *x;
    pass.member.Barrier();
    RunLinear(Stage::kHead, weights_.head.classifier, texts, pass.update, padded, pass);
    if (pass.member.leads()) logits.assign(padded, padded + texts * labels_);
  }

  // --- Steps

  void RunLinear(Stage stage, const Linear& linear, std::int64_t rows, const void* src, void* dst,
                 const Pass& pass) const {
    {
      const StageTimer timer(pass.self.profile, stage);
      linear.Run(pass.self.matmul, rows, src, dst, pass.member);
    }
    pass.member.Barrier();
  }

  // hidden += update, normalised; operand follows. Rows are shared out.
  void RunNorm(const NormWeights& norm, std::int64_t rows, const Pass& pass) const {
    {
      const StageTimer timer(pass.self.profile, Stage::kNorm);
      const auto [begin, end] = pass.member.Share(rows);
      AddNorm(end - begin, dim_, pass.update + begin * dim_, norm.parameters(), pass.hidden + begin * dim_,
              pass.operand + begin * dim_);
    }
    pass.member.Barrier();
  }

  // Pairs of text and head are shared out; each sees its own text only. The context goes to `operand`: a row a token,
  // or with cls_only a row a text, from one query row a text.
  void RunAttention(const Pass& pass, HeadRows<const T> q, HeadRows<const T> k, HeadRows<const T> v,
                    bool cls_only) const {
    {
      const StageTimer timer(pass.self.profile, Stage::kAttention);
      const std::int64_t head_dim = dim_ / heads_;
      const auto [begin, end] = pass.member.Share(pass.batch.texts() * heads_);
      for (std::int64_t i = begin; i < end; ++i) {
        const std::int64_t text = i / heads_, column = i % heads_ * head_dim;
        const std::int64_t first = pass.batch.offsets[static_cast<std::size_t>(text)];
        const std::int64_t length = pass.batch.offsets[static_cast<std::size_t>(text) + 1] - first;
        const std::int64_t query = cls_only ? text : first;
        const auto at = [column](HeadRows<const T> rows, std::int64_t row) {
          return HeadRows<const T>{rows.data + row * rows.stride + column, rows.stride};
        };
        const HeadRows<T> context{pass.operand + query * dim_ + column, dim_};
        if (cls_only) {
          Attention(1, length, head_dim, at(q, query), at(k, first), at(v, first), context, pass.self.attention);
        } else {
          AttendText(length, head_dim, at(q, query), at(k, first), at(v, first), context, pass.self.matmul,
                     pass.self.attention);
        }
      }
    }
    pass.member.Barrier();
  }

  void Observe(const Pass& pass, std::size_t layer, std::int64_t rows) const {
    if (!pass.self.observe_for_test || !pass.member.leads()) return;
    pass.self.observe_for_test(static_cast<std::int64_t>(layer), rows, pass.hidden);
  }

  const std::int64_t dim_, heads_;
  const std::int64_t wide_;  // columns of Activations::wide
  const std::int64_t labels_;
  const Weights<T> weights_;
};

}  // namespace

std::unique_ptr<const Encoder> Encoder::Load(const Config& config, const Safetensors& file, Element element,
                                             int threads, int max_team) {
  if (element == Element::kF32) {
    return std::make_unique<EncoderOf<float>>(config, LoadWeights<float>(config, file, threads, max_team));
  }
  return std::make_unique<EncoderOf<BFloat16>>(config, LoadWeights<BFloat16>(config, file, threads, max_team));
}

}  // namespace valence::internal
