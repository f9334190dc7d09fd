// Reads the index, then opens each file once and joins their tensors.
#include "files/safetensors_index.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "files/json_file.h"
#include "unicode/printable.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

constexpr ErrorCode kCode = ErrorCode::kInvalidConfig;
constexpr std::size_t kMaxFiles = 1000;

// Whether `name` is that of a file in the index's own folder.
bool IsPlainName(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == name.npos && name.find('\0') == name.npos;
}

}  // namespace

Safetensors OpenSafetensorsIndex(const std::filesystem::path& path) {
  const JsonTree json = ReadJsonFile(path, kCode);
  const JsonObject index(json.root, path, kCode);
  const JsonObject map = index.RequiredObject("weight_map");
  std::map<std::string, std::vector<std::string>> tensors_of;  // by file
  for (const auto& [tensor, file] : map.value().items()) {
    if (!file.is_string() || !IsPlainName(file.get_ref<const std::string&>())) {
      map.Fail(Quoted(tensor), "the name of a file in the same folder", Described(file));
    }
    tensors_of[file.get<std::string>()].push_back(tensor);
  }
  if (tensors_of.empty() || tensors_of.size() > kMaxFiles) {
    index.Fail("weight_map", "1 to " + std::to_string(kMaxFiles) + " files", std::to_string(tensors_of.size()));
  }
  std::vector<Safetensors> files;
  for (const auto& [file, tensors] : tensors_of) {
    files.push_back(Safetensors::Open(path.parent_path() / file));
    for (const std::string& tensor : tensors) {
      if (files.back().Has(tensor)) continue;
      throw Error(ErrorCode::kMissingTensor, Shown(files.back().path()) + ": expected a tensor " + Quoted(tensor) +
                                                 " by " + Shown(path) + ", found none");
    }
  }
  return Safetensors::Join(path, std::move(files));
}

}  // namespace valence::internal
