// Reviews: a table of reviews in; of each product the share of positive ones and the most telling sentences out.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <unordered_map>

#include "common/output.h"
#include "common/program.h"
#include "products.h"
#include "statistics/share.h"
#include "table/reader.h"
#include "table/values.h"

namespace {

using Json = nlohmann::ordered_json;
using uses::Product;

constexpr const char* kProgram = "valence-reviews";
constexpr const char* kFooter =
    R"(FILE, or standard input, is a table with a column of texts and one of products: TSV or CSV with a header line, or a
JSON object a line. Products are printed when all is read, those with most reviews first; with --grouped each as soon
as the next one begins (and again, counted anew, where its rows do not stand together).

The interval of the share is Wilson's at 95 %. It covers the chance of which reviews were written, not the mistakes of
the model. The telling sentences, with the model's probability of --label and the review's line, are found in the
reviews that the model is surest of, --sentences of each side: of each its surest sentence. Sentences end at a line end
or at . ! ? before white space (not after a single letter or Mr, Mrs, Ms, Dr, Prof, St, Jr, Sr, vs); those of fewer than
three words go with the next.

Memory grows with the number of products (by up to 2 * N * 4 KB each, N = --sentences), not of reviews; with --grouped
it does not grow.

Environment: VALENCE_MODEL, the model folder used without --model.
Exit code: 0 all reviews counted, 1 a model, the file or some reviews failed, 2 wrong usage.)";

constexpr std::size_t kProductsAtOnce = 64;  // how many products' sentences are classified together

struct Arguments {
  cli::ModelOptions model;
  std::string input = "-";
  std::string format;
  std::string text_column = "text";
  std::string product_column = "product";
  std::string label = "POSITIVE";
  std::size_t sentences = 3;
  std::size_t few = 10;
  bool grouped = false;
  bool json = false;
};

