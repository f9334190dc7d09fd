// Creates, caches and executes primitives, each on the calling thread only.
#include "onednn/matmul.h"

#include <array>
#include <string>

#include "onednn/primitives.h"

namespace valence::internal {
namespace {

using dnnl::memory;

// The number that a worker caches; the least recently used are evicted. AMX primitives take more memory, and there are
// few because of their large row steps.
std::size_t MaxPrimitives() {
  static const std::size_t most = OneDnnUsesAmx() ? 64 : 256;
  return most;
}

dnnl::post_ops Eltwise(dnnl::algorithm algorithm) {
  dnnl::post_ops post_ops;
#if DNNL_VERSION_MAJOR >= 3
  post_ops.append_eltwise(algorithm, 0.0f, 0.0f);
#else
  post_ops.append_eltwise(1.0f, algorithm, 0.0f, 0.0f);
#endif
  return post_ops;
}

dnnl::primitive_attr Attributes(PostOp post_op) {
  dnnl::primitive_attr attributes;
  // The only mode in which one primitive may run on any thread.
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  switch (post_op) {
    case PostOp::kNone:
      break;
    case PostOp::kGelu:
      attributes.set_post_ops(Eltwise(dnnl::algorithm::eltwise_gelu_erf));
      break;
    case PostOp::kRelu:
      attributes.set_post_ops(Eltwise(dnnl::algorithm::eltwise_relu));
      break;
  }
  return attributes;
}

}  // namespace

std::int64_t OneDnnRowStep(std::int64_t rows) {
  // oneDNN 2.6 sums a row in another order for 1 to 56 rows than for multiples of 64, where its AMX primitives run.
  static const bool amx = OneDnnUsesAmx();
  if (amx) return 64;
  // Small steps for few rows, where scratch rows would be a large part of the work. A primitive takes about 75 kB.
  return rows <= 32 ? 2 : rows <= 64 ? 8 : 16;
}

std::int64_t OneDnnRowBucket(std::int64_t rows) {
  const std::int64_t step = OneDnnRowStep(rows);
  return (rows + step - 1) / step * step;
}

dnnl::matmul::primitive_desc MatmulDesc(const MatmulShape& shape, const memory::desc& weights) {
  const memory::desc src({shape.rows, shape.inner}, DnnlType(shape.src), memory::format_tag::ab);
  const memory::desc dst({shape.rows, shape.columns}, DnnlType(shape.dst), memory::format_tag::ab);
  const memory::desc bias = shape.layout == Layout::kPacked
                                ? memory::desc({1, shape.columns}, memory::data_type::f32, memory::format_tag::ab)
                                : memory::desc();
  const dnnl::primitive_attr attributes = Attributes(shape.post_op);
#if DNNL_VERSION_MAJOR >= 3
  return {CpuEngine(), src, weights, bias, dst, attributes};
#else
  return {dnnl::matmul::desc(src, weights, bias, dst), attributes, CpuEngine()};
#endif
}

OneDnnContext::OneDnnContext() {
  impl_ = Translated("creating a stream", [] { return std::make_unique<Impl>(); });
}
OneDnnContext::OneDnnContext(OneDnnContext&&) noexcept = default;
OneDnnContext::~OneDnnContext() = default;

OneDnnContext::Impl::Impl() : stream_(CpuEngine()) { UseOneThreadInThisThread(); }

OneDnnContext::Impl::Primitive* OneDnnContext::Impl::Find(const MatmulShape& shape) {
  const auto found = index_.find(shape.Key());
  if (found == index_.end()) return nullptr;
  recent_.splice(recent_.begin(), recent_, found->second);
  return &recent_.front();
}

OneDnnContext::Impl::Primitive& OneDnnContext::Impl::Create(const MatmulShape& shape, const memory::desc& weights) {
  CheckMemoryAvailable();
  const auto desc = MatmulDesc(shape, weights);
  const std::size_t scratch_bytes = desc.scratchpad_desc().get_size();
  if (scratch_bytes > scratch_.size()) scratch_ = AlignedBuffer<std::byte>(scratch_bytes);
  const auto empty = [](const memory::desc& of) { return memory(of, CpuEngine(), DNNL_MEMORY_NONE); };
  recent_.push_front({shape, dnnl::matmul(desc), empty(desc.src_desc()), empty(desc.dst_desc()),
                      empty(desc.scratchpad_desc()),
                      shape.layout == Layout::kPacked ? memory() : empty(desc.weights_desc())});
  index_[shape.Key()] = recent_.begin();
  if (recent_.size() > MaxPrimitives()) {
    index_.erase(recent_.back().shape.Key());
    recent_.pop_back();
  }
  return recent_.front();
}

void OneDnnContext::Impl::Execute(Primitive& primitive, const void* src, const memory& weights, const memory* bias,
                                  void* dst) {
  primitive.src.set_data_handle(const_cast<void*>(src));
  primitive.dst.set_data_handle(dst);
  primitive.scratchpad.set_data_handle(scratch_.data());
  // The C function takes the arguments in an array; the C++ one would build a map in each call.
  std::array<dnnl_exec_arg_t, 5> arguments{{{DNNL_ARG_SRC, primitive.src.get()},
                                            {DNNL_ARG_WEIGHTS, weights.get()},
                                            {DNNL_ARG_DST, primitive.dst.get()},
                                            {DNNL_ARG_SCRATCHPAD, primitive.scratchpad.get()}}};
  if (bias != nullptr) arguments[4] = {DNNL_ARG_BIAS, bias->get()};
  dnnl::error::wrap_c_api(
      dnnl_primitive_execute(primitive.matmul.get(), stream_.get(), bias != nullptr ? 5 : 4, arguments.data()),
      "could not execute a matmul primitive");
}

std::byte* OneDnnContext::Impl::Workspace(std::size_t bytes) {
  if (bytes > workspace_.size()) workspace_ = AlignedBuffer<std::byte>(bytes);
  return workspace_.data();
}

void OneDnnMultiply(OneDnnContext& context, DataType type, std::int64_t rows, std::int64_t inner, std::int64_t columns,
                    const void* a, const void* b, bool b_transposed, float* dst) {
  Translated("multiplying two matrices", [&] {
    const MatmulShape shape{
        rows,   inner, columns, type, DataType::kF32, PostOp::kNone, b_transposed ? Layout::kTransposed : Layout::kRows,
        columns};
    auto* primitive = context.impl().Find(shape);
    if (primitive == nullptr) {  // a description allocates memory
      const memory::desc layout({inner, columns}, DnnlType(type),
                                b_transposed ? memory::format_tag::ba : memory::format_tag::ab);
      primitive = &context.impl().Create(shape, layout);
    }
    primitive->weights.set_data_handle(const_cast<void*>(b));
    context.impl().Execute(*primitive, a, primitive->weights, nullptr, dst);
  });
}

}  // namespace valence::internal
