// Finds the default model, which comes with the library.
#include <dlfcn.h>

#include <cstdlib>
#include <cstring>
#include <string>

#include "files/model_folder.h"
#include "unicode/printable.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

// The shared library or program that this function is part of.
std::filesystem::path OwnModule() {
  Dl_info info{};
  std::error_code error;
  const auto address = reinterpret_cast<const void*>(&OwnModule);
  // For a program that was found through PATH this is only its name.
  if (dladdr(address, &info) != 0 && info.dli_fname != nullptr && std::strchr(info.dli_fname, '/') != nullptr) {
    const auto path = std::filesystem::canonical(info.dli_fname, error);
    if (!error) return path;
  }
  return std::filesystem::read_symlink("/proc/self/exe", error);
}

// Whether `module` is in a build tree: CMake writes this file to the top of every build tree.
bool IsInBuildTree(const std::filesystem::path& module) {
  std::error_code error;
  for (auto folder = module.parent_path(); folder != folder.parent_path(); folder = folder.parent_path()) {
    if (std::filesystem::exists(folder / "CMakeCache.txt", error)) return true;
  }
  return false;
}

}  // namespace

std::vector<std::filesystem::path> DefaultModelPlaces(const std::filesystem::path& module) {
  const std::filesystem::path folder = module.parent_path();
  const std::filesystem::path installed = VALENCE_INSTALLED_DATA "/models/default";
  const std::filesystem::path source = VALENCE_SOURCE_MODELS "/default";
  // The second is for libraries in an architecture's folder, lib/x86_64-linux-gnu.
  std::vector<std::filesystem::path> places = {
      (folder / VALENCE_RELATIVE_DATA "/models/default").lexically_normal(),
      (folder / "../" VALENCE_RELATIVE_DATA "/models/default").lexically_normal()};
  if (IsInBuildTree(module)) {
    places.insert(places.end(), {source, installed});
  } else {
    places.insert(places.end(), {installed, source});
  }
  return places;
}

std::filesystem::path DefaultModelFolder() {
  if (const char* chosen = std::getenv("VALENCE_MODEL"); chosen != nullptr && *chosen != '\0') return chosen;
  std::string looked;
  for (const auto& place : DefaultModelPlaces(OwnModule())) {
    std::error_code error;
    if (std::filesystem::is_directory(place, error)) return place;
    looked += (looked.empty() ? "" : ", ") + Shown(place);
  }
  throw Error(ErrorCode::kFileNotFound, "no default model: VALENCE_MODEL is not set, and there is no folder " + looked);
}

}  // namespace valence::internal
