// The options that say what is made of a text before the model reads it: --long-text, --stride, --prepare.
#include "text_options.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <iterator>
#include <string_view>

#include "program.h"

namespace cli {
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
  for (std::size_t begin = 0; begin <= list.size();) {
    const std::size_t end = std::min(list.find(',', begin), list.size());
    const std::string_view name = list.substr(begin, end - begin);
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
    begin = end + 1;
  }
  return preparation;
}

}  // namespace

void TextOptions::AddTo(CLI::App& app, valence::Options& options) {
  app.add_option("--long-text", long_text, "What becomes of a text beyond the tokens' limit; default: truncate")
      ->type_name("truncate|first-and-last|mean-of-windows");
  app.add_option("--stride", options.stride, "Tokens from window to window; 0: a whole window, none read twice")
      ->type_name("N");
  app.add_option("--prepare", prepare,
                 "Take out before tokenising, with commas between: urls, user-names, "
                 "email-addresses, phone-numbers, lower-case, stop-words, or all of these")
      ->type_name("LIST");
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
  std::string names;
  for (const Part& part : kParts) {
    if (preparation.*part.field) names.append(names.empty() ? "" : ",").append(part.name);
  }
  return names.empty() ? "nothing" : names;
}

}  // namespace cli
