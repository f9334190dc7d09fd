// The public tokenizer: limits, pieces, threads and errors.
#include "valence/tokenizer.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "tokenizer/make_tokenizer.h"
#include "tokenizer/settings.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

using Ids = std::vector<std::int32_t>;

const Tokenizer& Uncased() {
  static const Tokenizer tokenizer = MakeTokenizer(UncasedSpec());
  return tokenizer;
}

// The message of the Error that making a tokenizer throws; empty when it throws none.
std::string InvalidTokenizer(const TokenizerSpec& spec) {
  try {
    const Tokenizer tokenizer = MakeTokenizer(spec);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ErrorCode::kInvalidTokenizer);
    return error.what();
  }
  return {};
}

TEST(Tokenizer, LoadsTheDefaultModelsFolder) {
  const Tokenizer tokenizer = Tokenizer::load(VALENCE_DEFAULT_MODEL);
  EXPECT_EQ(tokenizer.model_folder(), VALENCE_DEFAULT_MODEL);
  EXPECT_EQ(tokenizer.encode("A gorgeous, witty, seductive movie.").ids,
            (Ids{101, 1037, 9882, 1010, 25591, 1010, 23182, 3185, 1012, 102}));
  EXPECT_EQ(tokenizer.model_max_length(), 512u);
  EXPECT_EQ(tokenizer.vocab_size(), 30522u);
}

TEST(Tokenizer, NamesThePieceOfAnId) {
  EXPECT_EQ(Uncased().piece(101), "[CLS]");
  EXPECT_EQ(Uncased().piece(2666), "##ie");
  EXPECT_EQ(Uncased().piece(-1), "");
  EXPECT_EQ(Uncased().piece(30522), "");
}

TEST(Tokenizer, KnowsIdsThatAreNeitherDenseNorSorted) {
  TokenizerSpec spec;
  spec.vocab = {{"b", 2147483646}, {"[UNK]", 7}, {"a", 3}, {"a", 5}};
  spec.cls_id = 3;
  spec.sep_id = 7;
  const Tokenizer tokenizer = MakeTokenizer(spec);
  EXPECT_EQ(tokenizer.encode("a b c").ids, (Ids{3, 5, 2147483646, 7, 7}));  // a piece named twice has its later id
  EXPECT_EQ(tokenizer.piece(2147483646), "b");
  EXPECT_EQ(tokenizer.vocab_size(), 2147483647u);
  EXPECT_EQ(tokenizer.model_max_length(), SIZE_MAX);
}

TEST(Tokenizer, AppendsToTheIdsThatAreThere) {
  Ids ids{1, 2};
  EXPECT_FALSE(Uncased().encode_to("movie", 3, ids));
  EXPECT_TRUE(Uncased().encode_to("movie movie", 3, ids));
  EXPECT_EQ(ids, (Ids{1, 2, 101, 3185, 102, 101, 3185, 102}));
}

TEST(Tokenizer, IsTruncatedOnlyWhenAPieceWasCutOff) {
  EXPECT_FALSE(Uncased().encode("a b", 4).truncated);
  EXPECT_FALSE(Uncased().encode("a b \n\xe2\x80\x8b\xff ", 4).truncated);
  EXPECT_TRUE(Uncased().encode("a b \n\xe2\x80\x8b\xff .", 4).truncated);
  EXPECT_TRUE(Uncased().encode("a b[PAD]", 4).truncated);
  EXPECT_FALSE(Uncased().encode("", 2).truncated);
  EXPECT_TRUE(Uncased().encode("a", 2).truncated);
}

TEST(Tokenizer, RefusesALimitBelowTwo) {
  for (const std::size_t limit : {0u, 1u}) {
    try {
      Uncased().encode("a", limit);
      FAIL() << "expected an Error";
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kInvalidArgument);
      EXPECT_NE(std::string(error.what()).find("found " + std::to_string(limit)), std::string::npos) << error.what();
    }
  }
}

TEST(Tokenizer, RefusesAVocabularyWithoutTheUnknownToken) {
  TokenizerSpec spec = UncasedSpec();
  spec.unk_token = "[unknown]";
  EXPECT_NE(InvalidTokenizer(spec).find("[unknown]"), std::string::npos);
  EXPECT_NE(InvalidTokenizer(TokenizerSpec()).find("[UNK]"), std::string::npos);
}

