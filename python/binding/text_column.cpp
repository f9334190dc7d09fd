// Columns of Python's str and of NumPy's fixed-width strings.
#include "text_column.h"

#include <cmath>
#include <utility>

#include "failure.h"

namespace valence_python {
namespace {

bool IsNull(nb::handle item, nb::handle null) {
  return item.is_none() || item.is(null) || (PyFloat_Check(item.ptr()) && std::isnan(PyFloat_AsDouble(item.ptr())));
}

}  // namespace

StrColumn::StrColumn(nb::list items, bool nulls_allowed, nb::object null) : items_(std::move(items)) {
  for (std::size_t row = 0; row < items_.size(); ++row) {
    const nb::handle item = items_[row];
    if (PyUnicode_Check(item.ptr())) continue;
    if (nulls_allowed && IsNull(item, null)) {
      items_[row] = nb::none();
      continue;
    }
    throw nb::type_error(
        ("row " + std::to_string(row) + ": expected str, found " + nb::type_name(item.type()).c_str()).c_str());
  }
}

void StrColumn::Read(std::size_t row, Slice& slice) const {
  PyObject* const item = PyList_GetItem(items_.ptr(), static_cast<Py_ssize_t>(row));
  if (item == Py_None) return;
  // Not PyUnicode_AsUTF8: it would keep its copy in the caller's string as long as that exists.
  nb::object bytes = nb::steal(PyUnicode_AsUTF8String(item));
  if (!bytes.is_valid()) {
    nb::python_error error;
    throw Failure(VALENCE_ERROR_INVALID_ARGUMENT, "row " + std::to_string(row) + ": not Unicode text: " + error.what());
  }
  slice.Add(row, {PyBytes_AsString(bytes.ptr()), static_cast<std::size_t>(PyBytes_Size(bytes.ptr()))});
  slice.owners.push_back(std::move(bytes));
}

void CodePointColumn::Read(std::size_t row, Slice& slice) const {
  const std::size_t width = code_points_.shape(1);
  const std::uint32_t* const begin = code_points_.data() + row * width;
  const std::uint32_t* end = begin + width;
  while (end != begin && end[-1] == 0) --end;
  std::string& text = slice.encoded.emplace_back();
  for (const std::uint32_t* p = begin; p != end; ++p) {
    const std::uint32_t c = *p;
    if (c > 0x10ffff || (c >= 0xd800 && c < 0xe000)) {
      throw Failure(VALENCE_ERROR_INVALID_ARGUMENT, "row " + std::to_string(row) + ": not Unicode text: character " +
                                                        std::to_string(p - begin) + " is number " + std::to_string(c));
    }
    if (c < 0x80) {
      text += static_cast<char>(c);
    } else if (c < 0x800) {
      text += {static_cast<char>(0xc0 | c >> 6), static_cast<char>(0x80 | (c & 0x3f))};
    } else if (c < 0x10000) {
      text += {static_cast<char>(0xe0 | c >> 12), static_cast<char>(0x80 | (c >> 6 & 0x3f)),
               static_cast<char>(0x80 | (c & 0x3f))};
    } else {
      text += {static_cast<char>(0xf0 | c >> 18), static_cast<char>(0x80 | (c >> 12 & 0x3f)),
               static_cast<char>(0x80 | (c >> 6 & 0x3f)), static_cast<char>(0x80 | (c & 0x3f))};
    }
  }
  slice.Add(row, text);
}

}  // namespace valence_python
