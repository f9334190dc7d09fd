// Any bytes as config.json.
#include "files/config.h"
#include "fuzz.h"

using namespace valence::internal;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemoryFile input(Text(data, size));
  AnswerOrError([&] {
    const Config config = ReadConfig(input.path());
    Demand(config.dim > 0 && config.n_heads > 0 && config.dim % config.n_heads == 0, "heads that divide dim");
    Demand(config.vocab_size > 0 && config.hidden_dim > 0 && config.n_layers > 0, "sizes above 0");
    Demand(config.max_position_embeddings >= 2, "room for [CLS] and [SEP]");
    Demand(!config.labels.empty(), "a label");
  });
  return 0;
}
