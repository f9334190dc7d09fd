// Reads columns of Arrow strings in place.
// Source: https://arrow.apache.org/docs/format/CDataInterface.html and CStreamInterface.html
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "text_column.h"

// The three structs of Arrow's C interface; it fixes their layout.
struct ArrowSchema {
  const char* format;
  const char* name;
  const char* metadata;
  std::int64_t flags;
  std::int64_t n_children;
  ArrowSchema** children;
  ArrowSchema* dictionary;
  void (*release)(ArrowSchema*);
  void* private_data;
};

struct ArrowArray {
  std::int64_t length;
  std::int64_t null_count;
  std::int64_t offset;
  std::int64_t n_buffers;
  std::int64_t n_children;
  const void** buffers;
  ArrowArray** children;
  ArrowArray* dictionary;
  void (*release)(ArrowArray*);
  void* private_data;
};

struct ArrowArrayStream {
  int (*get_schema)(ArrowArrayStream*, ArrowSchema*);
  int (*get_next)(ArrowArrayStream*, ArrowArray*);
  const char* (*get_last_error)(ArrowArrayStream*);
  void (*release)(ArrowArrayStream*);
  void* private_data;
};

namespace valence_python {

// Owns one of these structs and releases it.
template <class Struct>
class Owned {
 public:
  Owned() = default;
  // Moves the struct: `source` is marked as released, as the interface requires.
  explicit Owned(Struct& source) : value_(std::exchange(source, Struct{})) {}
  Owned(Owned&& other) noexcept : value_(std::exchange(other.value_, Struct{})) {}
  Owned& operator=(Owned&&) = delete;
  ~Owned() {
    if (value_.release != nullptr) value_.release(&value_);
  }
  Struct* get() { return &value_; }
  const Struct& operator*() const { return value_; }

 private:
  Struct value_{};
};

// utf8, large_utf8, string_view or null arrays, or dictionaries of these. Each value of a dictionary that is in use is
// classified once; units() says which text each row has.
class ArrowColumn final : public TextColumn {
 public:
  // What __arrow_c_stream__ and __arrow_c_array__ give. Throws TypeError for other types.
  explicit ArrowColumn(nb::capsule stream);
  ArrowColumn(nb::capsule schema, nb::capsule array);

  std::size_t size() const override { return size_; }
  void Read(std::size_t row, Slice& slice) const override;

  bool has_dictionary() const { return index_format_ != 0; }

  // [rows] index of the row's text, -1 for a null. Empty without a dictionary: each row is a text of its own then.
  std::span<const std::int64_t> units() const { return units_; }

 private:
  enum class Layout { kUtf8, kLargeUtf8, kView, kNull };
  struct Chunk {
    Owned<ArrowArray> array;
    std::size_t first = 0;               // index of its first text
    std::vector<std::int64_t> selected;  // positions in the dictionary, if there is one
  };

  void SetLayout(const ArrowSchema& schema);
  void Append(Owned<ArrowArray> array);
  void Select(Chunk& chunk);

  Layout layout_ = Layout::kUtf8;
  char index_format_ = 0;  // of a dictionary's indices; 0: none
  std::size_t size_ = 0;
  std::vector<Chunk> chunks_;
  std::vector<std::int64_t> units_;
};

}  // namespace valence_python
