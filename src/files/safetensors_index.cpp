// Reads the index, then opens each file once and joins their tensors.
#include "files/safetensors_index.h"

#include <algorithm>
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

// Whether `name` is the path of a file in the index's folder or below.
bool LiesInside(const std::string& name) {
  const std::filesystem::path path(name);
  return path.has_filename() && path.is_relative() && name.find('\0') == name.npos &&
         std::none_of(path.begin(), path.end(), [](const auto& part) { return part == ".."; });
}

}  // namespace

Safetensors OpenSafetensorsIndex(const std::filesystem::path& path) {
  const JsonTree json = ReadJsonFile(path, kCode);
  const JsonObject index(json.root, path, kCode);
  const JsonObject map = index.RequiredObject("weight_map");
  std::map<std::string, std::vector<std::string>> tensors_of;  // by file
  for (const auto& [tensor, file] : map.value().items()) {
    if (!file.is_string() || !LiesInside(file.get_ref<const std::string&>())) {
      map.Fail(Quoted(tensor), "a file inside the folder", Described(file));
    }
    tensors_of[std::filesystem::path(file.get<std::string>()).lexically_normal().string()].push_back(tensor);
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
