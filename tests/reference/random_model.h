// Models of every architecture made up on the spot, in memory and as folders.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "files/config.h"
#include "reference/safetensors_file.h"

namespace valence::internal {

// Token ids of every random model's vocabulary; id 5 and up are the words "w5", "w6", ..
inline constexpr std::int32_t kPadId = 0, kUnkId = 1, kClsId = 2, kSepId = 3, kMaskId = 4, kFirstWordId = 5;

struct RandomModel {
  Config config;
  std::string dtype = "F32";  // of the file; the values of `tensors` are rounded to it already
  ReferenceTensors tensors;
};

// Weights spread so widely that attention is far from uniform and every token matters to the logits. The same seed
// gives the same model. An empty config.labels becomes two labels, no token types two
// where the architecture has them.
RandomModel MakeRandomModel(Config config, std::uint32_t seed, const std::string& dtype = "F32");

// One of two layers, 24 wide, that loads at once.
RandomModel MakeSmallRandomModel(const Architecture* architecture = &kDistilBert);

// Writes config.json, vocab.txt, tokenizer_config.json and model.safetensors.
void WriteModelFolder(const std::filesystem::path& folder, const RandomModel& model);

// [CLS] words [SEP], `length` ids in all.
std::vector<std::int32_t> RandomIds(const Config& config, std::size_t length, std::uint32_t seed);

// The text whose ids these are, by the vocabulary of WriteModelFolder; the first and last id are left out.
std::string TextOf(std::span<const std::int32_t> ids);

}  // namespace valence::internal
