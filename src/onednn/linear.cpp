// Weights packed once, primitives kept by shape and row bucket, every call on one thread.
#include "onednn/linear.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <list>
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "cpu/aligned_buffer.h"
#include "onednn/engine.h"

namespace valence::internal {
namespace {

using dnnl::memory;

constexpr std::size_t kMaxPrimitives = 256;  // a worker; more row buckets than that evict the least recently used
constexpr std::int64_t kPackingRows = 256;   // the row count that the packed layout is chosen for

memory::data_type DataType(Element element) {
  return element == Element::kF32 ? memory::data_type::f32 : memory::data_type::bf16;
}

dnnl::primitive_attr Attributes(PostOp post_op) {
  dnnl::primitive_attr attributes;
  // The only mode in which one primitive may run on any thread.
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
  if (post_op != PostOp::kNone) {
    const auto algorithm = post_op == PostOp::kGelu ? dnnl::algorithm::eltwise_gelu_erf : dnnl::algorithm::eltwise_relu;
    dnnl::post_ops post_ops;
#if DNNL_VERSION_MAJOR >= 3
    post_ops.append_eltwise(algorithm, 0.0f, 0.0f);
#else
    post_ops.append_eltwise(1.0f, algorithm, 0.0f, 0.0f);
#endif
    attributes.set_post_ops(post_ops);
  }
  return attributes;
}

// dst: [rows, columns], dense (oneDNN 2.6 falls back to its slow reference loops where rows lie further apart),
// computed from weights: [in, columns] in the given layout.
dnnl::matmul::primitive_desc MatmulDesc(const Linear::Spec& spec, std::int64_t rows, std::int64_t columns,
                                        const memory::desc& weights) {
  const memory::desc src({rows, spec.in}, DataType(spec.src), memory::format_tag::ab);
  const memory::desc bias({1, columns}, memory::data_type::f32, memory::format_tag::ab);
  const memory::desc dst({rows, columns}, DataType(spec.dst), memory::format_tag::ab);
  const dnnl::primitive_attr attributes = Attributes(spec.post_op);
#if DNNL_VERSION_MAJOR >= 3
  return {CpuEngine(), src, weights, bias, dst, attributes};
#else
  return {dnnl::matmul::desc(src, weights, bias, dst), attributes, CpuEngine()};
#endif
}

// How oneDNN laid the columns out: blocks of `block` columns, `stride` elements apart.
struct ColumnLayout {
  std::int64_t block = 1;
  std::int64_t stride = 1;
};

ColumnLayout ColumnLayoutOf(const memory::desc& desc) {
  ColumnLayout layout;
#if DNNL_VERSION_MAJOR >= 3
  const int inner_blocks = desc.get_inner_nblks();
  const auto sizes = desc.get_inner_blks(), dimensions = desc.get_inner_idxs();
  layout.stride = desc.get_strides()[1];
#else
  const auto& blocking = desc.data.format_desc.blocking;
  const int inner_blocks = blocking.inner_nblks;
  const auto& sizes = blocking.inner_blks;
  const auto& dimensions = blocking.inner_idxs;
  layout.stride = blocking.strides[1];
#endif
  for (int i = 0; i < inner_blocks; ++i) {
    if (dimensions[static_cast<std::size_t>(i)] == 1) layout.block *= sizes[static_cast<std::size_t>(i)];
  }
  return layout;
}

}  // namespace

std::int64_t RowBucket(std::int64_t rows) {
  const auto round_up = [rows](std::int64_t step) { return (rows + step - 1) / step * step; };
  // Below AVX-512 oneDNN multiplies by a general matrix product that takes six rows at a time and sums in another order
  // for some remainders. Multiples of twelve keep a row's bits the same for every row count.
  static const bool by_twelves = !HasAvx512();
  if (by_twelves) return round_up(rows <= 96 ? 12 : 24);
  // Fine steps where a few rows of scratch would be a large share of the work; a primitive takes about 75 kB.
  return round_up(rows <= 32 ? 2 : rows <= 64 ? 8 : 16);
}

// --- LinearContext

class LinearContext::Impl {
 public:
  using Key = std::tuple<std::int64_t, std::int64_t, std::int64_t, Element, Element, PostOp>;

