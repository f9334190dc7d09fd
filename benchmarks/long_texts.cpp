// Prints a table of accuracy and cost of each LongText on labelled texts that exceed the model's limit.
//   long_texts FILE [--model DIR] [--max-tokens N] [--texts N] [--longer-than N] [--strides N,N,..] [--threads N]
//              [--probabilities]
// FILE: a header line, then text, tab, label id on every line. Uses the first --texts (400) texts of more than
// --longer-than (510) pieces. Each stride is a row of windows; 0 is a whole window. With --probabilities each has a
// second row, in which the windows' probabilities are averaged instead of their logits.
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "batch/packed_batch.h"
#include "files/model_folder.h"
#include "model/encoder.h"
#include "settings.h"
#include "valence/valence.h"

namespace {

using namespace valence;

struct Text {
  std::string text;
  std::size_t label;
};

struct Settings {
  std::string file, model = VALENCE_DEFAULT_MODEL;
  std::size_t texts = 400, longer_than = 510;
  std::vector<int> strides = {0};
  bool probabilities = false;
  Options options;
};

struct Row {
  std::string name;
  std::vector<bool> right;  // [texts]
  std::size_t tokens = 0;   // that the model read
  double cpu_seconds = 0;
};

std::vector<Text> ReadTexts(const Settings& settings) {
  const auto tokenizer = Tokenizer::load(settings.model);
  std::ifstream file(settings.file);
  if (!file) throw std::runtime_error(settings.file + ": cannot be opened");
  std::vector<Text> texts;
  std::string line;
  std::getline(file, line);
  while (texts.size() < settings.texts && std::getline(file, line)) {
    const std::size_t tab = line.rfind('\t');
    if (tab == std::string::npos) throw std::runtime_error(settings.file + ": a line without a tab");
    const std::string text = line.substr(0, tab);
    if (tokenizer.encode(text, SIZE_MAX).ids.size() - 2 > settings.longer_than) {
      texts.push_back({text, static_cast<std::size_t>(std::atol(line.c_str() + tab + 1))});
    }
  }
  if (texts.empty()) throw std::runtime_error(settings.file + ": no text is that long");
  return texts;
}

Row Measure(const std::string& name, const Settings& settings, const Options& options, const std::vector<Text>& texts) {
  const auto classifier = Classifier::load(settings.model, options);
  std::vector<std::string_view> views;
  Row row{name, {}};
  for (const Text& text : texts) {
    views.push_back(text.text);
    for (const Encoding& encoding : classifier.encode(text.text)) row.tokens += encoding.ids.size();
  }
  classifier.classify(std::span(views).first(std::min<std::size_t>(8, views.size())));  // creates the primitives
  const std::clock_t begin = std::clock();
  const auto predictions = classifier.classify(views);
  row.cpu_seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  for (std::size_t i = 0; i < texts.size(); ++i) row.right.push_back(predictions[i].label_id == texts[i].label);
  return row;
}

// The mean of the windows' probabilities instead of their logits, for comparison.
Row MeasureProbabilities(const std::string& name, const Settings& settings, const Options& options,
                         const std::vector<Text>& texts) {
  using namespace internal;
  const auto classifier = Classifier::load(settings.model, options);
  const ModelFolder folder = OpenModelFolder(settings.model);
  const auto encoder =
      internal::Encoder::Load(folder.config, folder.weights, OperandType(classifier.precision()), 1, 1);
  const auto state = encoder->MakeState(classifier.max_tokens());
  Team alone(1);
  TeamMember member(alone, 0);
  Row row{name, {}};
  const std::clock_t begin = std::clock();
  for (const Text& text : texts) {
    std::vector<double> sums(folder.config.labels.size());
    for (const Encoding& encoding : classifier.encode(text.text)) {
      PackedBatch batch;
      batch.Append(encoding.ids);
      row.tokens += encoding.ids.size();
      std::vector<float> logits;
      encoder->Forward(batch, *state, *state, member, logits);
      double total = 0;
      for (const float logit : logits) total += std::exp(double{logit});
      for (std::size_t i = 0; i < sums.size(); ++i) sums[i] += std::exp(double{logits[i]}) / total;
    }
    const auto largest = std::max_element(sums.begin(), sums.end()) - sums.begin();
    row.right.push_back(static_cast<std::size_t>(largest) == text.label);
  }
  row.cpu_seconds = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  return row;
}

// Compared with the first row: how many texts only one of the two has right.
void Print(const Row& row, const Row& first) {
  std::size_t right = 0, gained = 0, lost = 0;
  for (std::size_t i = 0; i < row.right.size(); ++i) {
    right += row.right[i];
    gained += row.right[i] && !first.right[i];
    lost += !row.right[i] && first.right[i];
  }
  const auto count = static_cast<double>(row.right.size());
  std::printf("| %-44s | %5.1f %% | +%zu -%zu | %6.0f | %7.1f | %5.2f |\n", row.name.c_str(),
              100 * static_cast<double>(right) / count, gained, lost, static_cast<double>(row.tokens) / count,
              1e3 * row.cpu_seconds / count, row.cpu_seconds / first.cpu_seconds);
  std::fflush(stdout);
}

void Run(const Settings& settings) {
  const auto texts = ReadTexts(settings);
  Options options = settings.options;
  const Row first = Measure("truncate", settings, options, texts);
  const CpuInfo info = cpu_info();
  std::printf("%s, %s; %zu texts of more than %zu pieces, %s\n\n", info.brand.c_str(), to_string(info.precision),
              texts.size(), settings.longer_than, settings.model.c_str());
  std::printf("| %-44s | right | against the first | tokens a text | CPU ms a text | CPU time |\n", "long text");
  std::printf("|---|---|---|---|---|---|\n");
  Print(first, first);
  options.long_text = LongText::kFirstAndLast;
  Print(Measure("first-and-last", settings, options, texts), first);
  options.long_text = LongText::kMeanOfWindows;
  for (const int stride : settings.strides) {
    options.stride = stride;
    const std::string name = "mean-of-windows" + (stride == 0 ? "" : ", stride " + std::to_string(stride));
    Print(Measure(name, settings, options, texts), first);
    if (settings.probabilities)
      Print(MeasureProbabilities(name + ", of probabilities", settings, options, texts), first);
  }
}

std::vector<int> ParseList(const std::string& list) {
  std::vector<int> numbers;
  std::istringstream stream(list);
  for (std::string number; std::getline(stream, number, ',');) numbers.push_back(std::atoi(number.c_str()));
  return numbers;
}

}  // namespace

int main(int argc, char** argv) {
  Settings settings;
  for (int i = 1; i < argc; ++i) {
    const std::string option = argv[i];
    const auto value = [&] {
      return ++i < argc ? argv[i] : (std::fprintf(stderr, "%s: no value\n", argv[i - 1]), std::exit(2), "");
    };
    if (option == "--model")
      settings.model = value();
    else if (option == "--max-tokens")
      settings.options.max_tokens = std::atoi(value());
    else if (option == "--threads")
      settings.options.threads = std::atoi(value());
    else if (option == "--texts")
      settings.texts = static_cast<std::size_t>(std::atol(value()));
    else if (option == "--longer-than")
      settings.longer_than = static_cast<std::size_t>(std::atol(value()));
    else if (option == "--strides")
      settings.strides = ParseList(value());
    else if (option == "--probabilities")
      settings.probabilities = true;
    else if (settings.file.empty() && option.front() != '-')
      settings.file = option;
    else
      return std::fprintf(stderr, "long_texts: error: unknown option %s\n", option.c_str()), 2;
  }
  try {
    Run(settings);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "long_texts: error: %s\n", error.what());
    return 1;
  }
}
