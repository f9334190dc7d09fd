// What --help says of a program, as data, and the man page and shell completions that are made of it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace common {

struct Manual {
  struct Option {
    std::vector<std::string> names;  // "-h", "--help"; one name without dashes is a positional argument
    std::string type;                // "DIR", "FILE", "f32|bf16", ..; empty: takes no value
    std::string help;
    std::string default_value;  // empty: none
    bool positional = false;
    bool required = false;
  };
  std::string program;
  std::string version;
  std::string description;  // one sentence
  std::string details;      // paragraphs; indented lines are shown as they are
  std::string environment;
  std::string exit_codes;
  std::vector<Option> options;
  bool takes_texts = false;
};

// The manual as "man" (the roff source of a man page of section 1), "bash", "zsh" or "fish" (a completion script).
// Throws UsageError for another format.
std::string Render(const Manual& manual, std::string_view format);

// For Render. What a value may be is read from Option::type.
std::string ManPage(const Manual& manual);
std::string BashCompletion(const Manual& manual);
std::string ZshCompletion(const Manual& manual);
std::string FishCompletion(const Manual& manual);

}  // namespace common
