// The encoder alone on one thread, by the lengths in a chunk; and where its time goes, stage by stage.
#include <string>
#include <vector>

#include "bench_context.h"
#include "files/model_folder.h"
#include "full_width_model.h"
#include "model/encoder.h"
#include "ops/implementation.h"

namespace valence::internal {
namespace {

// A chunk of about 256 tokens: texts of `length` tokens each, at least one.
PackedBatch ChunkOf(std::int64_t length) {
  PackedBatch batch;
  const std::vector<std::int32_t> text(static_cast<std::size_t>(length), 2000);
  do {
    batch.Append(text);
  } while (batch.tokens() + length <= 256);
  return batch;
}

// The stages' shares of the time are printed as counters, in percent.
void BM_Encoder(benchmark::State& state, DataType type) {
  if (type == DataType::kBf16 && !HasNativeBf16()) return state.SkipWithError("no bf16 on this CPU");
  const ModelFolder folder = OpenModelFolder(FullWidthModel());
  const auto encoder = Encoder::Load(folder.config, folder.weights, type, cpu_info().threads, 1);
  const auto worker = encoder->MakeState(512);
  const PackedBatch batch = ChunkOf(state.range(0));
  Team alone(1);
  TeamMember member(alone, 0);
  std::vector<float> logits;
  encoder->Forward(batch, *worker, *worker, member, logits);
  Profile profile;
  worker->profile = &profile;
  for (auto _ : state) encoder->Forward(batch, *worker, *worker, member, logits);
  double total = 0;
  for (const double seconds : profile.seconds) total += seconds;
  for (std::size_t i = 0; i < profile.seconds.size(); ++i) {
    state.counters[std::string("% ") + kStageNames[i]] = 100 * profile.seconds[i] / total;
  }
  state.counters["tokens/s"] = PerSecond(static_cast<double>(batch.tokens()));
  // Counts whole layers, also the part that the last layer, which computes [CLS] rows only, saves.
  const auto dim = static_cast<double>(folder.config.dim), hidden = static_cast<double>(folder.config.hidden_dim);
  const double flops = 2 * static_cast<double>(folder.config.n_layers) * dim * (4 * dim + 2 * hidden);
  state.counters["GFLOP/s"] = PerSecond(1e-9 * flops * static_cast<double>(batch.tokens()));
}
BENCHMARK_CAPTURE(BM_Encoder, bf16, DataType::kBf16)
    ->ArgName("length")
    ->Arg(8)
    ->Arg(25)
    ->Arg(64)
    ->Arg(128)
    ->Arg(256)
    ->Arg(512)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Encoder, f32, DataType::kF32)->ArgName("length")->Arg(25)->Unit(benchmark::kMillisecond);

[[maybe_unused]] const bool context_added = (AddMachineContext(), true);

}  // namespace
}  // namespace valence::internal
