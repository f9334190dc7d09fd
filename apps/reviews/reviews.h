// The reviews of one input, counted by product, and the products as output lines.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "arguments.h"
#include "common/overlap.h"
#include "common/program.h"
#include "products.h"
#include "table/reader.h"
#include "valence/classifier.h"

namespace reviews {

class Reviews {
 public:
  struct Row {
    std::size_t line;
    std::string product;
  };
  using Batch = common::Batch<std::vector<Row>>;

  // `name`: the input's, for messages. Throws common::UsageError if the model has no label --label.
  Reviews(const Arguments& arguments, const valence::Classifier& classifier, const std::string& name);

  // The reviews in a window of records; nothing if there are no records. Reports those that cannot be used.
  std::optional<Batch> Read(const std::vector<table::Record>& records);

  // Counts the reviews of a batch; with --grouped prints the products that are complete.
  void Count(const Batch& batch, const std::vector<valence::Prediction>& predictions);

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
