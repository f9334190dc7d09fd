// The models that are served, each under its name; all run on the same worker threads.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include "valence/valence.h"

namespace server {

// One load of a model. Requests hold it until they are answered, so that a reload never takes it from under them.
struct Model {
  std::string name;
  std::filesystem::path folder;
  valence::Classifier classifier;
};

// Where a model comes from.
struct ModelSource {
  std::string name;
  std::optional<std::filesystem::path> folder;  // none: the default model
};

struct UnknownModel : std::runtime_error {
  using std::runtime_error::runtime_error;
};

// Thread-safe.
class Models {
 public:
  // Loads all of them. The first is the one that requests without a name get. Throws valence::Error.
  Models(std::vector<ModelSource> sources, const valence::Options& options);

  // Null if it is not loaded; the empty name: the first.
  std::shared_ptr<const Model> Find(const std::string& name = {}) const;

  struct Entry {
    std::string name;
    bool loaded;
  };
  std::vector<Entry> List() const;

  // Loads it (anew) and puts it in the old one's place once it is there. Takes seconds. Throws valence::Error, after
  // which the old one stays, or UnknownModel.
  void Load(const std::string& name);
  void LoadAll();

  // Throws UnknownModel.
  void Unload(const std::string& name);

  int threads() const { return options_.shared_threads->count(); }

 private:
  const ModelSource& Source(const std::string& name) const;

  const std::vector<ModelSource> sources_;
  valence::Options options_;
  std::mutex loading_;  // one load at a time
  mutable std::mutex mutex_;
  std::map<std::string, std::shared_ptr<const Model>> loaded_;
};

}  // namespace server
