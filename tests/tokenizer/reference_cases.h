// The reference files of tests/data/tokenizer: texts and the ids that Hugging Face gives them.
#pragma once

#include <cstdint>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <stdexcept>
#include <string>
#include <vector>

#include "tokenizer/make_tokenizer.h"
#include "tokenizer/settings.h"

namespace valence::internal {

struct ReferenceCase {
  std::string name;  // empty for generated texts
  std::string setting;
  std::string text;  // not always well-formed UTF-8
  std::size_t max_tokens = SIZE_MAX;
  bool truncated = false;
  std::vector<std::int32_t> ids;
};

// How GoogleTest shows one, also in the list from which ctest learns the tests.
inline void PrintTo(const ReferenceCase& reference, std::ostream* out) { *out << reference.name; }

inline std::string FromHex(const std::string& digits) {
  std::string bytes;
  for (std::size_t i = 0; i < digits.size(); i += 2) {
    bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
  }
  return bytes;
}

// Throws when the file is missing or empty: a test on no cases would pass.
inline std::vector<ReferenceCase> ReadCases(const std::string& file_name) {
  std::ifstream file(VALENCE_TEST_DATA "/tokenizer/" + file_name);
  std::vector<ReferenceCase> cases;
  for (std::string line; std::getline(file, line);) {
    const auto json = nlohmann::json::parse(line);
    cases.push_back({.name = json.value("name", ""),
                     .setting = json.at("setting"),
                     .text = json.contains("hex") ? FromHex(json["hex"]) : json.at("text").get<std::string>(),
                     .max_tokens = json.value("max_tokens", SIZE_MAX),
                     .truncated = json.value("truncated", false),
                     .ids = json.at("ids")});
  }
  if (cases.empty()) throw std::runtime_error("no cases in " + file_name);
  return cases;
}

// One tokenizer a setting, made when first asked for. For the tests' single thread.
inline const Tokenizer& TokenizerOf(const std::string& setting) {
  static std::map<std::string, Tokenizer> made;
  auto found = made.find(setting);
  if (found == made.end()) found = made.emplace(setting, MakeTokenizer(MakeSpec(setting))).first;
  return found->second;
}

}  // namespace valence::internal
