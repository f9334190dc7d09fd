// What may be taken out of a text before the model reads it.
#pragma once

#include <string>
#include <string_view>

#include "valence/export.h"

namespace valence {

// All off by default: a published model wants its texts raw, unless its card says that it was trained on prepared ones.
// The rules are in docs/text-preparation.md.
struct TextPreparation {
  bool strip_urls = false;             // "https://t.co/x", "www.example.org", "bit.ly/x"
  bool strip_user_names = false;       // "@name"
  bool strip_email_addresses = false;  // "name@example.org"
  bool strip_phone_numbers = false;    // "+1 555 123 4567", "(555) 123-4567", "020 7946 0958"
  bool lower_case = false;             // every code point by itself, as uncased models do
  bool remove_stop_words = false;      // English function words; negations and words of degree or contrast stay

  friend bool operator==(const TextPreparation&, const TextPreparation&) = default;
};

// The text as it is after preparation: what a classifier with these options tokenises. Each thing that is taken out
// leaves a space, unless white space or nothing stands before it; all else is copied byte by byte, ill-formed UTF-8
// included. One pass, in time and memory proportional to the text, whatever it holds. Preparing twice changes nothing
// more.
VALENCE_EXPORT std::string prepare(std::string_view text, const TextPreparation& preparation);

}  // namespace valence
