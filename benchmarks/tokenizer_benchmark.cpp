// Tokenization only: SST-2 dev texts, one long ASCII review, the same with accents, and a text far above the limit.
#include <benchmark/benchmark.h>

#include <cstdint>
#include <fstream>
#include <string>
#include <vector>

#include "valence/tokenizer.h"

namespace {

const valence::Tokenizer& DefaultTokenizer() {
  static const valence::Tokenizer tokenizer = valence::Tokenizer::load(VALENCE_DEFAULT_MODEL);
  return tokenizer;
}

std::vector<std::string> Sst2Dev() {
  std::ifstream file(VALENCE_TEST_DATA "/sst2-dev.tsv");
  std::vector<std::string> texts;
  std::string line;
  std::getline(file, line);  // the names of the columns
  while (std::getline(file, line)) texts.push_back(line.substr(0, line.rfind('\t')));
  return texts;
}

// About 1,200 characters, the length of a film review on the web.
const char kReview[] =
    "I went to see this film on a rainy Tuesday, expecting very little, and came out two hours later wanting to call "
    "everyone I know. The story isn't new: a retired clockmaker, his estranged daughter, one last commission. But the "
    "way it's told! Nothing is explained twice; the camera trusts you to notice the unfinished letter on the desk, the "
    "coat that nobody has moved since 1987, the cup with the chipped rim. Harriet Lindqvist is quietly astonishing as "
    "the daughter, especially in the kitchen scene (you'll know it when you see it), and old Mr. Abernathy, who hasn't "
    "had a leading role in a decade, underplays everything to heartbreaking effect. Is it perfect? No. The subplot "
    "about the insurance investigator drags, some of the dialogue in the second act is overwritten, and whoever mixed "
    "the soundtrack should be made to listen to it through a wall. The ending will divide people; I found it "
    "unexpectedly generous. Still, how many films this year made a full house sit through the credits in silence? "
    "Photographed in cold blues and sudden, almost embarrassing golds, patiently edited, never manipulative: 9/10, and "
    "I'd happily watch it again tomorrow.";

void Run(benchmark::State& state, const std::vector<std::string>& texts) {
  const valence::Tokenizer& tokenizer = DefaultTokenizer();
  std::vector<std::int32_t> ids;
  std::size_t tokens = 0, bytes = 0;
  for (auto _ : state) {
    for (const std::string& text : texts) {
      ids.clear();
      tokenizer.encode_to(text, 512, ids);
      benchmark::DoNotOptimize(ids.data());
      tokens += ids.size();
      bytes += text.size();
    }
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
  const auto texts_done = static_cast<double>(state.iterations()) * static_cast<double>(texts.size());
  state.counters["texts/s"] = benchmark::Counter(texts_done, benchmark::Counter::kIsRate);
  state.counters["tokens/s"] = benchmark::Counter(static_cast<double>(tokens), benchmark::Counter::kIsRate);
}

void BM_Sst2Dev(benchmark::State& state) { Run(state, Sst2Dev()); }
BENCHMARK(BM_Sst2Dev);

void BM_LongAsciiReview(benchmark::State& state) { Run(state, {kReview}); }
BENCHMARK(BM_LongAsciiReview);

// Every other e has an acute accent: normalization, which ASCII does not need.
void BM_LongAccentedReview(benchmark::State& state) {
  std::string text;
  bool accented = false;
  for (const char c : std::string(kReview)) {
    if (c == 'e') accented = !accented;
    if (c == 'e' && accented) {
      text += "\xc3\xa9";
    } else {
      text += c;
    }
  }
  Run(state, {text});
}
BENCHMARK(BM_LongAccentedReview);

// 10 MB of which 512 tokens are needed: the rest must take no time. The bytes per second mean nothing here.
void BM_TenMegabytes(benchmark::State& state) {
  std::string text;
  while (text.size() < 10'000'000) text += kReview;
  Run(state, {text});
}
BENCHMARK(BM_TenMegabytes);

void BM_Load(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(valence::Tokenizer::load(VALENCE_DEFAULT_MODEL));
}
BENCHMARK(BM_Load)->Unit(benchmark::kMillisecond);

}  // namespace
