// Columns of texts from Python, read slice by slice as pointers and lengths.
#pragma once

#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

#include "valence/c.h"

namespace valence_python {

namespace nb = nanobind;

// Some rows of a column, without the nulls. Construct and destroy it with the GIL held; its texts may be read without.
struct Slice {
  std::vector<valence_text> texts;
  std::vector<std::size_t> rows;  // [texts] their rows in the column
  std::vector<nb::object> owners;
  std::deque<std::string> encoded;

  void Add(std::size_t row, std::string_view text) {
    texts.push_back({text.data(), text.size()});
    rows.push_back(row);
  }
};

class TextColumn {
 public:
  TextColumn() = default;
  TextColumn(const TextColumn&) = delete;
  TextColumn& operator=(const TextColumn&) = delete;
  virtual ~TextColumn() = default;
  virtual std::size_t size() const = 0;
  // Adds the text of a row, or nothing if it is null. Needs the GIL.
  virtual void Read(std::size_t row, Slice& slice) const = 0;
};

// A list of str that nobody else refers to. Nulls, if allowed, are None, a float NaN, and `null`.
class StrColumn final : public TextColumn {
 public:
  // Throws TypeError naming the first row that is neither.
  StrColumn(nb::list items, bool nulls_allowed, nb::object null);
  std::size_t size() const override { return items_.size(); }
  void Read(std::size_t row, Slice& slice) const override;

 private:
  nb::list items_;
};

// A NumPy array of fixed-width strings as code points: [rows, width], padded with zeros.
class CodePointColumn final : public TextColumn {
 public:
  using Array = nb::ndarray<const std::uint32_t, nb::ndim<2>, nb::c_contig, nb::device::cpu>;
  explicit CodePointColumn(Array code_points) : code_points_(std::move(code_points)) {}
  std::size_t size() const override { return code_points_.shape(0); }
  void Read(std::size_t row, Slice& slice) const override;

 private:
  Array code_points_;
};

}  // namespace valence_python
