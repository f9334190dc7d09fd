// The options for what is done with a text before the model reads it: --long-text, --stride, --prepare.
#include "text_options.h"

#include <algorithm>
#include <iterator>
#include <string_view>
#include <vector>

#include "command_line.h"
#include "program.h"
#include "text.h"

namespace common {
namespace {

using valence::LongText;
using valence::TextPreparation;

struct Part {
  std::string_view name;
  bool TextPreparation::*field;
};
constexpr Part kParts[] = {{"urls", &TextPreparation::strip_urls},
                           {"user-names", &TextPreparation::strip_user_names},
                           {"email-addresses", &TextPreparation::strip_email_addresses},
                           {"phone-numbers", &TextPreparation::strip_phone_numbers},
                           {"lower-case", &TextPreparation::lower_case},
                           {"stop-words", &TextPreparation::remove_stop_words}};

TextPreparation ParsePreparation(std::string_view list) {
  TextPreparation preparation;
  for (const std::string_view name : Split(list, ',')) {
    const auto found =
        std::find_if(std::begin(kParts), std::end(kParts), [&](const Part& p) { return p.name == name; });
    if (found != std::end(kParts)) {
      preparation.*found->field = true;
    } else if (name == "all") {
      for (const Part& part : kParts) preparation.*part.field = true;
    } else {
      throw UsageError(
          "--prepare: expected all, or some of urls, user-names, email-addresses, phone-numbers, lower-case, "
          "stop-words with commas between, found \"" +
          std::string(name) + "\"");
    }
  }
  return preparation;
}

}  // namespace

void TextOptions::AddTo(CommandLine& command_line, valence::Options& options) {
  command_line.Add("--long-text", long_text, "truncate|first-and-last|mean-of-windows",
                   "Read a text that is longer than the model reads in this way; default: truncate");
  command_line.Add("--stride", options.stride, "N",
                   "Begin a window every N tokens; 0: where the one before ends, so that no token is read twice");
  command_line.Add("--prepare", prepare, "LIST",
                   "Remove or change these before tokenising, with commas between: urls, user-names, "
                   "email-addresses, phone-numbers, lower-case, stop-words, or all");
}

void TextOptions::Check(valence::Options& options) const {
  constexpr LongText kAll[] = {LongText::kTruncate, LongText::kFirstAndLast, LongText::kMeanOfWindows};
  const auto found = std::find_if(std::begin(kAll), std::end(kAll),
                                  [&](LongText value) { return valence::to_string(value) == long_text; });
  if (found == std::end(kAll)) {
    throw UsageError("--long-text: expected truncate, first-and-last or mean-of-windows, found " + long_text);
  }
  options.long_text = *found;
  if (options.stride < 0) throw UsageError("--stride: expected 0 or more, found " + std::to_string(options.stride));
  if (options.stride > 0 && options.long_text != LongText::kMeanOfWindows) {
    throw UsageError("--stride: expected --long-text mean-of-windows beside it, found " + long_text);
  }
  if (!prepare.empty()) options.preparation = ParsePreparation(prepare);
}

std::string ToString(const TextPreparation& preparation) {
  std::vector<std::string_view> names;
  for (const Part& part : kParts) {
    if (preparation.*part.field) names.push_back(part.name);
  }
  return names.empty() ? "nothing" : Joined(names, ",");
}

}  // namespace common
