// Readers take a shared pointer under a short lock; loading happens outside of it.
#include "models.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include <algorithm>
#include <utility>

namespace server {

Models::Models(std::vector<ModelSource> sources, const valence::Options& options)
    : sources_(std::move(sources)), options_(options) {
  options_.shared_threads = std::make_shared<valence::Threads>(options.threads);
  LoadAll();
}

std::shared_ptr<const Model> Models::Find(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto found = loaded_.find(name.empty() ? sources_.front().name : name);
  return found == loaded_.end() ? nullptr : found->second;
}

std::vector<Models::Entry> Models::List() const {
  const std::lock_guard lock(mutex_);
  std::vector<Entry> entries;
  for (const ModelSource& source : sources_) entries.push_back({source.name, loaded_.contains(source.name)});
  return entries;
}

const ModelSource& Models::Source(const std::string& name) const {
  const auto found =
      std::find_if(sources_.begin(), sources_.end(), [&](const ModelSource& source) { return source.name == name; });
  if (found == sources_.end()) throw UnknownModel("unknown model \"" + name + '"');
  return *found;
}

void Models::Load(const std::string& name) {
  const ModelSource& source = Source(name);
  const std::lock_guard one_at_a_time(loading_);
  auto classifier =
      source.folder ? valence::Classifier::load(*source.folder, options_) : valence::Classifier::load(options_);
  std::filesystem::path folder = classifier.model_folder();
  auto model = std::make_shared<const Model>(Model{name, std::move(folder), std::move(classifier)});
  {
    const std::lock_guard lock(mutex_);
    std::swap(loaded_[name], model);
  }
  // The old one ends here, or with the last request that holds it.
  model.reset();
#ifdef __GLIBC__
  malloc_trim(0);  // what it leaves in the allocator's pools would stay there until the next load
#endif
}

void Models::LoadAll() {
  for (const ModelSource& source : sources_) Load(source.name);
}

void Models::Unload(const std::string& name) {
  Source(name);
  std::shared_ptr<const Model> old;
  const std::lock_guard lock(mutex_);
  if (const auto found = loaded_.find(name); found != loaded_.end()) {
    old = std::move(found->second);
    loaded_.erase(found);
  }
}

}  // namespace server