  struct Primitive {
    Key key;
    dnnl::matmul matmul;
    memory src, dst, scratchpad;
  };

  Impl() : stream(CpuEngine()) { UseOneThreadInThisThread(); }

  Primitive& Get(const Linear::Spec& spec, std::int64_t rows, std::int64_t columns, const memory::desc& weights) {
    const Key key{rows, spec.in, columns, spec.src, spec.dst, spec.post_op};
    if (const auto found = index_.find(key); found != index_.end()) {
      recent_.splice(recent_.begin(), recent_, found->second);
      return recent_.front();
    }
    const auto desc = MatmulDesc(spec, rows, columns, weights);
    const std::size_t scratch_bytes = desc.scratchpad_desc().get_size();
    if (scratch_bytes > scratch_.size()) scratch_ = AlignedBuffer<std::byte>(scratch_bytes);
    recent_.push_front({key, dnnl::matmul(desc), memory(desc.src_desc(), CpuEngine(), DNNL_MEMORY_NONE),
                        memory(desc.dst_desc(), CpuEngine(), DNNL_MEMORY_NONE),
                        memory(desc.scratchpad_desc(), CpuEngine(), DNNL_MEMORY_NONE)});
    index_[key] = recent_.begin();
    if (recent_.size() > kMaxPrimitives) {
      index_.erase(recent_.back().key);
      recent_.pop_back();
    }
    return recent_.front();
  }

  void* scratch() { return scratch_.data(); }

  // Room for the columns of one slice before they go to their places in dst.
  std::byte* Columns(std::size_t bytes) {
    if (bytes > columns_.size()) columns_ = AlignedBuffer<std::byte>(bytes);
    return columns_.data();
  }

  dnnl::stream stream;

 private:
  std::list<Primitive> recent_;  // most recently used first
  std::map<Key, std::list<Primitive>::iterator> index_;
  AlignedBuffer<std::byte> scratch_;  // as large as the largest primitive's wish
  AlignedBuffer<std::byte> columns_;
};

LinearContext::LinearContext() {
  impl_ = Translated("creating a stream", [] { return std::make_unique<Impl>(); });
}
LinearContext::LinearContext(LinearContext&&) noexcept = default;
LinearContext::~LinearContext() = default;

// --- Linear

class Linear::Impl {
 public:
  Impl(const Spec& spec_in, std::span<const float> weight, std::span<const float> bias, int max_team)
      : spec(spec_in), bias_(bias.size()) {
    std::copy(bias.begin(), bias.end(), bias_.data());
    const memory::desc any({spec.in, spec.out}, DataType(spec.src), memory::format_tag::any);
    packed_desc = MatmulDesc(spec, kPackingRows, spec.out, any).weights_desc();
    weights_ = AlignedBuffer<std::byte>(packed_desc.get_size());

    dnnl::stream stream(CpuEngine());
    // [out, in] by rows is [in, out] by columns: no transposition of our own is needed.
    memory plain({{spec.in, spec.out}, memory::data_type::f32, memory::format_tag::ba}, CpuEngine(),
                 const_cast<float*>(weight.data()));
    memory packed(packed_desc, CpuEngine(), weights_.data());
    dnnl::reorder(plain, packed).execute(stream, plain, packed);
    stream.wait();

    const ColumnLayout layout = ColumnLayoutOf(packed_desc);
    // A padded last block would be cut short by a slice that ends there: leave such a layer whole.
    column_block = spec.out % layout.block != 0 ? spec.out : layout.block > 1 ? layout.block : 64;
    for (int size = 1; size <= max_team; ++size) {
      Team team(size);
      for (int index = 0; index < size; ++index) {
        const auto [begin, end] = TeamMember{&team, index}.Share(spec.out, column_block);
        slices_.push_back(MakeSlice(layout, begin, end));
      }
    }
  }

  // The columns [begin, end) as oneDNN sees them.
  struct Slice {
    std::int64_t begin = 0, end = 0;
    memory::desc desc;
    memory weights, bias;
  };

