// The reviews of one input, counted by product, and the products as output lines.
#include "reviews.h"

#include <algorithm>
#include <iterator>
#include <stdexcept>

#include "common/json_line.h"
#include "common/numbers.h"
#include "common/output.h"
#include "common/text.h"
#include "statistics/share.h"
#include "table/values.h"

namespace reviews {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kProductsAtOnce = 64;  // how many products' sentences are classified together

Json ToJson(const std::vector<Telling>& sentences) {
  Json array = Json::array();
  for (const Telling& telling : sentences) {
    array.push_back(
        {{"sentence", telling.text}, {"probability", common::Rounded(telling.probability)}, {"line", telling.line}});
  }
  return array;
}

std::string Described(const Product& product, const Arguments& arguments) {
  if (arguments.json) {
    Json object = {{"product", product.name}, {"reviews", product.share.total}};
    statistics::AddTo(object, product.share, arguments.few);
    object["positive_sentences"] = ToJson(product.positive);
    object["negative_sentences"] = ToJson(product.negative);
    return common::ToJsonLine(object);
  }
  std::string lines = common::OneLine(product.name) + ": " + common::Count(product.share.total, "review") + ", " +
                      statistics::Described(product.share, arguments.few) + '\n';
  const auto append = [&](char sign, const Telling& telling) {
    lines += std::string("  ") + sign + ' ' + common::Decimal(static_cast<double>(telling.probability), 4) + "  line " +
             std::to_string(telling.line) + ": " + common::OneLine(telling.text) + '\n';
  };
  for (const Telling& telling : product.positive) append('+', telling);
  for (const Telling& telling : product.negative) append('-', telling);
  return lines;
}

}  // namespace

Reviews::Reviews(const Arguments& arguments, const valence::Classifier& classifier, const std::string& name)
    : arguments_(arguments),
      classifier_(classifier),
      label_(common::FindLabel(classifier.labels(), "--label", arguments.label)),
      bad_rows_(kProgram, name) {}

std::optional<Reviews::Batch> Reviews::Read(const std::vector<table::Record>& records) {
  if (records.empty()) return std::nullopt;
  Batch batch;
  for (const table::Record& record : records) {
    ++rows_;
    try {
      const std::string& text = table::Text(record, arguments_.text_column);
      batch.inputs.push_back({record.line, table::Value(record, arguments_.product_column)});
      batch.texts.push_back(text);
    } catch (const std::invalid_argument& error) {
      bad_rows_.Add(record.line, error.what());
    }
  }
  return batch;
}

void Reviews::Count(const Batch& batch, const std::vector<valence::Prediction>& predictions) {
  for (std::size_t i = 0; i < predictions.size(); ++i) {
    const Row& row = batch.inputs[i];
    if (arguments_.grouped && !products_.empty() && products_.begin()->first != row.product) PrintFinished();
    Product& product = products_[row.product];
    product.name = row.product;
    product.Add(predictions[i], label_, arguments_.sentences, row.line, batch.texts[i]);
  }
}

common::ExitCode Reviews::Finish() {
  PrintFinished();
  return bad_rows_.Finish(rows_);
}

// Prints and forgets the products, a few at a time.
void Reviews::PrintFinished() {
  std::vector<Product> finished;
  for (auto& [name, product] : products_) finished.push_back(std::move(product));
  products_.clear();
  std::sort(finished.begin(), finished.end(), [](const Product& a, const Product& b) {
    return a.share.total != b.share.total ? a.share.total > b.share.total : a.name < b.name;
  });
  for (auto begin = finished.begin(); begin != finished.end();) {
    const auto end = begin + std::min<std::ptrdiff_t>(finished.end() - begin, kProductsAtOnce);
    std::vector<Product> some(std::make_move_iterator(begin), std::make_move_iterator(end));
    PickSentences(some, classifier_, label_);
    std::string lines;
    for (const Product& product : some) lines += Described(product, arguments_);
    common::WriteLines(lines);
    begin = end;
  }
}

}  // namespace reviews
