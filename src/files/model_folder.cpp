// Opens a published model folder.
#include "files/model_folder.h"

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

void CheckSafetensorsFile(const std::filesystem::path& folder) {
  if (IsThere(folder / "model.safetensors")) return;
  std::string advice;
  if (IsThere(folder / "pytorch_model.bin")) {
    advice =
        "; there is a pytorch_model.bin, which can be converted with Python: "
        "from transformers import AutoModelForSequenceClassification as M; "
        "M.from_pretrained(FOLDER).save_pretrained(FOLDER)";
  } else if (IsThere(folder / "model.safetensors.index.json")) {
    advice = "; weights that are split over several files are not supported";
  }
  throw Error(ErrorCode::kFileNotFound, Shown(folder / "model.safetensors") + ": no such file" + advice);
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

ModelFolder OpenModelFolder(const std::filesystem::path& path) {
  CheckFolder(path);
  ModelFolder model;
  model.path = path;
  model.config = ReadConfig(path / "config.json");
  CheckSafetensorsFile(path);
  model.tokenizer = ReadTokenizerSpec(path);
  CheckEmbeddings(model);
  model.weights = Safetensors::Open(path / "model.safetensors");
  return model;
}

}  // namespace valence::internal
