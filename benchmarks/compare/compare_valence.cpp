// valence's process in the comparison: the commands of worker.py, run by the library.
//
// compare_valence MODEL_FOLDER TEXTS_FOLDER THREADS [PRECISION]
//
// Unlike the peers it starts from text, so its times include tokenization, and it gets a whole workload in one call.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "precision_argument.h"
#include "valence/valence.h"

namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

double quantile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1) + 0.5)];
}

// A workload's texts, one for each line of its file, and their number of tokens.
struct Workload {
  std::vector<std::string> texts;
  std::size_t tokens = 0;
};

class Worker {
 public:
  Worker(const std::filesystem::path& model, std::filesystem::path texts, int threads, valence::Precision precision)
      : classifier_(valence::Classifier::load(model, {.threads = threads, .precision = precision})),
        texts_folder_(std::move(texts)) {}

  // One call for the whole workload. Batch size and lanes are for the peers only.
  std::string batch(std::istream& arguments) {
    const Workload& workload = read(arguments);
    const auto start = Clock::now();
    classifier_.classify(workload.texts);
    return json({{"seconds", seconds_since(start)}, {"tokens", static_cast<double>(workload.tokens)}});
  }

  std::string single(std::istream& arguments) {
    const std::string& text = read(arguments).texts.at(0);
    int runs = 0;
    arguments >> runs;
    for (int i = 0; i < 3; ++i) classifier_.classify(text);
    std::vector<double> seconds;
    for (int i = 0; i < runs; ++i) {
      const auto start = Clock::now();
      classifier_.classify(text);
      seconds.push_back(seconds_since(start));
    }
    return json({{"p50", quantile(seconds, 0.5)}});
  }

  // Several threads classify one text at a time each until the workload is done; and one batch call, to compare.
  std::string callers(std::istream& arguments) {
    const Workload& workload = read(arguments);
    int callers = 0;
    arguments >> callers;
    const auto batch_start = Clock::now();
    classifier_.classify(workload.texts);
    const double batch_seconds = seconds_since(batch_start);

    std::vector<double> latencies(workload.texts.size());
    std::atomic<std::size_t> next = 0;
    const auto start = Clock::now();
    std::vector<std::jthread> threads;
    for (int i = 0; i < callers; ++i) {
      threads.emplace_back([&] {
        for (std::size_t text = next++; text < workload.texts.size(); text = next++) {
          const auto call_start = Clock::now();
          classifier_.classify(workload.texts[text]);
          latencies[text] = seconds_since(call_start);
        }
      });
    }
    threads.clear();  // joins
    const double callers_seconds = seconds_since(start);
    const double texts = static_cast<double>(workload.texts.size());
    return json({{"batch_texts_per_s", texts / batch_seconds},
                 {"texts_per_s", texts / callers_seconds},
                 {"p50", quantile(latencies, 0.5)},
                 {"p99", quantile(latencies, 0.99)}});
  }

  std::string logits(std::istream& arguments) {
    const std::vector<valence::Prediction> predictions = classifier_.classify(read(arguments).texts);
    std::ostringstream out;
    out.precision(9);
    for (const valence::Prediction& prediction : predictions) {
      out << (out.tellp() == 0 ? "[" : ", [");
      for (std::size_t label = 0; label < prediction.logits.size(); ++label) {
        out << (label == 0 ? "" : ", ") << prediction.logits[label];
      }
      out << "]";
    }
    return "{\"logits\": [" + out.str() + "]}";
  }

  // Resident memory after a batch of that many tokens.
  std::string memory(std::istream& arguments) {
    std::size_t tokens = 0;
    arguments >> tokens;
    std::vector<std::string> texts;
    {
      std::istringstream name("dev");
      std::size_t sum = 0;
      for (const std::string& text : read(name).texts) {
        if (sum >= tokens) break;
        sum += classifier_.tokenizer().encode(text).ids.size();
        texts.push_back(text);
      }
    }
    classifier_.classify(texts);
    std::ifstream status("/proc/self/status");
    std::string word;
    double kilobytes = 0;
    while (status >> word && word != "VmRSS:") continue;
    status >> kilobytes;
    return json({{"resident_mb", kilobytes / 1024}});
  }

  static std::string json(const std::vector<std::pair<std::string, double>>& numbers) {
    std::ostringstream out;
    out.precision(9);
    for (const auto& [name, value] : numbers) out << (out.tellp() > 0 ? ", " : "{") << '"' << name << "\": " << value;
    return out.str() + "}";
  }

 private:
  // Takes the workload's name from `arguments` and reads its file the first time.
  const Workload& read(std::istream& arguments) {
    std::string name;
    arguments >> name;
    Workload& workload = workloads_[name];
    if (workload.texts.empty()) {
      const std::filesystem::path path = texts_folder_ / (name + ".txt");
      std::ifstream file(path);
      for (std::string line; std::getline(file, line);) {
        workload.tokens += classifier_.tokenizer().encode(line).ids.size();
        workload.texts.push_back(line);
      }
      if (workload.texts.empty()) throw std::runtime_error(path.string() + ": no such file, or no text in it");
    }
    return workload;
  }

  valence::Classifier classifier_;
  std::filesystem::path texts_folder_;
  std::map<std::string, Workload> workloads_;
};

void serve(const char* model, const char* texts, int threads, valence::Precision precision) {
  const auto start = Clock::now();
  Worker worker(model, texts, threads, precision);
  std::cout << Worker::json({{"load_s", seconds_since(start)}}) << std::endl;

  const std::map<std::string, std::string (Worker::*)(std::istream&)> commands = {{"batch", &Worker::batch},
                                                                                  {"single", &Worker::single},
                                                                                  {"callers", &Worker::callers},
                                                                                  {"logits", &Worker::logits},
                                                                                  {"memory", &Worker::memory}};
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream arguments(line);
    std::string command;
    arguments >> command;
    std::cout << (worker.*commands.at(command))(arguments) << std::endl;
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4 && argc != 5) {
    std::cerr << "usage: compare_valence MODEL_FOLDER TEXTS_FOLDER THREADS [PRECISION]\n";
    return 2;
  }
  try {
    serve(argv[1], argv[2], std::stoi(argv[3]),
          argc == 5 ? valence::internal::ParsePrecision(argv[4]) : valence::Precision::kAuto);
  } catch (const std::exception& error) {
    std::cerr << "compare_valence: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
