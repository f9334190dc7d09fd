// classify, end to end: batches of real sentences, and single texts by their length.
#include <string>
#include <vector>

#include "bench_context.h"
#include "full_width_model.h"
#include "texts.h"
#include "valence/valence.h"

namespace valence::internal {
namespace {

std::string ModelPath(bool full_width) {
  return full_width ? FullWidthModel().string() : std::string(VALENCE_DEFAULT_MODEL);
}

// A text of exactly `tokens` ids.
std::string TextOfTokens(std::int64_t tokens) {
  std::string text;
  for (std::int64_t i = 0; i < tokens - 2; ++i) text += i % 2 == 0 ? "good " : "movie ";
  return text;
}

void BM_Batch(benchmark::State& state, bool full_width) {
  const auto classifier = Classifier::load(ModelPath(full_width), {.threads = static_cast<int>(state.range(0))});
  const auto texts = Sst2Texts();
  std::size_t tokens = 0;
  for (const auto& text : texts) tokens += classifier.tokenizer().encode(text).ids.size();
  for (auto _ : state) benchmark::DoNotOptimize(classifier.classify(std::span(texts)));
  state.counters["tokens/s"] = PerSecond(static_cast<double>(tokens));
  state.counters["texts/s"] = PerSecond(static_cast<double>(texts.size()));
}
void Threads(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("threads")->Arg(1)->Arg(2)->UseRealTime()->Unit(benchmark::kMillisecond);
}
BENCHMARK_CAPTURE(BM_Batch, default_model, false)->Apply(Threads);
BENCHMARK_CAPTURE(BM_Batch, full_width, true)->Apply(Threads);

void BM_SingleText(benchmark::State& state, bool full_width) {
  const auto classifier = Classifier::load(ModelPath(full_width));
  const std::string text = TextOfTokens(state.range(0));
  for (auto _ : state) benchmark::DoNotOptimize(classifier.classify(text));
  state.counters["tokens/s"] = PerSecond(static_cast<double>(state.range(0)));
}
void Lengths(benchmark::internal::Benchmark* benchmark) {
  benchmark->ArgName("tokens")->UseRealTime()->Unit(benchmark::kMillisecond);
  for (const std::int64_t tokens : {8, 25, 128, 512}) benchmark->Arg(tokens);
}
BENCHMARK_CAPTURE(BM_SingleText, default_model, false)->Apply(Lengths);
BENCHMARK_CAPTURE(BM_SingleText, full_width, true)->Apply(Lengths);

void BM_Load(benchmark::State& state, bool full_width) {
  const std::string path = ModelPath(full_width);
  for (auto _ : state) benchmark::DoNotOptimize(Classifier::load(path));
}
BENCHMARK_CAPTURE(BM_Load, default_model, false)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_Load, full_width, true)->UseRealTime()->Unit(benchmark::kMillisecond);

[[maybe_unused]] const bool context_added = (AddMachineContext(), true);

}  // namespace
}  // namespace valence::internal