  const Slice& SliceOf(const TeamMember& member) const {
    const int size = member.size();
    return slices_[static_cast<std::size_t>(size * (size - 1) / 2 + member.index)];
  }

  Spec spec;
  memory::desc packed_desc;
  std::int64_t column_block = 0;

 private:
  Slice MakeSlice(const ColumnLayout& layout, std::int64_t begin, std::int64_t end) {
    if (begin == end) return {begin, end, {}, {}, {}};
    const bool whole = begin == 0 && end == spec.out;
    const memory::desc desc = whole ? packed_desc : packed_desc.submemory_desc({spec.in, end - begin}, {0, 0});
    const std::int64_t element_bytes = spec.src == Element::kF32 ? 4 : 2;
    std::byte* data = weights_.data() + begin / layout.block * layout.stride * element_bytes;
    return {
        begin, end, desc, memory(desc, CpuEngine(), data),
        memory({{1, end - begin}, memory::data_type::f32, memory::format_tag::ab}, CpuEngine(), bias_.data() + begin)};
  }

  AlignedBuffer<std::byte> weights_;  // packed
  AlignedBuffer<float> bias_;         // [out]
  std::vector<Slice> slices_;         // of all team sizes, smaller teams first
};

Linear::Linear(const Spec& spec, std::span<const float> weight, std::span<const float> bias, int max_team) {
  impl_ = Translated("packing a linear layer of " + std::to_string(spec.in) + " x " + std::to_string(spec.out),
                     [&] { return std::make_unique<Impl>(spec, weight, bias, max_team); });
}
Linear::Linear() noexcept = default;
Linear::Linear(Linear&&) noexcept = default;
Linear& Linear::operator=(Linear&&) noexcept = default;
Linear::~Linear() = default;

const Linear::Spec& Linear::spec() const { return impl_->spec; }

void Linear::Run(LinearContext& context, std::int64_t rows, const void* src, void* dst,
                 const TeamMember& member) const {
  const Impl::Slice& slice = impl_->SliceOf(member);
  if (slice.begin == slice.end) return;
  Translated("running a linear layer", [&] {
    auto& worker = context.impl();
    const std::int64_t columns = slice.end - slice.begin;
    auto& primitive = worker.Get(impl_->spec, RowBucket(rows), columns, slice.desc);
    const std::size_t element_bytes = impl_->spec.dst == Element::kF32 ? 4 : 2;
    const std::size_t slice_row_bytes = static_cast<std::size_t>(columns) * element_bytes;
    const bool whole = columns == impl_->spec.out;
    auto* const target = whole ? static_cast<std::byte*>(dst)
                               : worker.Columns(static_cast<std::size_t>(RowBucket(rows)) * slice_row_bytes);
    primitive.src.set_data_handle(const_cast<void*>(src));
    primitive.dst.set_data_handle(target);
    primitive.scratchpad.set_data_handle(worker.scratch());
    // The C call takes the arguments in an array; the C++ one would build a map for each call.
    const std::array<dnnl_exec_arg_t, 5> arguments{{{DNNL_ARG_SRC, primitive.src.get()},
                                                    {DNNL_ARG_WEIGHTS, slice.weights.get()},
                                                    {DNNL_ARG_BIAS, slice.bias.get()},
                                                    {DNNL_ARG_DST, primitive.dst.get()},
                                                    {DNNL_ARG_SCRATCHPAD, primitive.scratchpad.get()}}};
    dnnl::error::wrap_c_api(dnnl_primitive_execute(primitive.matmul.get(), worker.stream.get(),
                                                   static_cast<int>(arguments.size()), arguments.data()),
                            "could not execute a matmul primitive");
    if (whole) return;
    const std::size_t dst_row_bytes = static_cast<std::size_t>(impl_->spec.out) * element_bytes;
    auto* row = static_cast<std::byte*>(dst) + static_cast<std::size_t>(slice.begin) * element_bytes;
    for (std::int64_t r = 0; r < rows; ++r, row += dst_row_bytes) {
      std::memcpy(row, target + static_cast<std::size_t>(r) * slice_row_bytes, slice_row_bytes);
    }
  });
}

}  // namespace valence::internal
