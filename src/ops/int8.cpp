// The choice of an s8 product, and its use by the layers.
#include "ops/int8.h"

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <string>

#include "cpu/amx.h"
#include "onednn/isa.h"
#include "ops/linear_impl.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

// Whether oneDNN's limit allows what the product needs; OneDnnIsa() is what the CPU has, or less by ONEDNN_MAX_CPU_ISA.
bool Allowed(const std::string& product) {
  const std::string isa = OneDnnIsa();
  if (product == "amx_int8") return true;  // else it is not there: DecideAmx knows the limit
  if (product == "amx_software") return Amx().tiles == AmxTiles::kSoftware;
  if (product == "avx2" || !HasAvx2()) return HasAvx2();
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
  if (name.empty() || known.empty()) {
    throw Error(ErrorCode::kUnsupportedCpu,
                "Options::precision: int8 needs a CPU with AVX2 and FMA; found instruction set " + OneDnnIsa() +
                    ": use f32 or auto");
  }
  throw Error(
      ErrorCode::kInvalidArgument,
      "environment variable VALENCE_INT8: expected one of those that this CPU can run, " + known + ", found " + name);
}

class ByInt8Product final : public Linear::Impl {
 public:
  ByInt8Product(const LinearSpec& spec, const Int8Weights& weight, std::span<const float> bias,
                const std::shared_ptr<Int8ReadingOrder>& order, int number)
      : spec_(spec), layer_(weight, bias.data()), order_(order), number_(number) {
    order->Set(number, layer_.matrix());
  }

  void Run(MatmulContext& /*context*/, std::int64_t rows, const void* src, void* dst,
           const Share& share) const override {
    const Int8Product& product = Int8ProductInUse();
    const AmxTileScope tiles(product.on_tiles);  // the caller's, where it has one
    const auto [begin, end] = share.Of(spec_.out, kInt8Panel);
    layer_.Run(product, rows, static_cast<const std::byte*>(src), begin, end, spec_.post_op,
               static_cast<float*>(dst) + begin, spec_.out,
               layer_.matrix().Prefetch(begin, end, order_->After(number_, share)));
  }

 private:
  const LinearSpec spec_;
  const Int8Linear layer_;
  const std::shared_ptr<const Int8ReadingOrder> order_;
  const int number_;
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

bool HasInt8Products() {
  const auto products = Int8Products();
  return std::any_of(products.begin(), products.end(),
                     [](const Int8Product& product) { return Allowed(product.name); });
}

std::string Int8Description() { return HasInt8Products() ? Int8ProductInUse().name : ""; }

void UseInt8ProductForTest(const char* name) { product_for_test = name == nullptr ? nullptr : &Find(name); }

void Quantize(std::int64_t rows, std::int64_t columns, const float* src, std::byte* dst) {
  QuantizeRows(Int8Scheme::kLargestApart, rows, columns, src, columns, Int8ProductInUse().flip, dst);
}

LinearImpl MakeInt8Linear(const LinearSpec& spec, const Int8Weights& weight, std::span<const float> bias,
                          const std::shared_ptr<Int8ReadingOrder>& order, int number) {
  if (spec.src != DataType::kS8 || spec.dst != DataType::kF32) {
    throw Error(ErrorCode::kInvalidArgument, std::string("linear layer with s8 weights: expected s8 to f32, found ") +
                                                 ToString(spec.src) + " to " + ToString(spec.dst));
  }
  return std::make_unique<ByInt8Product>(spec, weight, bias, order, number);
}

FeedForward::FeedForward(const Int8Weights& first, std::span<const float> first_bias, const Int8Weights& second,
                         std::span<const float> second_bias, Activation activation,
                         const std::shared_ptr<Int8ReadingOrder>& order, int number)
    : dim_(first.columns),
      inner_(first.rows),
      layers_(first, first_bias.data(), second, second_bias.data(), activation),
      order_(order),
      number_(number) {
  order->Set(number, layers_.first());
}

void FeedForward::Run(std::int64_t rows, const std::byte* src, float* dst, std::byte* workspace) const {
  const Int8Product& product = Int8ProductInUse();
  const AmxTileScope tiles(product.on_tiles);  // the caller's, where it has one
  layers_.Run(product, rows, src, dst, workspace, order_->After(number_, Share{}));
}

void FeedForward::RunFirst(std::int64_t rows, const std::byte* src, std::byte* workspace, const Share& share) const {
  const Int8Product& product = Int8ProductInUse();
  const AmxTileScope tiles(product.on_tiles);
  const auto [begin, end] = share.Of(inner_, kInt8Panel);
  const std::byte* const next = layers_.second().Panel(share.Of(dim_, kInt8Panel).first);
  layers_.RunFirst(product, rows, src, begin, end, workspace, next);
}

void FeedForward::QuantizeInner(std::int64_t rows, std::byte* workspace, const Share& share) const {
  const auto [begin, end] = share.Of(rows);
  layers_.QuantizeInner(Int8ProductInUse(), rows, begin, end, workspace);
}

void FeedForward::RunSecond(std::int64_t rows, float* dst, std::byte* workspace, const Share& share) const {
  const Int8Product& product = Int8ProductInUse();
  const AmxTileScope tiles(product.on_tiles);
  const auto [begin, end] = share.Of(dim_, kInt8Panel);
  layers_.RunSecond(product, rows, begin, end, dst, workspace, order_->After(number_, share));
}

}  // namespace valence::internal
