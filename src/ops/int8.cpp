// The choice of an s8 product, and its use by the layers.
#include "ops/int8.h"

#include <atomic>
#include <cstdlib>
#include <string>

#include "onednn/isa.h"
#include "ops/linear_impl.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

// Whether oneDNN's limit allows what the product needs; OneDnnIsa() is what the CPU has, or less by ONEDNN_MAX_CPU_ISA.
bool Allowed(const std::string& product) {
  const std::string isa = OneDnnIsa();
  if (product == "avx2") return true;
  if (product == "avx_vnni") return isa != "avx2" && isa != "avx512_core";
  if (product == "avx512") return HasAvx512();
  return HasAvx512() && isa != "avx512_core";
}

const Int8Product& Find(const std::string& name) {
  std::string known;
  for (const Int8Product& product : Int8Products()) {
    if (name.empty() ? Allowed(product.name) : name == product.name) return product;
    known += (known.empty() ? "" : ", ") + std::string(product.name);
  }
  if (known.empty())
    throw Error(ErrorCode::kUnsupportedCpu,
                "Options::precision: int8 needs a CPU with AVX2 and FMA; found instruction set " + OneDnnIsa());
  throw Error(
      ErrorCode::kInvalidArgument,
      "environment variable VALENCE_INT8: expected one of those that this CPU can run, " + known + ", found " + name);
}

class ByInt8Product final : public Linear::Impl {
 public:
  ByInt8Product(const LinearSpec& spec, const Int8Weights& weight, std::span<const float> bias)
      : spec_(spec), layer_(weight, bias.data()) {}

  void Run(MatmulContext& /*context*/, std::int64_t rows, const void* src, void* dst,
           const TeamMember& member) const override {
    const auto [begin, end] = member.Share(spec_.out, kInt8Panel);
    layer_.Run(Int8ProductInUse(), rows, static_cast<const std::byte*>(src), begin, end, spec_.post_op,
               static_cast<float*>(dst) + begin, spec_.out);
  }

 private:
  const LinearSpec spec_;
  const Int8Linear layer_;
};

std::atomic<const Int8Product*> product_for_test = nullptr;

}  // namespace

const Int8Product& Int8ProductInUse() {
  if (const Int8Product* const forced = product_for_test.load(std::memory_order_relaxed)) return *forced;
  static const Int8Product& chosen = [&]() -> const Int8Product& {
    const char* const name = std::getenv("VALENCE_INT8");
    return Find(name == nullptr ? "" : name);
  }();
  return chosen;
}

void UseInt8ProductForTest(const char* name) { product_for_test = name == nullptr ? nullptr : &Find(name); }

void Quantize(std::int64_t rows, std::int64_t columns, const float* src, std::byte* dst) {
  QuantizeRows(rows, columns, src, columns, Int8ProductInUse().flip, dst);
}

LinearImpl MakeInt8Linear(const LinearSpec& spec, const Int8Weights& weight, std::span<const float> bias) {
  if (spec.src != DataType::kS8 || spec.dst != DataType::kF32) {
    throw Error(ErrorCode::kInvalidArgument, std::string("linear layer with s8 weights: expected s8 to f32, found ") +
                                                 ToString(spec.src) + " to " + ToString(spec.dst));
  }
  return std::make_unique<ByInt8Product>(spec, weight, bias);
}

FeedForward::FeedForward(const Int8Weights& first, std::span<const float> first_bias, const Int8Weights& second,
                         std::span<const float> second_bias, Activation activation)
    : dim_(first.columns),
      inner_(first.rows),
      layers_(first, first_bias.data(), second, second_bias.data(), activation) {}

void FeedForward::Run(std::int64_t rows, const std::byte* src, float* dst, std::byte* workspace) const {
  layers_.Run(Int8ProductInUse(), rows, src, dst, workspace);
}

void FeedForward::Run(std::int64_t rows, const std::byte* src, float* dst, std::byte* workspace,
                      const TeamMember& member) const {
  const Int8Product& product = Int8ProductInUse();
  const auto [inner_begin, inner_end] = member.Share(inner_, kInt8Panel);
  layers_.RunFirst(product, rows, src, inner_begin, inner_end, workspace);
  member.Barrier();
  const auto [row_begin, row_end] = member.Share(rows);
  layers_.QuantizeInner(product, rows, row_begin, row_end, workspace);
  member.Barrier();
  const auto [begin, end] = member.Share(dim_, kInt8Panel);
  layers_.RunSecond(product, rows, begin, end, dst, workspace);
}

}  // namespace valence::internal
