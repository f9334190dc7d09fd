// A state machine over the JSON parser's events, for the header's three levels.
#include "files/safetensors_header.h"

#include <set>
#include <utility>

#include "files/json_file.h"
#include "unicode/printable.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

// huggingface/safetensors, safetensors/src/tensor.rs, enum Dtype.
constexpr DtypeInfo kDtypes[] = {
    {"BOOL", 8, {}},
    {"F4", 4, {}},
    {"F6_E2M3", 6, {}},
    {"F6_E3M2", 6, {}},
    {"U8", 8, {}},
    {"I8", 8, DataType::kS8},
    {"F8_E5M2", 8, {}},
    {"F8_E4M3", 8, {}},
    {"F8_E8M0", 8, {}},
    {"F8_E4M3FNUZ", 8, {}},
    {"F8_E5M2FNUZ", 8, {}},
    {"I16", 16, {}},
    {"U16", 16, {}},
    {"F16", 16, DataType::kF16},
    {"BF16", 16, DataType::kBf16},
    {"I32", 32, {}},
    {"U32", 32, {}},
    {"F32", 32, DataType::kF32},
    {"C64", 64, {}},
    {"F64", 64, DataType::kF64},
    {"I64", 64, {}},
    {"U64", 64, {}},
};

constexpr std::size_t kMaxDepth = 127;  // as in serde_json, which the format's own reader uses

class HeaderReader final : public Json::json_sax_t {
 public:
  HeaderEntries entries;
  ErrorCode code = ErrorCode::kInvalidHeaderDeserialization;
  std::string fault;  // set when an event returns false

  bool null() override { return next_ == Next::kMetadata ? Go(Next::kTopKey) : Scalar("null"); }
  bool boolean(bool) override { return Scalar("a boolean"); }
  bool number_integer(number_integer_t) override { return Scalar("a negative number"); }
  bool number_float(number_float_t, const string_t&) override { return Scalar("a fraction or too large a number"); }
  bool binary(binary_t&) override { return Scalar("binary data"); }  // never sent for text
  bool number_unsigned(number_unsigned_t value) override {
    if (next_ == Next::kDimension) {
      entry_->shape.push_back(value);
      return true;
    }
    if (next_ != Next::kOffset) return Scalar("a number");
    if (offsets_ == 2) return Fail("more than two data_offsets");
    (offsets_++ == 0 ? entry_->begin : entry_->end) = value;
    return true;
  }
  bool string(string_t& value) override {
    if (next_ == Next::kMetadataText) return Go(Next::kMetadataKey);
    if (next_ != Next::kDtype) return Scalar("a string");
    for (const DtypeInfo& info : kDtypes) {
      if (value == info.name) entry_->dtype = &info;
    }
    return entry_->dtype == nullptr ? Fail("an unknown dtype " + Quoted(value)) : Go(Next::kField);
  }
  bool start_object(std::size_t) override {
    if (++depth_ > kMaxDepth) return Fail("too deep a nesting");
    switch (next_) {
      case Next::kTop:
        return Go(Next::kTopKey);
      case Next::kMetadata:
        return Go(Next::kMetadataKey);
      case Next::kTensor:
        has_shape_ = has_offsets_ = false;
        return Go(Next::kField);
      default:
        return next_ == Next::kIgnored || Scalar("an object");
    }
  }
  bool start_array(std::size_t) override {
    if (++depth_ > kMaxDepth) return Fail("too deep a nesting");
    if (next_ == Next::kShape) return Go(Next::kDimension);
    offsets_ = 0;
    if (next_ == Next::kOffsets) return Go(Next::kOffset);
    return next_ == Next::kIgnored || Scalar("an array");
  }
  bool end_object() override {
    --depth_;
    if (next_ == Next::kIgnored) return EndIgnored();
    if (next_ == Next::kField) {
      if (entry_->dtype == nullptr) return Fail("no dtype");
      if (!has_shape_) return Fail("no shape");
      if (!has_offsets_) return Fail("no data_offsets");
    }
    return Go(Next::kTopKey);
  }
  bool end_array() override {
    --depth_;
    if (next_ == Next::kIgnored) return EndIgnored();
    if (next_ == Next::kOffset && offsets_ != 2) return Fail("fewer than two data_offsets");
    return Go(Next::kField);
  }
  bool key(string_t& name) override {
    switch (next_) {
      case Next::kTopKey:
        return TopKey(name);
      case Next::kMetadataKey:
        if (!metadata_keys_.insert(name).second) return Fail("the metadata key " + Quoted(name) + " twice");
        return Go(Next::kMetadataText);
      case Next::kField:
        return Field(name);
      default:
        return true;  // inside something ignored
    }
  }
  bool parse_error(std::size_t byte, const std::string&, const Json::exception& error) override {
    tensor_ = nullptr;
    return Fail(JsonSyntaxFault(byte, error));
  }

