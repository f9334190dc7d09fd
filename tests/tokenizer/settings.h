// The tokenizers that the reference ids were made with: SETTINGS of tests/data/tokenizer/reference.py, by name.
#pragma once

#include <algorithm>
#include <fstream>
#include <functional>
#include <initializer_list>
#include <map>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "files/tokenizer_spec.h"
#include "unicode/utf8.h"

namespace valence::internal {

// The default model's vocabulary and special tokens, read without the library's own reader.
inline const TokenizerSpec& UncasedSpec() {
  static const TokenizerSpec spec = [] {
    TokenizerSpec made;
    std::ifstream file(VALENCE_DEFAULT_MODEL "/vocab.txt");
    for (std::string line; std::getline(file, line);) {
      made.vocab.emplace_back(line, static_cast<std::int32_t>(made.vocab.size()));
    }
    if (made.vocab.size() != 30522) throw std::runtime_error("the default vocabulary has changed");
    for (const std::int32_t id : {0, 100, 101, 102, 103}) {
      made.added_tokens.push_back({made.vocab[static_cast<std::size_t>(id)].first, id});
    }
    made.cls_id = 101;
    made.sep_id = 102;
    return made;
  }();
  return spec;
}

// As Hugging Face adds one: with the vocabulary's id, or else the next free one.
inline void AddToken(TokenizerSpec& spec, AddedToken token) {
  const auto known = std::find_if(spec.vocab.begin(), spec.vocab.end(),
                                  [&](const auto& piece) { return piece.first == token.content; });
  std::int32_t next = static_cast<std::int32_t>(spec.vocab.size());
  for (const AddedToken& other : spec.added_tokens) next = std::max(next, other.id + 1);
  token.id = known == spec.vocab.end() ? next : known->second;
  spec.added_tokens.push_back(std::move(token));
}

// Each code point that is normalised in some way is a piece of its own: the ids show the whole normalised text.
inline TokenizerSpec TransparentSpec() {
  TokenizerSpec spec;
  spec.vocab = {{"[PAD]", 0}, {"[UNK]", 1}, {"[CLS]", 2}, {"[SEP]", 3}};
  for (const auto& [piece, id] : spec.vocab) spec.added_tokens.push_back({piece, id});
  spec.cls_id = 2;
  spec.sep_id = 3;
  std::int32_t id = 10;
  for (const auto& [first, last] : std::initializer_list<std::pair<char32_t, char32_t>>{{0x21, 0x4dff},
                                                                                        {0xa000, 0xabff},
                                                                                        {0xd7a4, 0xd7ff},
                                                                                        {0xf900, 0x1ffff},
                                                                                        {0x2f800, 0x2fa1f},
                                                                                        {0xe0000, 0xe01ff}}) {
    for (char32_t c = first; c <= last; ++c, id += 2) {
      std::string piece;
      AppendUtf8(c, piece);
      spec.vocab.emplace_back(piece, id);
      spec.vocab.emplace_back(std::string("##").append(piece), id + 1);
    }
  }
  return spec;
}

inline TokenizerSpec MakeSpec(const std::string& setting) {
  const std::map<std::string, std::function<void(TokenizerSpec&)>> changes = {
      {"uncased", [](TokenizerSpec&) {}},
      {"cased", [](TokenizerSpec& s) { s.lowercase = false; }},
      {"cased_stripped", [](TokenizerSpec& s) { s.lowercase = false, s.strip_accents = true; }},
      {"uncased_accents", [](TokenizerSpec& s) { s.strip_accents = false; }},
      {"no_cjk", [](TokenizerSpec& s) { s.handle_chinese_chars = false; }},
      {"no_clean", [](TokenizerSpec& s) { s.clean_text = false; }},
      {"no_clean_cased",
       [](TokenizerSpec& s) { s.clean_text = false, s.lowercase = false, s.handle_chinese_chars = false; }},
      {"max_5_chars", [](TokenizerSpec& s) { s.max_input_chars_per_word = 5; }},
      {"other_prefix", [](TokenizerSpec& s) { s.continuing_subword_prefix = "un"; }},
      {"no_prefix", [](TokenizerSpec& s) { s.continuing_subword_prefix = ""; }},
      {"transparent", [](TokenizerSpec& s) { s = TransparentSpec(); }},
      {"transparent_cased", [](TokenizerSpec& s) { s = TransparentSpec(), s.lowercase = false; }},
      {"transparent_stripped",
       [](TokenizerSpec& s) { s = TransparentSpec(), s.lowercase = false, s.strip_accents = true; }},
      {"transparent_raw",
       [](TokenizerSpec& s) {
         s = TransparentSpec(), s.clean_text = false, s.strip_accents = false, s.handle_chinese_chars = false;
       }},
      {"other_unknown", [](TokenizerSpec& s) { s.unk_token = "the"; }},
      {"single_word",
       [](TokenizerSpec& s) {
         AddToken(s, {.content = "ing", .single_word = true});
         AddToken(s, {.content = "[SEP] x", .single_word = true});
         AddToken(s, {.content = "\xcc\x81", .single_word = true});  // U+0301
         AddToken(s, {.content = "\xe4\xb8\xad"});                   // U+4E2D
         AddToken(s, {.content = "go [SEP]", .single_word = true});
         AddToken(s, {.content = "\xe3\x80\xaf"});  // U+302F
       }},
      {"stripping",
       [](TokenizerSpec& s) {
         AddToken(s, {.content = "<l>", .lstrip = true});
         AddToken(s, {.content = "<r>", .rstrip = true});
         AddToken(s, {.content = "<b>", .lstrip = true, .rstrip = true});
         AddToken(s, {.content = "  "});
         AddToken(s, {.content = " x", .normalized = true});
       }},
      {"normalized",
       [](TokenizerSpec& s) {
         AddToken(s, {.content = "Film Noir", .normalized = true});
         AddToken(s, {.content = "\xc3\x89t\xc3\xa9", .normalized = true, .single_word = true});  // Ete with accents
         AddToken(s, {.content = "film", .normalized = true, .rstrip = true});
         AddToken(s, {.content = "[x]", .normalized = true, .lstrip = true});
         AddToken(s, {.content = "\xea\xb0\x80", .normalized = true});  // U+AC00
         AddToken(s, {.content = "a", .normalized = true, .single_word = true});
       }},
      {"replacement", [](TokenizerSpec& s) { AddToken(s, {.content = "\xef\xbf\xbd!"}); }},
  };
  TokenizerSpec spec = UncasedSpec();
  changes.at(setting)(spec);
  return spec;
}

inline const std::vector<std::string>& AllSettings() {
  static const std::vector<std::string> names = {"uncased",      "cased",      "cased_stripped", "uncased_accents",
                                                 "no_cjk",       "no_clean",   "no_clean_cased", "max_5_chars",
                                                 "other_prefix", "no_prefix",  "other_unknown",  "single_word",
                                                 "stripping",    "normalized", "replacement"};
  return names;
}

}  // namespace valence::internal
