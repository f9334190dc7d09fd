// What holds for the preparation of any text: idempotence, indifference to case, linear time, bytes passed through.
#include <gtest/gtest.h>

#include <ctime>
#include <random>
#include <string>
#include <vector>

#include "unicode/utf8.h"
#include "valence/text_preparation.h"

namespace valence {
namespace {

constexpr TextPreparation kAll{true, true, true, true, true, true};

// Texts that put everything that the rules look for side by side.
class RandomTexts {
 public:
  explicit RandomTexts(unsigned seed) : random_(seed) {}

  std::string Next() {
    static const std::vector<std::string> kParts = {"@",
                                                    "bob",
                                                    "@bob",
                                                    "http://",
                                                    "https://",
                                                    "www.",
                                                    "x.com",
                                                    "bit.ly/x",
                                                    "the",
                                                    "it",
                                                    "'s",
                                                    "'",
                                                    "-",
                                                    ".",
                                                    "+",
                                                    "%",
                                                    "/",
                                                    "(",
                                                    ")",
                                                    "555",
                                                    "123",
                                                    "4567",
                                                    "020",
                                                    "7946",
                                                    "0958",
                                                    "+1",
                                                    "0",
                                                    "1",
                                                    " ",
                                                    " ",
                                                    " ",
                                                    "  ",
                                                    "\n",
                                                    "a@b.co",
                                                    ":",
                                                    ",",
                                                    "#",
                                                    "$",
                                                    "\xff",
                                                    "\xc3",
                                                    "U",
                                                    "N't",
                                                    "not",
                                                    "_",
                                                    "&",
                                                    "=",
                                                    "is",
                                                    "\"",
                                                    "<",
                                                    ">",
                                                    "]",
                                                    "[",
                                                    "!",
                                                    "(020)",
                                                    "(555)",
                                                    "00",
                                                    "9/10",
                                                    "\xf0\x9f",
                                                    "\x80",
                                                    "\xcc\x81",
                                                    "\xe2\x80\x99",   // typographic apostrophe
                                                    "\xe2\x80\xa6",   // ellipsis
                                                    "\xe4\xb8\xad",   // a Chinese character
                                                    "\xc2\xa0",       // no-break space
                                                    "\xc4\xb0",       // capital i with a dot
                                                    "u\xe2\x84\xaa",  // "uk" with the Kelvin sign
                                                    "\xe2\x80\x8b"};  // zero width space
    std::string text;
    for (auto parts = Below(12) + 1; parts > 0; --parts) text += kParts[Below(kParts.size())];
    return text;
  }

  TextPreparation NextPreparation() {
    const auto bits = random_();
    return {(bits & 1) != 0, (bits & 2) != 0, (bits & 4) != 0, (bits & 8) != 0, (bits & 16) != 0, (bits & 32) != 0};
  }

 private:
  std::size_t Below(std::size_t count) { return random_() % count; }
  std::mt19937 random_;
};

// Whether `part` is what remains of `whole` when some bytes are taken out, spaces aside.
bool IsRemainder(const std::string& part, const std::string& whole) {
  std::size_t at = 0;
  for (const char c : part) {
    if (c == ' ') continue;
    at = whole.find(c, at);
    if (at++ == std::string::npos) return false;
  }
  return true;
}

TEST(PreparationOfAnyText, IsDoneAfterOnce) {
  RandomTexts texts(1);
  for (int i = 0; i < 300000; ++i) {
    const std::string text = texts.Next();
    const TextPreparation preparation = texts.NextPreparation();
    const std::string once = prepare(text, preparation);
    ASSERT_EQ(prepare(once, preparation), once) << testing::PrintToString(text);
  }
}

TEST(PreparationOfAnyText, FindsTheSameInLowerCase) {
  RandomTexts texts(2);
  for (int i = 0; i < 100000; ++i) {
    const std::string text = texts.Next();
    TextPreparation preparation = texts.NextPreparation();
    preparation.lower_case = false;
    const std::string raw = prepare(text, preparation);
    const std::string lowered = prepare(prepare(text, {.lower_case = true}), preparation);
    ASSERT_EQ(prepare(raw, {.lower_case = true}), lowered) << testing::PrintToString(text);
    preparation.lower_case = true;
    ASSERT_EQ(prepare(text, preparation), lowered) << testing::PrintToString(text);
  }
}

TEST(PreparationOfAnyText, OnlyTakesOut) {
  RandomTexts texts(3);
  for (int i = 0; i < 100000; ++i) {
    const std::string text = texts.Next();
    TextPreparation preparation = texts.NextPreparation();
    preparation.lower_case = false;
    const std::string prepared = prepare(text, preparation);
    ASSERT_LE(prepared.size(), text.size()) << testing::PrintToString(text);
    ASSERT_TRUE(IsRemainder(prepared, text)) << testing::PrintToString(text) << " " << testing::PrintToString(prepared);
  }
}

TEST(PreparationOfAnyText, PassesRandomBytesThrough) {
  std::mt19937 random(4);
  for (int i = 0; i < 20000; ++i) {
    std::string text;
    for (auto bytes = random() % 40; bytes > 0; --bytes) text += static_cast<char>(0x80 + random() % 0x80);
    ASSERT_EQ(prepare(text, {true, true, true, true, false, true}), text);
  }
}

// CPU seconds for `bytes` of repeated `part`.
double Seconds(const std::string& part, std::size_t bytes) {
  std::string text;
  while (text.size() < bytes) text += part;
  const std::clock_t begin = std::clock();
  prepare(text, kAll);
  return static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
}

// A megabyte takes some ten milliseconds; in quadratic time it would take minutes.
TEST(PreparationOfAnyText, TakesLinearTime) {
  for (const char* part : {"@",
                           "http://",
                           "http://a)",
                           "http://a(",
                           "1-",
                           "1-1-1-1 ",
                           "a@",
                           "a.",
                           "a-",
                           "a--",
                           "a..",
                           "(",
                           "+",
                           "(1",
                           "+1 ",
                           "a@a.",
                           "@a.",
                           "@a@",
                           "www.",
                           "www",
                           "h",
                           "http",
                           "0 ",
                           "01 ",
                           "a+",
                           "x/",
                           "x.",
                           "x.co",
                           "x.co/",
                           "'s",
                           "it's",
                           "\xff",
                           "the ",
                           "a@b-",
                           "a-@",
                           "a@a.."
                           "\xcc\x81",
                           "'",
                           "1",
                           "01",
                           "555-123-",
                           "(555) ",
                           "\xe2\x80\x99s",
                           "%a",
                           "a%@",
                           "@@a"}) {
    EXPECT_LT(Seconds(part, 1000000), 3) << part;
  }
}

}  // namespace
}  // namespace valence