std::string OneLine(std::string text) {
  std::replace_if(
      text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
  return text;
}

Json ToJson(const std::vector<uses::Telling>& sentences) {
  Json array = Json::array();
  for (const uses::Telling& telling : sentences) {
    array.push_back(
        {{"sentence", telling.text}, {"probability", uses::Rounded(telling.probability)}, {"line", telling.line}});
  }
  return array;
}

std::string Described(const Product& product, const Arguments& arguments) {
  if (arguments.json) {
    Json object = {{"product", product.name}, {"reviews", product.share.total}};
    uses::AddTo(object, product.share, arguments.few);
    object["positive_sentences"] = ToJson(product.positive);
    object["negative_sentences"] = ToJson(product.negative);
    return object.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n';
  }
  std::string lines = OneLine(product.name) + ": " + std::to_string(product.share.total) +
                      (product.share.total == 1 ? " review, " : " reviews, ") +
                      uses::Described(product.share, arguments.few) + '\n';
  for (const auto* side : {&product.positive, &product.negative}) {
    for (const uses::Telling& telling : *side) {
      char head[64];
      std::snprintf(head, sizeof head, "  %c %.4f  line %zu: ", side == &product.positive ? '+' : '-',
                    static_cast<double>(telling.probability), telling.line);
      lines += head + OneLine(telling.text) + '\n';
    }
  }
  return lines;
}

// The products of one input, and those of them that are not printed yet.
class Reviews {
 public:
  Reviews(const Arguments& arguments, const valence::Classifier& classifier, const std::string& name)
      : arguments_(arguments),
        classifier_(classifier),
        label_(uses::FindLabel(classifier, "--label", arguments.label)),
        bad_rows_(kProgram, name) {}

  void Take(const std::vector<table::Record>& records) {
    struct Row {
      std::size_t line;
      const std::string* product;
    };
    std::vector<Row> rows;
    std::vector<std::string_view> texts;
    for (const table::Record& record : records) {
      ++rows_;
      try {
        const std::string& text = uses::Text(record, arguments_.text_column);
        rows.push_back({record.line, &uses::Value(record, arguments_.product_column)});
        texts.push_back(text);
      } catch (const std::invalid_argument& error) {
        bad_rows_.Add(record.line, error.what());
      }
    }
    const auto predictions = classifier_.classify(texts);
    for (std::size_t i = 0; i < rows.size(); ++i) {
      if (arguments_.grouped && !products_.empty() && products_.begin()->first != *rows[i].product) PrintFinished();
      Product& product = products_[*rows[i].product];
      product.name = *rows[i].product;
      product.Add(predictions[i], label_, arguments_.sentences, rows[i].line, texts[i]);
    }
  }

  cli::ExitCode Finish() {
    PrintFinished();
    return bad_rows_.Finish(rows_);
  }

 private:
  // Prints and forgets the products, a few at a time.
  void PrintFinished() {
    std::vector<Product> finished;
    for (auto& [name, product] : products_) finished.push_back(std::move(product));
    products_.clear();
    std::sort(finished.begin(), finished.end(), [](const Product& a, const Product& b) {
      return a.share.total != b.share.total ? a.share.total > b.share.total : a.name < b.name;
    });
    for (auto begin = finished.begin(); begin != finished.end();) {
      const auto end = begin + std::min<std::ptrdiff_t>(finished.end() - begin, kProductsAtOnce);
      std::vector<Product> some(std::make_move_iterator(begin), std::make_move_iterator(end));
      uses::PickSentences(some, classifier_, label_);
      std::string lines;
      for (const Product& product : some) lines += Described(product, arguments_);
      cli::WriteLines(lines);
      begin = end;
    }
  }

  const Arguments& arguments_;
  const valence::Classifier& classifier_;
  std::size_t label_;
  cli::BadRows bad_rows_;
  std::unordered_map<std::string, Product> products_;
  std::size_t rows_ = 0;
};

table::Format FormatOf(const Arguments& arguments) {
  if (!arguments.format.empty()) {
    try {
      return table::ParseFormat(arguments.format);
    } catch (const std::invalid_argument& error) {
      throw cli::UsageError(std::string("--format: ") + error.what());
    }
  }
  const auto format = table::FormatOf(arguments.input);
  if (!format) throw cli::UsageError("--format: expected tsv, csv or jsonl, or a FILE named so, found neither");
  return *format;
}

cli::ExitCode Run(int argc, char** argv) {
  Arguments arguments;
  CLI::App app("Tells what share of each product's reviews is positive, and quotes the most telling sentences.",
               kProgram);
  app.footer(kFooter);
  app.add_option("FILE", arguments.input, "The table; - or nothing: standard input");
  app.add_option("--format", arguments.format, "Of the table; default: by the name of FILE")
      ->type_name("tsv|csv|jsonl");
  app.add_option("--text", arguments.text_column, "The column of the texts")->type_name("NAME")->capture_default_str();
  app.add_option("--product", arguments.product_column, "The column of the products")
      ->type_name("NAME")
      ->capture_default_str();
  app.add_option("--label", arguments.label, "The model's label that is positive")->capture_default_str();
  app.add_option("--sentences", arguments.sentences, "How many sentences of each side are quoted")
      ->type_name("N")
      ->capture_default_str();
  app.add_option("--few", arguments.few, "Below N reviews they are \"too few to conclude\"")
      ->type_name("N")
      ->capture_default_str();
  app.add_flag("--grouped", arguments.grouped, "Each product's rows stand together: print it when the next one begins");
  app.add_flag("--json", arguments.json, "Print a JSON object a product");
  arguments.model.AddTo(app);
  if (!cli::ParseCommandLine(app, argc, argv)) return cli::kAllAnswered;
  arguments.model.Check();
  cli::CheckRange("--sentences", static_cast<double>(arguments.sentences), 0, 1000);
  cli::CheckRange("--few", static_cast<double>(arguments.few), 1, 1e9);

  table::Reader reader(arguments.input, FormatOf(arguments));
  reader.RequireColumn(arguments.text_column);
  reader.RequireColumn(arguments.product_column);
  const valence::Classifier classifier = arguments.model.LoadClassifier();
  Reviews reviews(arguments, classifier, reader.name());
  for (auto records = reader.NextWindow(); !records.empty(); records = reader.NextWindow()) reviews.Take(records);
  return reviews.Finish();
}

}  // namespace

int main(int argc, char** argv) {
  return cli::RunProgram(kProgram, [&] { return Run(argc, argv); });
}
