// Minutes of texts of random lengths in batches of random sizes: memory stays flat, and every answer has the bits of
// the first time that its text was seen. Arguments: minutes (30), threads (1), a model folder (the default model), a
// precision (auto).
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include "valence/valence.h"

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kTexts = 2000;

// Resident memory in kB.
long Resident() {
  long size = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> size >> resident;
  return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

// Words of a few letters, most texts short and some beyond the model's limit.
std::vector<std::string> MakeTexts(std::mt19937& random) {
  const std::vector<std::string> words = {"good",
                                          "bad",
                                          "not",
                                          "a",
                                          "film",
                                          "the",
                                          "of",
                                          "!",
                                          "unbelievable",
                                          "dull",
                                          "\xC3\xA9t\xC3\xA9",
                                          "\xE4\xB8\xAD\xE6\x96\x87",
                                          "and",
                                          "plot",
                                          "[SEP]"};
  std::vector<std::string> texts(kTexts);
  for (std::string& text : texts) {
    const double length = std::lognormal_distribution<double>(2.8, 1.2)(random);
    for (int i = 0; i < std::min(static_cast<int>(length), 700); ++i) text += words[random() % words.size()] + ' ';
  }
  return texts;
}

valence::Precision PrecisionNamed(const std::string& name) {
  for (const auto precision : {valence::Precision::kF32, valence::Precision::kBf16, valence::Precision::kInt8}) {
    if (name == to_string(precision)) return precision;
  }
  return valence::Precision::kAuto;
}

}  // namespace

int main(int argc, char** argv) {
  const double minutes = argc > 1 ? std::atof(argv[1]) : 30;
  const valence::Options options{.threads = argc > 2 ? std::atoi(argv[2]) : 1,
                                 .precision = PrecisionNamed(argc > 4 ? argv[4] : "auto")};
  const auto classifier = argc > 3 ? valence::Classifier::load(argv[3], options) : valence::Classifier::load(options);
  std::mt19937 random(20261123);
  const std::vector<std::string> texts = MakeTexts(random);
  std::vector<std::vector<float>> first(kTexts);
  std::size_t answered = 0, different = 0, calls = 0;
  long settled = 0, peak = 0;

  const auto start = Clock::now();
  const auto elapsed = [&] { return std::chrono::duration<double>(Clock::now() - start).count() / 60; };
  for (double next_report = 0; elapsed() < minutes;) {
    // The first passes touch all shapes; memory is compared with what it is after a tenth of the time.
    std::vector<std::size_t> chosen(
        std::min<std::size_t>(1 + static_cast<std::size_t>(std::lognormal_distribution<double>(2, 1.5)(random)), 500));
    for (std::size_t& text : chosen) text = random() % kTexts;
    std::vector<std::string_view> batch;
    for (const std::size_t text : chosen) batch.push_back(texts[text]);
    const auto predictions = classifier.classify(batch);
    for (std::size_t i = 0; i < chosen.size(); ++i) {
      auto& expected = first[chosen[i]];
      if (expected.empty()) expected = predictions[i].logits;
      different += predictions[i].logits != expected;
    }
    answered += chosen.size();
    ++calls;
    peak = std::max(peak, Resident());
    if (settled == 0 && elapsed() > minutes / 10) settled = Resident();
    if (elapsed() >= next_report) {
      std::printf("%5.1f min  %zu calls  %zu texts  %ld kB\n", elapsed(), calls, answered, Resident());
      std::fflush(stdout);
      next_report += minutes / 10;
    }
  }
  const long growth = Resident() - settled;
  std::printf(
      "%.1f min, %s, %d threads: %zu calls, %zu texts, %zu answers that differ; resident %ld kB after a tenth, "
      "%+ld kB at the end, peak %ld kB\n",
      elapsed(), to_string(classifier.precision()), classifier.threads(), calls, answered, different, settled, growth,
      peak);
  // Memory counts as flat within 4 MB: what the allocator keeps here and there.
  const bool flat = growth < 4000;
  if (different != 0 || !flat || answered == 0) std::printf("FAILED\n");
  return different == 0 && flat && answered > 0 ? 0 : 1;
}
