// Any bytes as the input of the command line tool, "valence --jsonl --tokenize".
#include <fcntl.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/json_object.h"
#include "common/line_reader.h"
#include "common/text.h"
#include "fuzz.h"
#include "valence/answers.h"

using namespace valence::internal;

namespace {

bool IsNestedTooDeep(std::string_view error) { return error.starts_with("nested deeper"); }

}  // namespace

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
    auto request = cli::ParseLine(*line, ++lines, arguments);
    Demand(request.has_value() == !common::IsBlank(*line), "an answer a line that is not blank");
    if (!request) continue;
    std::string out;
    const bool is_text = request->error.empty();
    // The JSON library takes a NUL byte for the end.
    const bool has_nul = line->find('\0') != std::string::npos;
    const auto theirs = has_nul ? nlohmann::ordered_json() : nlohmann::ordered_json::parse(*line, nullptr, false);
    Demand(is_text || IsNestedTooDeep(request->error) || !theirs.is_object() || !theirs.contains("text") ||
               !theirs["text"].is_string(),
           "every line that the JSON library reads");
    if (is_text) {
      Demand(!theirs.is_object() || theirs["text"] == request->text, "the text that the JSON library reads");
      cli::AppendTokens(std::move(*request), tokenizer, 16, {}, out);
    } else {
      cli::AppendError(*request, out);
    }
    Demand(std::count(out.begin(), out.end(), '\n') == 1 && out.back() == '\n', "one line of output a line of input");
    const auto object = common::JsonObject::Parse(out);
    Demand(object.ToLine() == out, "output that is read and written alike");
    Demand(is_text ? object.Find("tokens")->front() == '[' : *object.Find("line") == std::to_string(lines),
           "an error with its line, or tokens");
  }
  close(descriptor);
  const auto ends = static_cast<std::size_t>(std::count(data, data + size, std::uint8_t{'\n'}));
  Demand(lines == ends + (size > 0 && data[size - 1] != '\n' ? 1 : 0) && bytes + lines <= size + 1, "every line once");
  return 0;
}
