// From a published folder to one in int8, tensor by tensor.
#include "valence/quantize.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "files/folder_writer.h"
#include "files/mapped_file.h"
#include "files/model_folder.h"
#include "files/model_tensors.h"
#include "files/quantization.h"
#include "files/safetensors_writer.h"
#include "model/int8_row.h"
#include "unicode/printable.h"
#include "valence/error.h"

namespace valence {
namespace {

using namespace internal;

constexpr std::size_t kPiece = std::size_t{1} << 20;  // bytes that are read and written at once

// Beside config.json and the weights. A model card and checksums would be those of another model.
bool IsCopied(const std::string& name) {
  for (const char* const copied :
       {"tokenizer.json", "tokenizer_config.json", "vocab.txt", "special_tokens_map.json", "added_tokens.json"}) {
    if (name == copied) return true;
  }
  return name.starts_with("LICENSE") || name.starts_with("NOTICE");
}

// The weights to be written: all tensors of the file, some of them in int8 with their scales.
class Weights {
 public:
  Weights(const ModelFolder& folder, bool word_embeddings)
      : file_(folder.weights), tensors_(FindModelTensors(folder.config, file_)), writer_(Plan(word_embeddings)) {}

  std::size_t bytes() const { return writer_.bytes(); }

  void Write(const std::filesystem::path& path) {
    writer_.Open(path);
    for (const auto& [name, tensor] : file_.tensors()) {
      const auto quantized = quantized_.find(&tensor);
      quantized == quantized_.end() ? Copy(name, tensor) : Quantize(name, *quantized->second);
    }
    writer_.Finish();
  }

 private:
  std::vector<PlannedTensor> Plan(bool word_embeddings) {
    for (const NamedTensor* const matrix : Int8Matrices(tensors_, word_embeddings)) {
      quantized_[matrix->view] = matrix;
    }
    std::vector<PlannedTensor> planned;
    for (const auto& [name, tensor] : file_.tensors()) {
      if (!quantized_.contains(&tensor)) {
        planned.push_back({name, tensor.dtype_name, tensor.shape, tensor.data.size()});
        continue;
      }
      const std::uint64_t rows = tensor.shape[0], columns = tensor.shape[1];
      planned.push_back({name, "I8", tensor.shape, rows * columns});
      planned.push_back({ScaleName(name), "F32", {rows, 1}, rows * sizeof(float)});
    }
    return planned;
  }

  std::string ScaleName(const std::string& name) const {
    if (!file_.Has(name + "_scale")) return name + "_scale";
    throw Error(ErrorCode::kDuplicateTensor, Shown(file_.path()) + ": tensor " + Quoted(name + "_scale") +
                                                 ": expected none in a folder that is not quantized, found one");
  }

  void Copy(const std::string& name, const TensorView& tensor) {
    for (std::size_t first = 0; first < tensor.data.size(); first += kPiece) {
      const auto piece = tensor.data.subspan(first, std::min(kPiece, tensor.data.size() - first));
      writer_.Write(name, first, piece);
      ReleasePages(piece);
    }
  }

  void Quantize(const std::string& name, const NamedTensor& matrix) {
    const std::size_t rows = matrix.view->shape[0], columns = matrix.view->shape[1];
    const std::size_t row_bytes = matrix.view->data.size() / rows, most = std::max<std::size_t>(1, kPiece / row_bytes);
    Int8RowReader reader(matrix);
    std::vector<float> scales(rows);
    std::vector<std::int8_t> values(most * columns);
    for (std::size_t first = 0; first < rows; first += most) {
      const std::size_t count = std::min(most, rows - first);
      for (std::size_t r = 0; r < count; ++r) {
        scales[first + r] = reader.ReadFinite(first + r, std::span(values).subspan(r * columns, columns));
      }
      writer_.Write(name, first * columns, std::as_bytes(std::span(values).first(count * columns)));
      ReleasePages(matrix.view->data.subspan(first * row_bytes, count * row_bytes));
    }
    writer_.Write(name + "_scale", 0, std::as_bytes(std::span(scales)));
  }

  const Safetensors& file_;
  const ModelTensors tensors_;
  std::map<const TensorView*, const NamedTensor*> quantized_;
  SafetensorsWriter writer_;
};

// Name and content of what is copied as it is.
std::map<std::string, MappedFile> FilesToCopy(const std::filesystem::path& folder) {
  std::map<std::string, MappedFile> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    if (IsCopied(name)) files.emplace(name, entry.path());
  }
  return files;
}

}  // namespace

void quantize_model(const std::filesystem::path& from, const std::filesystem::path& to,
                    const QuantizeOptions& options) {
  const ModelFolder folder = OpenModelFolder(from);
  if (folder.config.int8_weights) {
    throw Error(ErrorCode::kUnsupportedModel,
                Shown(folder.path) + ": expected a model that is not quantized, found a quantization_config");
  }
  const std::string config =
      AddQuantization(folder.path / "config.json", *folder.config.architecture, options.word_embeddings);
  const auto copied = FilesToCopy(folder.path);
  Weights weights(folder, options.word_embeddings);

  std::size_t bytes = config.size() + weights.bytes();
  for (const auto& [name, file] : copied) bytes += file.bytes().size();
  FolderWriter writer(to, bytes);
  writer.WriteFile("config.json", std::as_bytes(std::span(config)));
  for (const auto& [name, file] : copied) writer.WriteFile(name, file.bytes());
  weights.Write(writer.Place("model.safetensors"));
  writer.Commit();
}

}  // namespace valence
