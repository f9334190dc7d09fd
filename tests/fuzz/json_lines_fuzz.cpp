// Any bytes as the input of the command line tool, "valence --jsonl --tokenize".
#include <fcntl.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/line_reader.h"
#include "fuzz.h"
#include "valence/answers.h"

using namespace valence::internal;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const valence::Tokenizer tokenizer = valence::Tokenizer::load(VALENCE_DEFAULT_MODEL);
  cli::Arguments arguments;
  arguments.jsonl = true;
  const MemoryFile input(Text(data, size));
  const int descriptor = open(input.path().c_str(), O_RDONLY | O_CLOEXEC);
  common::LineReader reader(descriptor, "input");
  std::size_t lines = 0, bytes = 0;
  for (auto line = reader.Next(); line; line = reader.Next()) {
    bytes += line->size();
    cli::Request request = cli::ParseLine(*line, ++lines, arguments);
    std::string out;
    const bool is_text = request.error.empty();
    if (is_text) {
      cli::AppendTokens(std::move(request), tokenizer, 16, {}, out);
    } else {
      cli::AppendError(request, out);
    }
    Demand(std::count(out.begin(), out.end(), '\n') == 1 && out.back() == '\n', "one line of output a line of input");
    const auto object = nlohmann::json::parse(out);
    Demand(is_text ? object.at("tokens").is_array() : object.at("error").is_string() && object.at("line") == lines,
           "an error with its line, or tokens");
  }
  close(descriptor);
  const auto ends = static_cast<std::size_t>(std::count(data, data + size, std::uint8_t{'\n'}));
  Demand(lines == ends + (size > 0 && data[size - 1] != '\n' ? 1 : 0) && bytes + lines <= size + 1, "every line once");
  return 0;
}
