// The extension module valence._valence: the C interface for the Python files beside it.
#include <nanobind/nanobind.h>
#include <nanobind/ndarray.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>
#include <nanobind/stl/vector.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "arrow_column.h"
#include "classify.h"
#include "failure.h"
#include "text_column.h"
#include "valence/c.h"

namespace valence_python {
namespace {

using namespace nb::literals;

template <class Element, std::size_t kDimensions>
using Array = nb::ndarray<Element, nb::ndim<kDimensions>, nb::c_contig, nb::device::cpu>;

using NumPyArray = nb::ndarray<nb::numpy, std::int64_t, nb::ndim<1>>;

template <class Optional>
auto* DataOf(Optional& array) {
  return array ? array->data() : nullptr;
}

class Classifier {
 public:
  Classifier(const std::optional<nb::bytes>& model_folder, std::int32_t threads, std::int32_t precision,
             std::int32_t max_tokens, std::int32_t long_text, std::int32_t stride, std::uint32_t preparation) {
    const valence_options options = {sizeof options, threads, max_tokens, precision, long_text, stride, preparation};
    const char* const folder = model_folder ? model_folder->c_str() : nullptr;
    const nb::gil_scoped_release release;
    Check(valence_classifier_load(folder, &options, &classifier_));
  }
  ~Classifier() {
    const nb::gil_scoped_release release;
    valence_classifier_free(classifier_);
  }
  Classifier(const Classifier&) = delete;
  Classifier& operator=(const Classifier&) = delete;

  std::vector<std::string> labels() const {
    std::vector<std::string> labels;
    for (std::size_t i = 0; i < valence_classifier_label_count(classifier_); ++i) {
      labels.emplace_back(valence_classifier_label(classifier_, i));
    }
    return labels;
  }
  std::int32_t threads() const { return valence_classifier_threads(classifier_); }
  std::int32_t max_tokens() const { return valence_classifier_max_tokens(classifier_); }
  std::int32_t precision() const { return valence_classifier_precision(classifier_); }
  nb::bytes model_folder() const { return nb::bytes(valence_classifier_model_folder(classifier_)); }

  void ClassifyColumn(const TextColumn& column, std::optional<Array<std::int32_t, 1>> label_ids,
                      std::optional<Array<float, 1>> label_scores, std::optional<Array<float, 2>> scores,
                      std::optional<Array<float, 2>> logits, std::optional<Array<std::uint8_t, 1>> truncated) {
    Classify(classifier_, column,
             {DataOf(label_ids), DataOf(label_scores), DataOf(scores), DataOf(logits), DataOf(truncated)},
             slice_bytes_);
  }

 private:
  valence_classifier* classifier_ = nullptr;
  SliceBytes slice_bytes_{kFirstSliceBytes};
};

void QuantizeModel(const nb::bytes& from, const nb::bytes& to, bool keep_embeddings) {
  const valence_quantize_options options = {sizeof options, keep_embeddings ? 1 : 0};
  const char *const from_path = from.c_str(), *const to_path = to.c_str();
  const nb::gil_scoped_release release;
  Check(valence_quantize_model(from_path, to_path, &options));
}

// The exception class is Python's own: valence._error.Error(code, message).
void Translate(const std::exception_ptr& exception, void*) {
  try {
    std::rethrow_exception(exception);
  } catch (const Failure& failure) {
    if (failure.code == VALENCE_ERROR_OUT_OF_MEMORY) {
      PyErr_SetString(PyExc_MemoryError, failure.what());
      return;
    }
    const nb::object error = nb::module_::import_("valence._error").attr("Error");
    PyErr_SetObject(error.ptr(), nb::make_tuple(static_cast<int>(failure.code), failure.what()).ptr());
  }
}

// Without these the library takes a path that is many times slower.
bool HasAvx2AndFma() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx2") != 0 && __builtin_cpu_supports("fma") != 0;
#else
  return false;
#endif
}

}  // namespace
}  // namespace valence_python

NB_MODULE(_valence, module) {
  using namespace valence_python;
  nb::register_exception_translator(Translate);
  module.def("version", valence_version);
  module.def("has_avx2_and_fma", HasAvx2AndFma);
  module.def("status_name", [](int status) { return valence_status_name(static_cast<valence_status>(status)); });

  module.def("quantize_model", QuantizeModel, "model"_a, "output"_a, "keep_embeddings"_a);

  nb::class_<TextColumn>(module, "TextColumn").def("__len__", &TextColumn::size);
  nb::class_<StrColumn, TextColumn>(module, "StrColumn")
      .def(nb::init<nb::typed<nb::list, nb::object>, bool, nb::object>(), "items"_a, "nulls_allowed"_a, "null"_a.none());
  nb::class_<CodePointColumn, TextColumn>(module, "CodePointColumn")
      .def(nb::init<CodePointColumn::Array>(), "code_points"_a);
  nb::class_<ArrowColumn, TextColumn>(module, "ArrowColumn")
      .def(nb::init<nb::capsule>(), "stream"_a)
      .def(nb::init<nb::capsule, nb::capsule>(), "schema"_a, "array"_a)
      .def("units", [](const ArrowColumn& column) -> std::optional<NumPyArray> {
        if (!column.has_dictionary()) return std::nullopt;
        // Copied: it may outlive the column.
        auto* const units = new std::vector<std::int64_t>(column.units().begin(), column.units().end());
        const nb::capsule owner(units, [](void* p) noexcept { delete static_cast<std::vector<std::int64_t>*>(p); });
        return NumPyArray(units->data(), {units->size()}, owner);
      });

  nb::class_<Classifier>(module, "Classifier")
      .def(nb::init<std::optional<nb::bytes>, std::int32_t, std::int32_t, std::int32_t, std::int32_t, std::int32_t,
                    std::uint32_t>(),
           "model_folder"_a.none(), "threads"_a, "precision"_a, "max_tokens"_a, "long_text"_a, "stride"_a,
           "preparation"_a)
      .def("labels", &Classifier::labels)
      .def("threads", &Classifier::threads)
      .def("max_tokens", &Classifier::max_tokens)
      .def("precision", &Classifier::precision)
      .def("model_folder", &Classifier::model_folder)
      .def("classify", &Classifier::ClassifyColumn, "column"_a, "label_ids"_a.none(), "label_scores"_a.none(),
           "scores"_a.none(), "logits"_a.none(), "truncated"_a.none());
}