 private:
  // What the next event is about.
  enum class Next {
    kTop,
    kTopKey,
    kMetadata,
    kMetadataKey,
    kMetadataText,
    kTensor,
    kField,
    kDtype,
    kShape,
    kDimension,
    kOffsets,
    kOffset,
    kIgnored
  };

  bool Go(Next next) {
    next_ = next;
    return true;
  }
  bool Fail(std::string what) {
    fault = (tensor_ == nullptr ? "" : "in tensor " + Quoted(*tensor_) + " ") + std::move(what);
    return false;
  }
  bool Scalar(const char* found) {
    if (next_ == Next::kIgnored) return ignored_from_ < depth_ || Go(Next::kField);
    const char* expected = next_ == Next::kTop || next_ == Next::kMetadata || next_ == Next::kTensor ? "an object"
                           : next_ == Next::kDtype || next_ == Next::kMetadataText                   ? "a string"
                           : next_ == Next::kShape || next_ == Next::kOffsets                        ? "an array"
                                                                              : "an unsigned integer";
    return Fail(std::string(found) + " in place of " + expected);
  }
  bool EndIgnored() { return ignored_from_ < depth_ || Go(Next::kField); }
  bool TopKey(string_t& name) {
    if (name == "__metadata__") {
      tensor_ = nullptr;
      if (std::exchange(has_metadata_, true)) return Fail("__metadata__ twice");
      return Go(Next::kMetadata);
    }
    const auto [place, added] = entries.try_emplace(std::move(name));
    tensor_ = &place->first;
    entry_ = &place->second;
    if (added) return Go(Next::kTensor);
    code = ErrorCode::kDuplicateTensor;
    fault = "tensor " + Quoted(*tensor_) + " twice";
    return false;
  }
  bool Field(const string_t& name) {
    if (name == "dtype") return entry_->dtype != nullptr ? Fail("dtype twice") : Go(Next::kDtype);
    if (name == "shape") return std::exchange(has_shape_, true) ? Fail("shape twice") : Go(Next::kShape);
    if (name == "data_offsets") {
      return std::exchange(has_offsets_, true) ? Fail("data_offsets twice") : Go(Next::kOffsets);
    }
    ignored_from_ = depth_;
    return Go(Next::kIgnored);
  }

  Next next_ = Next::kTop;
  std::size_t depth_ = 0, ignored_from_ = 0;
  const std::string* tensor_ = nullptr;  // the name of the tensor that is being read, for messages
  HeaderEntry* entry_ = nullptr;         // its entry
  bool has_shape_ = false, has_offsets_ = false, has_metadata_ = false;
  int offsets_ = 0;
  std::set<std::string> metadata_keys_;
};

}  // namespace

HeaderEntries ReadSafetensorsHeader(std::string_view header, const std::filesystem::path& path) {
  const std::string where = Shown(path) + ": safetensors header: ";
  if (!IsUtf8(header)) throw Error(ErrorCode::kInvalidHeader, where + "expected UTF-8, found other bytes");
  HeaderReader reader;
  if (const auto fault = JsonTextFault(header); !fault.empty()) {
    throw Error(reader.code, where + "expected JSON, but " + std::string(fault));
  }
  if (!Json::sax_parse(header, &reader)) throw Error(reader.code, where + "found " + reader.fault);
  return std::move(reader.entries);
}

}  // namespace valence::internal
