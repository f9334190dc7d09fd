// English words that carry grammar rather than meaning.
#include "preparation/stop_words.h"

#include <algorithm>
#include <iterator>

namespace valence::internal {
namespace {

// Articles, pronouns, auxiliaries, prepositions and plain conjunctions. Left out are words that change the sentiment
// of the words next to them: negations (not, no, nor, never, none, nothing, without, and every word with n't), contrast
// (but, although, however, despite, yet), degree (very, too, so, more, most, less, few, only, just, enough), hypothesis
// (if, would, could, should, might), and directions that make verbs (up, down, off, out, over). Sorted.
constexpr std::string_view kStopWords[] = {
    "a",         "about",      "am",      "an",      "and",     "are",    "as",     "at",      "be",      "been",
    "being",     "by",         "did",     "do",      "does",    "doing",  "during", "each",    "for",     "from",
    "had",       "has",        "have",    "having",  "he",      "he'd",   "he'll",  "he's",    "her",     "here",
    "here's",    "hers",       "herself", "him",     "himself", "his",    "i",      "i'd",     "i'll",    "i'm",
    "i've",      "in",         "into",    "is",      "it",      "it'd",   "it'll",  "it's",    "its",     "itself",
    "me",        "mine",       "my",      "myself",  "of",      "on",     "onto",   "or",      "our",     "ours",
    "ourselves", "she",        "she'd",   "she'll",  "she's",   "that",   "that's", "the",     "their",   "theirs",
    "them",      "themselves", "there",   "there's", "these",   "they",   "they'd", "they'll", "they're", "they've",
    "this",      "those",      "to",      "us",      "was",     "we",     "we'd",   "we'll",   "we're",   "we've",
    "were",      "what",       "what's",  "when",    "where",   "which",  "while",  "who",     "who's",   "whom",
    "whose",     "will",       "with",    "you",     "you'd",   "you'll", "you're", "you've",  "your",    "yours",
    "yourself",  "yourselves"};
static_assert(std::is_sorted(std::begin(kStopWords), std::end(kStopWords)));
static_assert(std::all_of(std::begin(kStopWords), std::end(kStopWords),
                          [](std::string_view word) { return word.size() <= kLongestStopWord; }));

}  // namespace

bool IsStopWord(std::string_view word) {
  return std::binary_search(std::begin(kStopWords), std::end(kStopWords), word);
}

bool IsClitic(std::string_view word) {
  return word == "s" || word == "m" || word == "d" || word == "re" || word == "ve" || word == "ll";
}

}  // namespace valence::internal
