// Counts the allocations of the whole program: the tokenizer makes none once its scratch has grown.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <new>
#include <string>
#include <vector>

#include "tokenizer/make_tokenizer.h"
#include "tokenizer/settings.h"

namespace {
std::atomic<long> allocations{0};
}  // namespace

[[gnu::noinline]] void* operator new(std::size_t size) {
  ++allocations;
  if (void* const memory = std::malloc(size == 0 ? 1 : size)) return memory;
  throw std::bad_alloc();
}
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  ++allocations;
  return std::malloc(size == 0 ? 1 : size);
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t /*size*/) noexcept { std::free(memory); }

namespace valence::internal {
namespace {

TEST(Tokenizer, AllocatesNothingOnceItsScratchHasGrown) {
  const Tokenizer tokenizer = MakeTokenizer(UncasedSpec());
  std::vector<std::string> texts = {"It 's a charming and often affecting journey .",
                                    "unaffable caf\xc3\xa9 [SEP] \xe4\xb8\xad\xe6\x96\x87 \xed\x95\x9c!",
                                    "a\xe3\x80\xae\xf0\x9d\x85\xa5\xe3\x80\xae b", std::string(5000, 'x') + " y",
                                    "\xff\xfe \xc4\xb0stanbul"};
  std::vector<std::int32_t> ids;
  const auto encode_all = [&] {
    ids.clear();
    for (const std::string& text : texts) tokenizer.encode_to(text, 512, ids);
  };
  encode_all();
  const long before = allocations;
  for (int i = 0; i < 100; ++i) encode_all();
  EXPECT_EQ(allocations - before, 0);
  EXPECT_GT(before, 0);  // or nothing was counted
}

}  // namespace
}  // namespace valence::internal
