// What the answers depend on, besides the texts.
#include "settings.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>

#include "common/text_options.h"
#include "digest.h"
#include "valence/valence.h"

namespace cli {
namespace {

const char* YesOrNo(bool value) { return value ? "yes" : "no"; }

// The files that a model folder may be read from: docs/model-folders.md.
void AddModelFiles(const std::filesystem::path& folder, bool weights, std::vector<Setting>& settings) {
  const std::size_t begin = settings.size();
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::filesystem::path& path = entry.path();
    const bool is_text = path.extension() == ".json" || path.filename() == "vocab.txt";
    if (!entry.is_regular_file() || !(is_text || (weights && path.extension() == ".safetensors"))) continue;
    settings.push_back({kModelFile + path.filename().string(), FileDigest(path.string())});
  }
  std::sort(settings.begin() + static_cast<std::ptrdiff_t>(begin), settings.end(),
            [](const Setting& a, const Setting& b) { return a.name < b.name; });
}

void AddOptions(const Arguments& arguments, std::vector<Setting>& settings) {
  settings.insert(settings.end(), {{"version", VALENCE_VERSION},
                                   {"--jsonl", YesOrNo(arguments.jsonl)},
                                   {"--scores", YesOrNo(arguments.scores)},
                                   {"--logits", YesOrNo(arguments.logits)},
                                   {"--tokens", YesOrNo(arguments.tokens)},
                                   {"--tokenize", YesOrNo(arguments.tokenize)},
                                   {"--encoding", arguments.encoding.encoding},
                                   {"--strict", YesOrNo(arguments.encoding.strict)},
                                   {"--prepare", common::ToString(arguments.model.options.preparation)}});
}

// What computes, as far as bits depend on it: docs/int8.md, src/README.md.
std::string Arithmetic(valence::Precision precision) {
  if (precision == valence::Precision::kInt8) return "the same on every CPU";
  const valence::CpuInfo cpu = valence::cpu_info();
  return cpu.matmul + ", " + cpu.isa + ", " + cpu.kernel_target;
}

}  // namespace

std::vector<Setting> SettingsOf(const Arguments& arguments, const valence::Classifier& classifier) {
  std::vector<Setting> settings;
  AddOptions(arguments, settings);
  AddModelFiles(classifier.model_folder(), true, settings);
  settings.insert(settings.end(), {{"--precision", valence::to_string(classifier.precision())},
                                   {"--max-tokens", std::to_string(classifier.max_tokens())},
                                   {"--long-text", valence::to_string(classifier.long_text())},
                                   {"--stride", std::to_string(classifier.stride())},
                                   {"instructions of the CPU", Arithmetic(classifier.precision())}});
  return settings;
}

std::vector<Setting> SettingsOf(const Arguments& arguments, const valence::Tokenizer& tokenizer) {
  std::vector<Setting> settings;
  AddOptions(arguments, settings);
  AddModelFiles(tokenizer.model_folder(), false, settings);
  settings.push_back({"--max-tokens", std::to_string(arguments.model.options.max_tokens)});
  return settings;
}

}  // namespace cli