TEST(Tokenizer, RefusesNegativeIdsAndPiecesThatAreNoUtf8) {
  for (const auto& [piece, id] : {std::pair{"good", -5},
                                  {"b\xe4"
                                   "d",
                                   5}}) {
    TokenizerSpec spec = UncasedSpec();
    spec.vocab.emplace_back(piece, id);
    EXPECT_NE(InvalidTokenizer(spec).find(std::to_string(id)), std::string::npos);
  }
  TokenizerSpec spec = UncasedSpec();
  spec.sep_id = -2;
  EXPECT_NE(InvalidTokenizer(spec).find("-2"), std::string::npos);
  spec = UncasedSpec();
  spec.added_tokens.push_back({"<x>", -3});
  EXPECT_NE(InvalidTokenizer(spec).find("-3"), std::string::npos);
}

TEST(Tokenizer, RefusesAnAddedTokenThatNormalisesToNothing) {
  TokenizerSpec spec = UncasedSpec();
  spec.added_tokens.push_back({.content = "\xcc\x81", .id = 40000, .normalized = true});  // U+0301
  EXPECT_NE(InvalidTokenizer(spec).find("40000"), std::string::npos);
}

TEST(Tokenizer, OfTwoAddedTokensWithTheSameContentTheLaterCounts) {
  TokenizerSpec spec = UncasedSpec();
  spec.added_tokens.push_back({.content = "Foo", .id = 40000, .normalized = true});
  spec.added_tokens.push_back({.content = "Foo", .id = 40001});
  EXPECT_EQ(MakeTokenizer(spec).encode("Foo foo").ids, (Ids{101, 40001, 29379, 102}));
}

// The pages after the text are unreadable: reading on would crash.
TEST(Tokenizer, DoesNotReadBeyondWhatItMust) {
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t whole = std::size_t{10} << 20;
  void* const memory = mmap(nullptr, whole, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  ASSERT_NE(memory, MAP_FAILED);
  auto* const text = static_cast<char*>(memory);
  for (std::size_t i = 0; i < page; ++i) text[i] = i % 4 == 3 ? ' ' : "one"[i % 4];
  ASSERT_EQ(mprotect(text + page, whole - page, PROT_NONE), 0);
  const Encoding encoding = Uncased().encode({text, whole}, 512);
  EXPECT_EQ(encoding.ids.size(), 512u);
  EXPECT_TRUE(encoding.truncated);
  munmap(memory, whole);
}

TEST(Tokenizer, AWordOfMegabytesIsOneUnknown) {
  EXPECT_EQ(Uncased().encode(std::string(10'000'000, 'a')).ids, (Ids{101, 100, 102}));
  std::string marks = "a";
  for (int i = 0; i < 100'000; ++i) marks += "\xe3\x80\xae\xf0\x9d\x85\xa5";  // U+302E U+1D165, to be sorted
  EXPECT_EQ(Uncased().encode(marks + " good").ids, (Ids{101, 100, 2204, 102}));
}

TEST(Tokenizer, HoldsALimitOfWordLengthBeyondAllWords) {
  TokenizerSpec spec = UncasedSpec();
  spec.max_input_chars_per_word = SIZE_MAX;
  EXPECT_EQ(MakeTokenizer(spec).encode(std::string(1000, '\xff') + std::string(3000, 'z'), SIZE_MAX).ids.size(), 1503u);
}

TEST(Tokenizer, GivesTheSameIdsOnManyThreadsAtOnce) {
  const std::vector<std::string> texts = {"caf\xc3\xa9 [SEP] movie", std::string(300, 'a'), "\xed\x95\x9c\xea\xb5\xad!",
                                          ""};
  std::vector<Ids> expected;
  for (const std::string& text : texts) expected.push_back(Uncased().encode(text).ids);
  std::vector<int> differences(8);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < differences.size(); ++t) {
    threads.emplace_back([&, t] {
      for (std::size_t i = 0; i < 4000; ++i) {
        const std::size_t n = (i + t) % texts.size();
        differences[t] += Uncased().encode(texts[n]).ids != expected[n];
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(differences, std::vector<int>(differences.size()));
}

TEST(Tokenizer, MovesAndKeepsItsVocabulary) {
  Tokenizer first = MakeTokenizer(UncasedSpec());
  const std::string_view piece = first.piece(2666);
  Tokenizer second = std::move(first);
  EXPECT_EQ(second.piece(2666).data(), piece.data());
  EXPECT_EQ(second.encode("movie").ids, (Ids{101, 3185, 102}));
}

}  // namespace
}  // namespace valence::internal
