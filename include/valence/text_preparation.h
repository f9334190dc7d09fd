// Removes things from a text before the model reads it.
#pragma once

#include <string>
#include <string_view>

#include "valence/export.h"

namespace valence {

// All off by default: a published model expects raw texts, unless its card says that it was trained on prepared ones.
// docs/text-preparation.md has the rules.
struct VALENCE_EXPORT TextPreparation {
  bool strip_urls = false;             // "https://t.co/x", "www.example.org", "bit.ly/x"
  bool strip_user_names = false;       // "@name"
  bool strip_email_addresses = false;  // "name@example.org"
  bool strip_phone_numbers = false;    // "+1 555 123 4567", "(555) 123-4567", "020 7946 0958"
  bool lower_case = false;             // each code point alone, as uncased models do
  bool remove_stop_words = false;      // English function words, but not negations or words of degree or contrast

  friend bool operator==(const TextPreparation&, const TextPreparation&) = default;
};

// The text after preparation, as a classifier with these options tokenizes it. What is removed leaves a space, except
// at the beginning of the text and after white space. Everything else is copied byte by byte, ill-formed UTF-8
// included. Time and memory are proportional to the text's length. Preparing a prepared text changes nothing.
VALENCE_EXPORT std::string prepare(std::string_view text, const TextPreparation& preparation);

}  // namespace valence
