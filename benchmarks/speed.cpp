// Prints a table of the library's speed and its bound, the bare matmuls, in one interleaved run; and how it scales.
//   speed [--model DIR] [--threads N] [--rounds N] [--callers] [--scale] [--precisions bf16,int8]
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "bare_matmul.h"
#include "full_width_model.h"
#include "precision_argument.h"
#include "settings.h"
#include "texts.h"
#include "valence/valence.h"

namespace {

using namespace valence;
using Clock = std::chrono::steady_clock;

double Since(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

struct Samples {
  std::string name;
  std::vector<double> values;

  double Median() const {
    std::vector<double> sorted = values;
    std::sort(sorted.begin(), sorted.end());
    return sorted[sorted.size() / 2];
  }
  void Print(double base, const char* unit) const {
    const auto [low, high] = std::minmax_element(values.begin(), values.end());
    std::printf("%-44s %10.1f %-9s (%.1f to %.1f)  %.3f\n", name.c_str(), Median(), unit, *low, *high, Median() / base);
    std::fflush(stdout);
  }
};

std::size_t CountTokens(const Classifier& classifier, const std::vector<std::string>& texts) {
  std::size_t tokens = 0;
  for (const auto& text : texts) {
    tokens += classifier.tokenizer().encode(text, static_cast<std::size_t>(classifier.max_tokens())).ids.size();
  }
  return tokens;
}

// Tokens a second, end to end, with tokenization.
double Throughput(const Classifier& classifier, const std::vector<std::string>& texts, std::size_t tokens) {
  const auto begin = Clock::now();
  classifier.classify(std::span(texts));
  return static_cast<double>(tokens) / Since(begin);
}

void AgainstMatmuls(const std::string& model, int threads, int rounds) {
  const auto two = Classifier::load(model, {.threads = threads});
  const auto one = Classifier::load(model, {.threads = 1});
  const internal::BareMatmul bare(internal::ReadConfig(model + "/config.json"), internal::OperandType(two.precision()));
  const auto short_texts = internal::Sst2Texts();
  const auto long_texts = internal::JoinedTexts(short_texts, 24, 520);
  const std::size_t short_tokens = CountTokens(two, short_texts), long_tokens = CountTokens(two, long_texts);

  std::int64_t best_rows = 0;
  double best = 0;
  for (const std::int64_t rows : {64, 128, 192, 256, 384, 512}) {
    const double rate = bare.TokensPerSecond(threads, rows, 1.0);
    if (rate > best) best = rate, best_rows = rows;
  }
  Throughput(two, short_texts, short_tokens);
  Throughput(one, short_texts, short_tokens);
  Throughput(two, long_texts, long_tokens);

  const std::string on = ", " + std::to_string(threads) + " threads";
  Samples matmuls{"bare matmuls, " + std::to_string(best_rows) + " rows" + on, {}};
  Samples all{"classify, SST-2 dev in file order" + on, {}}, single{"classify, SST-2 dev in file order, 1 thread", {}};
  Samples longest{"classify, texts of 512 tokens" + on, {}};
  for (int round = 0; round < rounds; ++round) {
    matmuls.values.push_back(bare.TokensPerSecond(threads, best_rows, 4.0));
    all.values.push_back(Throughput(two, short_texts, short_tokens));
    longest.values.push_back(Throughput(two, long_texts, long_tokens));
    single.values.push_back(Throughput(one, short_texts, short_tokens));
  }
  for (const auto* samples : {&matmuls, &all, &longest, &single}) samples->Print(matmuls.Median(), "tokens/s");
  std::printf("%d threads against 1: %.2f\n", threads, all.Median() / single.Median());
}

// Eight threads that send one text at a time each, compared with one batch call on the same texts.
void Callers(const std::string& model, int threads, int rounds) {
  constexpr std::size_t kCallers = 8;
  const auto classifier = Classifier::load(model, {.threads = threads});
  const auto texts = internal::Sst2Texts();
  classifier.classify(std::span(texts));
  Samples batch{"one call with all texts", {}}, many{"8 callers, one text at a time", {}};
  Samples p50{"  one call's time, p50", {}}, p99{"  one call's time, p99", {}};
  for (int round = -1; round < rounds; ++round) {  // the first one creates the primitives
    auto begin = Clock::now();
    classifier.classify(std::span(texts));
    const double batch_rate = static_cast<double>(texts.size()) / Since(begin);
    std::vector<double> times(texts.size());
    begin = Clock::now();
    {
      std::vector<std::jthread> callers;
      for (std::size_t c = 0; c < kCallers; ++c) {
        callers.emplace_back([&, c] {
          for (std::size_t i = c; i < texts.size(); i += kCallers) {
            const auto sent = Clock::now();
            classifier.classify(texts[i]);
            times[i] = Since(sent) * 1e3;
          }
        });
      }
    }
    const double rate = static_cast<double>(texts.size()) / Since(begin);
    if (round < 0) continue;
    std::sort(times.begin(), times.end());
    batch.values.push_back(batch_rate);
    many.values.push_back(rate);
    p50.values.push_back(times[times.size() / 2]);
    p99.values.push_back(times[times.size() * 99 / 100]);
  }
  batch.Print(batch.Median(), "texts/s");
  many.Print(batch.Median(), "texts/s");
  p50.Print(p50.Median(), "ms");
  p99.Print(p50.Median(), "ms");
}

// The time for a token in batches of growing size.
void Scale(const std::string& model, int threads) {
  const auto classifier = Classifier::load(model, {.threads = threads});
  const auto base = internal::Sst2Texts();
  classifier.classify(std::span(base));
  const auto repeated = [&](std::size_t count) {
    std::vector<std::string> texts;
    for (std::size_t i = 0; i < count; ++i) texts.push_back(base[i % base.size()]);
    return texts;
  };
  const auto thousand = repeated(1000);
  const std::size_t thousand_tokens = CountTokens(classifier, thousand);
  for (const std::size_t count : {10000u, 50000u, 200000u}) {
    const auto texts = repeated(count);
    const std::size_t tokens = CountTokens(classifier, texts);
    Samples small{"1,000 texts at a time", {}}, large{std::to_string(count) + " texts at a time", {}};
    for (int i = 0; i < 4; ++i) small.values.push_back(Throughput(classifier, thousand, thousand_tokens));
    large.values.push_back(Throughput(classifier, texts, tokens));
    for (int i = 0; i < 4; ++i) small.values.push_back(Throughput(classifier, thousand, thousand_tokens));
    small.Print(small.Median(), "tokens/s");
    large.Print(small.Median(), "tokens/s");
  }
}

// One line for each precision, measured in turns: ratios are to the first.
void ComparePrecisions(const std::string& model, int threads, int rounds, const std::vector<Precision>& precisions) {
  std::vector<Classifier> classifiers;
  for (const Precision precision : precisions) {
    classifiers.push_back(Classifier::load(model, {.threads = threads, .precision = precision}));
  }
  const auto base = internal::Sst2Texts();
  const auto compare = [&](const std::string& what, const std::vector<std::string>& texts, double unit_seconds,
                           const char* unit, bool rate, int calls) {
    const auto tokens = static_cast<double>(CountTokens(classifiers.front(), texts));
    std::vector<Samples> samples;
    for (const Precision precision : precisions) samples.push_back({what + ", " + to_string(precision), {}});
    for (int round = -1; round < rounds; ++round) {  // the first one makes the primitives
      for (std::size_t i = 0; i < classifiers.size(); ++i) {
        const auto begin = Clock::now();
        for (int call = 0; call < calls; ++call) classifiers[i].classify(std::span(texts));
        const double seconds = Since(begin) / calls;
        if (round >= 0) samples[i].values.push_back((rate ? tokens / seconds : seconds) / unit_seconds);
      }
    }
    for (const Samples& line : samples) line.Print(samples.front().Median(), unit);
  };
  compare("SST-2 dev in file order", base, 1, "tokens/s", true, 1);
  compare("texts of 512 tokens", internal::JoinedTexts(base, 24, 520), 1, "tokens/s", true, 1);
  for (const std::size_t length : {8u, 25u, 128u, 512u}) {
    // A word is a token; two are special.
    std::string text;
    for (std::size_t i = 2; i < length; ++i) text += "good ";
    compare("one text of " + std::to_string(length) + " tokens", {text}, 1e-3, "ms", false, length > 100 ? 10 : 50);
  }
}

}  // namespace

int main(int argc, char** argv) {
  std::string model;
  int threads = cpu_info().threads, rounds = 5;
  bool callers = false, scale = false;
  std::vector<Precision> precisions;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    const auto value = [&] {
      return ++i < argc ? argv[i] : (std::fprintf(stderr, "%s: no value\n", argv[i - 1]), std::exit(2), "");
    };
    if (option == "--model")
      model = value();
    else if (option == "--threads")
      threads = std::atoi(value());
    else if (option == "--rounds")
      rounds = std::atoi(value());
    else if (option == "--callers")
      callers = true;
    else if (option == "--scale")
      scale = true;
    else if (option == "--precisions") {
      std::stringstream names(value());
      for (std::string name; std::getline(names, name, ',');) precisions.push_back(internal::ParsePrecision(name));
    } else
      return std::fprintf(stderr,
                          "usage: speed [--model DIR] [--threads N] [--rounds N] [--callers] [--scale]\n"
                          "             [--precisions bf16,int8]\n"),
             2;
  }
  const CpuInfo info = cpu_info();
  if (model.empty()) model = internal::FullWidthModel();
  std::printf("%s, %s, kernels %s, %s, %d threads\n%s\n", info.brand.c_str(), info.isa.c_str(),
              info.kernel_target.c_str(), to_string(info.precision), threads, model.c_str());
  std::printf("%-44s %10s %-9s (min to max)  ratio\n", "", "median", "");
  if (callers) Callers(model, threads, rounds);
  if (scale) Scale(model, threads);
  if (!precisions.empty()) ComparePrecisions(model, threads, rounds, precisions);
  if (!callers && !scale && precisions.empty()) AgainstMatmuls(model, threads, rounds);
}
