// Any bytes as a text for the default model's tokenizer.
#include <algorithm>

#include "fuzz.h"
#include "valence/tokenizer.h"

using namespace valence::internal;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const valence::Tokenizer tokenizer = valence::Tokenizer::load(VALENCE_DEFAULT_MODEL);
  const std::string_view text = Text(data, size);
  const valence::Encoding whole = tokenizer.encode(text, 1'000'000), cut = tokenizer.encode(text, 8);
  Demand(whole.ids.size() >= 2 && whole.ids.front() == 101 && whole.ids.back() == 102, "[CLS] and [SEP]");
  Demand(whole.truncated == (whole.ids.size() > 1'000'000), "no cut below the limit");
  for (const std::int32_t id : whole.ids) {
    Demand(id >= 0 && static_cast<std::size_t>(id) < tokenizer.vocab_size(), "ids of the vocabulary");
  }
  Demand(cut.ids.size() == std::min<std::size_t>(8, whole.ids.size()), "a cut at the limit");
  Demand(cut.truncated == (whole.ids.size() > 8), "a cut that is told");
  Demand(std::equal(cut.ids.begin(), cut.ids.end() - 1, whole.ids.begin()), "the first ids, whatever the limit");
  // White space at either end, and between a text and itself, changes nothing else.
  const std::string twice = " " + std::string(text) + " \n" + std::string(text);
  const valence::Encoding both = tokenizer.encode(twice, 1'000'000);
  Demand(both.ids.size() == 2 * whole.ids.size() - 2, "words that know nothing of their neighbours");
  Demand(std::equal(whole.ids.begin(), whole.ids.end() - 1, both.ids.begin()), "the same ids the first time");
  Demand(std::equal(whole.ids.begin() + 1, whole.ids.end(), both.ids.begin() + static_cast<long>(whole.ids.size()) - 1),
         "and the second");
  return 0;
}
