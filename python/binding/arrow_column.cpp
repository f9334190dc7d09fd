// Reads columns of Arrow strings in place.
#include "arrow_column.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "failure.h"

namespace valence_python {
namespace {

template <class Struct>
Struct& Unpack(const nb::capsule& capsule, const char* name) {
  auto* const found = static_cast<Struct*>(PyCapsule_GetPointer(capsule.ptr(), name));
  if (found == nullptr) throw nb::python_error();
  return *found;
}

bool IsNull(const ArrowArray& array, std::int64_t position) {
  const auto* const valid = static_cast<const std::uint8_t*>(array.buffers[0]);
  return array.null_count != 0 && valid != nullptr && (valid[position / 8] >> (position % 8) & 1) == 0;
}

template <class Offset>
std::string_view Between(const ArrowArray& array, std::int64_t position) {
  const auto* const offsets = static_cast<const Offset*>(array.buffers[1]) + position;
  if (offsets[0] < 0 || offsets[1] < offsets[0]) {
    throw Failure(VALENCE_ERROR_INVALID_ARGUMENT,
                  "Arrow string " + std::to_string(position) + ": expected offsets that do not fall, found " +
                      std::to_string(offsets[0]) + " and " + std::to_string(offsets[1]));
  }
  return {static_cast<const char*>(array.buffers[2]) + offsets[0], static_cast<std::size_t>(offsets[1] - offsets[0])};
}

// A view is 16 bytes: the length, then a text of up to 12 bytes, or its first 4 bytes, a buffer's index and an offset
// in it.
std::string_view Viewed(const ArrowArray& array, std::int64_t position) {
  const char* const view = static_cast<const char*>(array.buffers[1]) + 16 * position;
  std::int32_t length, buffer, offset;
  std::memcpy(&length, view, 4);
  if (length <= 12) return {view + 4, static_cast<std::size_t>(length)};
  std::memcpy(&buffer, view + 8, 4);
  std::memcpy(&offset, view + 12, 4);
  return {static_cast<const char*>(array.buffers[2 + buffer]) + offset, static_cast<std::size_t>(length)};
}

// Number of bytes at the end of a text that begin a UTF-8 sequence which does not end there; 0 if none. Python's
// decoder consumes ill-formed bytes, but not the beginning of a sequence.
std::size_t BytesOfCutSequence(std::string_view text) {
  constexpr std::size_t kLongestSequence = 4;
  if (text.empty() || static_cast<unsigned char>(text.back()) < 0x80) return 0;
  const std::string_view end = text.substr(text.size() - std::min(text.size(), kLongestSequence));
  Py_ssize_t consumed = 0;
  const nb::object decoded =
      nb::steal(PyUnicode_DecodeUTF8Stateful(end.data(), static_cast<Py_ssize_t>(end.size()), "replace", &consumed));
  if (!decoded.is_valid()) throw nb::python_error();
  const std::string_view left = end.substr(static_cast<std::size_t>(consumed));
  // It does not consume the first two bytes of a surrogate either. The library treats these as ill-formed.
  const bool surrogate = left.size() == 2 && left[0] == '\xed' && static_cast<unsigned char>(left[1]) >= 0xa0;
  return surrogate ? 0 : left.size();
}

// Adds a row's text. Throws Failure for what valence_classify would refuse: its message has the text's index in the
// slice, this one's the row.
void AddChecked(std::size_t row, std::string_view text, Slice& slice) {
  if (text.data() == nullptr && !text.empty()) {
    throw Failure(VALENCE_ERROR_INVALID_ARGUMENT, "row " + std::to_string(row) + ": expected a text of " +
                                                      std::to_string(text.size()) + " bytes, found a null pointer");
  }
  if (const std::size_t cut = BytesOfCutSequence(text); cut > 0) {
    throw Failure(VALENCE_ERROR_INVALID_ARGUMENT,
                  "row " + std::to_string(row) + ".size: expected the end of a UTF-8 sequence, found " +
                      std::to_string(text.size()) + ", which is " + std::to_string(cut) + " byte(s) into one");
  }
  slice.Add(row, text);
}

template <class Index>
std::int64_t IndexAt(const ArrowArray& array, std::int64_t position) {
  return static_cast<std::int64_t>(static_cast<const Index*>(array.buffers[1])[position]);
}

std::int64_t IndexAt(char format, const ArrowArray& array, std::int64_t position) {
  switch (format) {
    case 'c':
      return IndexAt<std::int8_t>(array, position);
    case 'C':
      return IndexAt<std::uint8_t>(array, position);
    case 's':
      return IndexAt<std::int16_t>(array, position);
    case 'S':
      return IndexAt<std::uint16_t>(array, position);
    case 'i':
      return IndexAt<std::int32_t>(array, position);
    case 'I':
      return IndexAt<std::uint32_t>(array, position);
    case 'l':
      return IndexAt<std::int64_t>(array, position);
    default:
      return IndexAt<std::uint64_t>(array, position);
  }
}

}  // namespace

ArrowColumn::ArrowColumn(nb::capsule stream) {
  const Owned<ArrowArrayStream> taken(Unpack<ArrowArrayStream>(stream, "arrow_array_stream"));
  auto* const source = const_cast<ArrowArrayStream*>(&*taken);
  const auto check = [source](int error) {
    if (error == 0) return;
    const char* const reason = source->get_last_error(source);
    throw Failure(VALENCE_ERROR_RUNTIME,
                  std::string("Arrow stream: ") + (reason != nullptr ? reason : std::strerror(error)));
  };
  Owned<ArrowSchema> schema;
  check(source->get_schema(source, schema.get()));
  SetLayout(*schema);
  while (true) {
    Owned<ArrowArray> array;
    check(source->get_next(source, array.get()));
    if ((*array).release == nullptr) break;  // the end
    Append(std::move(array));
  }
}

ArrowColumn::ArrowColumn(nb::capsule schema, nb::capsule array) {
  const Owned<ArrowSchema> taken(Unpack<ArrowSchema>(schema, "arrow_schema"));
  SetLayout(*taken);
  Append(Owned<ArrowArray>(Unpack<ArrowArray>(array, "arrow_array")));
}

void ArrowColumn::SetLayout(const ArrowSchema& schema) {
  const bool dictionary = schema.dictionary != nullptr;
  const std::string_view format = dictionary ? schema.dictionary->format : schema.format;
  if (dictionary) index_format_ = schema.format[0];
  if (format == "u") {
    layout_ = Layout::kUtf8;
  } else if (format == "U") {
    layout_ = Layout::kLargeUtf8;
  } else if (format == "vu") {
    layout_ = Layout::kView;
  } else if (format == "n") {
    layout_ = Layout::kNull;
  } else {
    throw nb::type_error(("expected a column of strings, found one of the Arrow format \"" + std::string(format) +
                          "\": cast it to string")
                             .c_str());
  }
}

void ArrowColumn::Append(Owned<ArrowArray> array) {
  Chunk chunk{std::move(array), size_, {}};
  if (index_format_ != 0) {
    Select(chunk);
    size_ += chunk.selected.size();
  } else {
    size_ += static_cast<std::size_t>((*chunk.array).length);
  }
  chunks_.push_back(std::move(chunk));
}

void ArrowColumn::Select(Chunk& chunk) {
  const ArrowArray& array = *chunk.array;
  std::vector<std::int64_t> unit_of(static_cast<std::size_t>(array.dictionary->length), -1);
  for (std::int64_t row = array.offset; row < array.offset + array.length; ++row) {
    if (IsNull(array, row)) {
      units_.push_back(-1);
      continue;
    }
    const std::int64_t index = IndexAt(index_format_, array, row);
    if (index < 0 || index >= array.dictionary->length) {
      throw Failure(VALENCE_ERROR_INVALID_ARGUMENT,
                    "row " + std::to_string(units_.size()) + ": expected a position in a dictionary of " +
                        std::to_string(array.dictionary->length) + ", found " + std::to_string(index));
    }
    std::int64_t& unit = unit_of[static_cast<std::size_t>(index)];
    if (unit < 0) {
      unit = static_cast<std::int64_t>(chunk.first + chunk.selected.size());
      chunk.selected.push_back(index);
    }
    units_.push_back(unit);
  }
}

void ArrowColumn::Read(std::size_t row, Slice& slice) const {
  const auto behind = std::upper_bound(chunks_.begin(), chunks_.end(), row,
                                       [](std::size_t r, const Chunk& chunk) { return r < chunk.first; });
  const Chunk& chunk = *std::prev(behind);
  const std::size_t place = row - chunk.first;
  const bool dictionary = index_format_ != 0;
  const ArrowArray& strings = dictionary ? *(*chunk.array).dictionary : *chunk.array;
  const std::int64_t position =
      strings.offset + (dictionary ? chunk.selected[place] : static_cast<std::int64_t>(place));
  if (layout_ == Layout::kNull || IsNull(strings, position)) return;
  switch (layout_) {
    case Layout::kUtf8:
      AddChecked(row, Between<std::int32_t>(strings, position), slice);
      break;
    case Layout::kLargeUtf8:
      AddChecked(row, Between<std::int64_t>(strings, position), slice);
      break;
    default:
      AddChecked(row, Viewed(strings, position), slice);
      break;
  }
}

}  // namespace valence_python
