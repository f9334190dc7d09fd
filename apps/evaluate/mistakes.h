// The wrong answers that the model was surest of.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace evaluate {

struct Mistake {
  std::size_t line = 0;
  std::size_t label = 0;   // the row's
  std::size_t answer = 0;  // the model's
  float score = 0;
  std::string text;  // its beginning
};

// Keeps the `most` mistakes of the highest scores; of equals, the first.
class Mistakes {
 public:
  explicit Mistakes(std::size_t most) : most_(most) {}

  void Add(Mistake mistake, std::string_view text);

  std::vector<Mistake> ByConfidence() const;

 private:
  std::size_t most_;
  std::vector<Mistake> heap_;  // the least sure one first
};

}  // namespace evaluate
