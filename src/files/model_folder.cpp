// Opens a published model folder.
#include "files/model_folder.h"

#include <algorithm>
#include <vector>

#include "files/mapped_file.h"
#include "files/safetensors_index.h"
#include "files/tokenizer_files.h"
#include "unicode/printable.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

void CheckFolder(const std::filesystem::path& path) {
  std::error_code error;
  const auto status = std::filesystem::status(path, error);
  if (std::filesystem::is_directory(status)) return;
  if (std::filesystem::exists(status)) {
    throw Error(ErrorCode::kFileUnreadable, Shown(path) + ": expected a model folder, found something else");
  }
  const std::string reason = error ? error.message() : "No such file or directory";
  throw Error(ErrorCode::kFileNotFound, Shown(path) + ": expected a model folder: " + reason);
}

// model.safetensors, or the files that its index names.
Safetensors OpenWeights(const std::filesystem::path& folder) {
  const auto whole = folder / "model.safetensors", index = folder / "model.safetensors.index.json";
  if (IsThere(whole)) return Safetensors::Open(whole);
  if (IsThere(index)) return OpenSafetensorsIndex(index);
  std::string advice;
  for (const char* const name : {"pytorch_model.bin", "pytorch_model.bin.index.json"}) {
    if (!IsThere(folder / name)) continue;
    MappedFile(folder / name);  // throws for a Git LFS pointer
    advice = std::string("; there is a ") + name +
             ", which can be converted with Python: from transformers import AutoModelForSequenceClassification as M; "
             "M.from_pretrained(FOLDER).save_pretrained(FOLDER)";
    break;
  }
  throw Error(ErrorCode::kFileNotFound, Shown(whole) + ": no such file" + advice);
}

// Checked here, because a token without an embedding would otherwise be noticed only when a text contains it.
void CheckEmbeddings(const ModelFolder& model) {
  const auto check = [&](const std::string& token, std::int32_t id) {
    if (id < model.config.vocab_size) return;
    throw Error(ErrorCode::kInvalidTokenizer, Shown(model.path) + ": tokenizer: token " + Quoted(token) +
                                                  ": expected an id below the config's vocab_size " +
                                                  std::to_string(model.config.vocab_size) + ", found " +
                                                  std::to_string(id));
  };
  for (const auto& [piece, id] : model.tokenizer.vocab) check(piece, id);
  for (const AddedToken& token : model.tokenizer.added_tokens) check(token.content, token.id);
}

}  // namespace

std::filesystem::path PublishedFolder(const std::filesystem::path& path) {
  CheckFolder(path);
  const auto snapshots = path / "snapshots", main = path / "refs" / "main";
  if (IsThere(path / "config.json") || !IsThere(snapshots)) return path;
  std::vector<std::filesystem::path> found;
  for (const auto& entry : std::filesystem::directory_iterator(snapshots)) {
    if (entry.is_directory()) found.push_back(entry.path());
  }
  if (IsThere(main)) {
    std::string revision = ReadWholeFile(main, 1000);
    revision.erase(revision.find_last_not_of(" \r\n") + 1);
    if (std::find(found.begin(), found.end(), snapshots / revision) != found.end()) return snapshots / revision;
  } else if (found.size() == 1) {
    return found.front();
  }
  throw Error(ErrorCode::kFileNotFound,
              Shown(path) + ": expected the snapshot that refs/main names, or one alone, in " + Shown(snapshots) +
                  ", found " + std::to_string(found.size()) + "; give the folder of one of them");
}

ModelFolder OpenModelFolder(const std::filesystem::path& path) {
  ModelFolder model;
  model.path = PublishedFolder(path);
  model.config = ReadConfig(model.path / "config.json");
  model.weights = OpenWeights(model.path);
  model.tokenizer = ReadTokenizerSpec(model.path, model.config.vocab_size);
  CheckEmbeddings(model);
  return model;
}

}  // namespace valence::internal
