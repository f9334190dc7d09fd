// The small models of tests/data/models with the answers of transformers (tests/data/models/make.py).
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "reference/temporary_folder.h"

namespace valence::internal {

struct CommittedText {
  std::string text;
  bool truncated = false;
  std::vector<std::int32_t> ids;
  std::vector<float> f32;   // [labels] logits
  std::vector<float> bf16;  // [labels] logits of PyTorch's bf16 run
};

struct CommittedModel {
  std::filesystem::path folder;
  std::vector<CommittedText> texts;
  std::shared_ptr<TemporaryFolder> copy;  // where the folder is a changed copy of a committed one

  std::vector<std::string> Texts() const;
};

// Names of the folders, sorted.
std::vector<std::string> CommittedModelNames();

// "heads6-gelu-f32+silu", ..: committed models with another activation function, whose logits activations.json has.
std::vector<std::string> CommittedActivationNames();

// By a name of either list.
CommittedModel ReadCommittedModel(const std::string& name);

// Names as GoogleTest wants them.
std::string TestNameOf(std::string name);

}  // namespace valence::internal
