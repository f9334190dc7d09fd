// Prints a table of seconds, share and GFLOP/s of each stage on one thread.
//   profile [--model DIR] [--precision f32|bf16|int8] [--words N]
// --words N joins sentences to texts of at least N words (0: SST-2 dev unchanged).
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <string>
#include <vector>

#include "batch/request.h"
#include "files/model_folder.h"
#include "full_width_model.h"
#include "model/encoder.h"
#include "precision_argument.h"
#include "settings.h"
#include "texts.h"
#include "tokenizer/make_tokenizer.h"
#include "valence/valence.h"

namespace {

using namespace valence;
using namespace valence::internal;

double Seconds(const std::function<void()>& work) {
  const auto begin = std::chrono::steady_clock::now();
  work();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
}

// Chunks as the scheduler fills them: the longest that fits first.
std::vector<PackedBatch> Chunks(std::vector<Sequence> sequences) {
  Request request;
  request.AddWaiting(std::move(sequences));
  std::vector<PackedBatch> chunks;
  Sequence next;
  while (request.TakeLongest(SIZE_MAX, next)) {
    PackedBatch& chunk = chunks.emplace_back();
    do {
      next.AppendTo(chunk);
    } while (chunk.tokens() < 256 && request.TakeLongest(static_cast<std::size_t>(256 - chunk.tokens()), next));
  }
  return chunks;
}

}  // namespace

int main(int argc, char** argv) {
  std::string model;
  Precision precision = cpu_info().precision;
  std::size_t words = 0;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string option = argv[i];
    if (option == "--model") model = argv[i + 1];
    if (option == "--precision") precision = ParsePrecision(argv[i + 1]);
    if (option == "--words") words = static_cast<std::size_t>(std::atol(argv[i + 1]));
  }
  if (model.empty()) model = FullWidthModel().string();
  const ModelFolder folder = OpenModelFolder(model);
  const Tokenizer tokenizer = MakeTokenizer(folder.tokenizer);
  const auto encoder = Encoder::Load(folder.config, folder.weights, OperandType(precision), 2, 1);
  auto texts = Sst2Texts();
  if (words > 0) texts = JoinedTexts(texts, 60, words);

  const auto portion = std::make_shared<Portion>();
  std::vector<Sequence> sequences;
  const auto tokenize = [&] {
    portion->ids.clear();
    sequences.clear();
    for (const auto& text : texts) {
      const std::size_t begin = portion->ids.size();
      tokenizer.encode_to(text, static_cast<std::size_t>(folder.config.max_tokens()), portion->ids);
      sequences.emplace_back(portion, begin, portion->ids.size() - begin, sequences.size(), false, WindowRule{});
    }
  };
  tokenize();  // warms up caches and buffers
  const double tokenizing = Seconds(tokenize);
  std::vector<PackedBatch> chunks;
  const double packing = Seconds([&] { chunks = Chunks(sequences); });

  const auto state = encoder->MakeState(512);
  Team alone(1);
  TeamMember member(alone, 0);
  std::vector<float> logits;
  const auto run = [&] {
    for (const PackedBatch& chunk : chunks) encoder->Forward(chunk, *state, *state, member, logits);
  };
  run();  // creates the primitives
  Profile profile;
  state->profile = &profile;
  run();

  // A multiply-add counts as two operations. The last layer counts as it is run, on its [CLS] rows.
  const auto dim = static_cast<double>(folder.config.dim), hidden = static_cast<double>(folder.config.hidden_dim);
  const double layers = static_cast<double>(folder.config.n_layers);
  double tokens = 0, texts_run = 0, squares = 0;
  for (const PackedBatch& chunk : chunks) {
    tokens += static_cast<double>(chunk.tokens());
    texts_run += static_cast<double>(chunk.texts());
    for (std::size_t i = 1; i < chunk.offsets.size(); ++i) {
      const double length = chunk.offsets[i] - chunk.offsets[i - 1];
      squares += length * length;
    }
  }
  const double rows = tokens * (layers - 1) + texts_run;  // of everything after the keys and values
  const auto flops = [&](Stage stage) {
    switch (stage) {
      case Stage::kQkv:
        return 2 * dim * dim * (3 * tokens * (layers - 1) + 2 * tokens + texts_run);
      case Stage::kAttention:
        return 4 * dim * (squares * (layers - 1) + tokens);
      case Stage::kOut:
        return 2 * dim * dim * rows;
      case Stage::kFfn1:
      case Stage::kFfn2:
        return 2 * dim * hidden * rows;
      case Stage::kHead:
        return 2 * dim * dim * texts_run;
      default:
        return 0.0;
    }
  };
  double total = tokenizing + packing;
  for (const double seconds : profile.seconds) total += seconds;
  const CpuInfo info = cpu_info();
  std::printf("%s, %s, kernels %s, %s, 1 thread; %.0f tokens in %.0f texts, %zu chunks\n", info.brand.c_str(),
              info.isa.c_str(), info.kernel_target.c_str(), to_string(precision), tokens, texts_run, chunks.size());
  std::printf("%-20s %10s %7s %9s\n", "stage", "seconds", "share", "GFLOP/s");
  const auto print = [&](const char* name, double seconds, double work) {
    std::printf("%-20s %10.4f %6.1f%%", name, seconds, 100 * seconds / total);
    work > 0 ? std::printf(" %9.1f\n", work / seconds * 1e-9) : std::printf("\n");
  };
  print("tokenise", tokenizing, 0);
  print("pack", packing, 0);
  for (std::size_t i = 0; i < profile.seconds.size(); ++i) {
    print(kStageNames[i], profile.seconds[i], flops(static_cast<Stage>(i)));
  }
  std::printf("%-20s %10.4f         %.0f tokens/s\n", "all", total, tokens / total);
}
