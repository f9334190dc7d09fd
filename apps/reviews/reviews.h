// The reviews of one input, counted by product, and the products as output lines.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "arguments.h"
#include "common/program.h"
#include "products.h"
#include "table/reader.h"
#include "valence/classifier.h"

namespace reviews {

class Reviews {
 public:
  // `name`: the input's, for messages. Throws common::UsageError if the model has no label --label.
  Reviews(const Arguments& arguments, const valence::Classifier& classifier, const std::string& name);

  // Classifies and counts the reviews; with --grouped prints the products that are complete.
  void Take(const std::vector<table::Record>& records);

  // Prints the products that are left, and the number of rows that could not be used.
  common::ExitCode Finish();

 private:
  void PrintFinished();

  const Arguments& arguments_;
  const valence::Classifier& classifier_;
  std::size_t label_;
  common::BadRows bad_rows_;
  std::unordered_map<std::string, Product> products_;  // those that are not printed yet
  std::size_t rows_ = 0;
};

}  // namespace reviews
