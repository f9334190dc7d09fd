// Any bytes as the input of the command line tool, "valence --jsonl --tokenize".
#include <fcntl.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>

#include "common/json_object.h"
#include "common/line_reader.h"
#include "common/text.h"
#include "fuzz.h"
#include "valence/answers.h"

using namespace valence::internal;

namespace {

bool IsNestedTooDeep(std::string_view error) { return error.starts_with("nested deeper"); }

// By its byte order mark. Its lines are read as UTF-8, so their bytes say nothing about those of the input.
bool IsUtf16(std::string_view input) { return input.starts_with("\xff\xfe") || input.starts_with("\xfe\xff"); }

// Compressed input and UTF-32 are refused: `refused` is set.
std::optional<std::string> NextLine(common::LineReader& reader, bool& refused) {
  try {
    return reader.Next();
  } catch (const std::runtime_error& error) {
    refused = true;
    Demand(!std::string_view(error.what()).empty(), "a reason");
    return std::nullopt;
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const valence::Tokenizer tokenizer = valence::Tokenizer::load(VALENCE_DEFAULT_MODEL);
  cli::Arguments arguments;
  arguments.jsonl = true;
  const MemoryFile input(Text(data, size));
  const int descriptor = open(input.path().c_str(), O_RDONLY | O_CLOEXEC);
  common::LineReader reader(descriptor, "input");
  std::size_t lines = 0, bytes = 0;
  bool refused = false;
  for (auto line = NextLine(reader, refused); line; line = NextLine(reader, refused)) {
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
  if (refused || IsUtf16(Text(data, size))) return 0;
  std::string_view text = Text(data, size);
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);  // the mark is no part of a line
  const auto ends = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n'));
  Demand(lines == ends + (!text.empty() && text.back() != '\n' ? 1 : 0) && bytes + lines <= text.size() + 1,
         "every line once");
  return 0;
}
