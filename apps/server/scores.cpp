// What several protocols do alike with models and scores.
#include <algorithm>
#include <numeric>

#include "common/numbers.h"
#include "service.h"

namespace server {

std::shared_ptr<const Model> FindModel(Service& service, const std::string& name) {
  if (auto model = service.models.Find(name)) return model;
  const auto known = service.models.List();
  const bool found =
      name.empty() || std::any_of(known.begin(), known.end(), [&](const auto& m) { return m.name == name; });
  if (found) throw Refused{503, "unhealthy", "the model is not loaded"};
  throw Refused{404, "not_found", "unknown model \"" + name + '"'};
}

std::shared_ptr<const Model> FindModel(Service& service, const Request& request) {
  return FindModel(service, QueryParameter(request.target, "model").value_or(""));
}

Json Ranked(const valence::Classifier& classifier, const std::vector<float>& scores, std::size_t count) {
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return scores[a] > scores[b]; });
  order.resize(std::min(order.size(), count));
  Json ranked = Json::array();
  for (const std::size_t label : order) {
    ranked.push_back({{"score", common::Shortest(scores[label])}, {"label", classifier.labels()[label]}});
  }
  return ranked;
}

}  // namespace server
