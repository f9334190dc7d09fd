// Weights packed once, in slices of columns that teams of every size share: for oneDNN, or below AVX-512 for our own
// product (kernels/matmul.h).
#include "ops/linear.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "cpu/aligned_buffer.h"
#include "onednn/matmul_context.h"

namespace valence::internal {
namespace {

using dnnl::memory;

constexpr std::int64_t kPackingRows = 256;       // the row count that the packed layout is chosen for
constexpr std::int64_t kWholeInnerOnAmx = 1536;  // from this inner dimension on AMX products are not sliced

MatmulShape ShapeOf(const Linear::Spec& spec, std::int64_t rows, std::int64_t columns) {
  return {rows, spec.in, columns, spec.src, spec.dst, spec.post_op, Layout::kPacked, spec.out};
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

class Linear::Impl {
 public:
  explicit Impl(const Spec& spec_in) : spec(spec_in) {}
  virtual ~Impl() = default;
  virtual void Run(MatmulContext& context, std::int64_t rows, const void* src, void* dst,
                   const TeamMember& member) const = 0;

  const Spec spec;
};

namespace {

class OwnLinear final : public Linear::Impl {
 public:
  OwnLinear(const Linear::Spec& spec_in, std::span<const float> weight, std::span<const float> bias)
      : Impl(spec_in), matrix_(spec.in, spec.out, weight.data(), bias.data()) {}

  void Run(MatmulContext& context, std::int64_t rows, const void* src, void* dst,
           const TeamMember& member) const override {
    const auto [begin, end] = member.Share(spec.out, PackedMatrix::kPanel);
    auto* const workspace = context.impl().Workspace(matrix_.WorkspaceSize(rows) * sizeof(float));
    matrix_.Multiply(rows, static_cast<const float*>(src), begin, end, spec.post_op, static_cast<float*>(dst),
                     reinterpret_cast<float*>(workspace));
  }

 private:
  const PackedMatrix matrix_;
};

class OneDnnLinear final : public Linear::Impl {
 public:
  OneDnnLinear(const Linear::Spec& spec_in, std::span<const float> weight, std::span<const float> bias, int max_team)
      : Impl(spec_in), bias_(bias.size()) {
    DemandRoom();
    std::copy(bias.begin(), bias.end(), bias_.data());
    const memory::desc any({spec.in, spec.out}, DnnlType(spec.src), memory::format_tag::any);
    packed_desc_ = MatmulDesc(ShapeOf(spec, kPackingRows, spec.out), any).weights_desc();
    weights_ = AlignedBuffer<std::byte>(packed_desc_.get_size());

    dnnl::stream stream(CpuEngine());
    // [out, in] by rows is [in, out] by columns: no transposition of our own is needed.
    memory plain({{spec.in, spec.out}, memory::data_type::f32, memory::format_tag::ba}, CpuEngine(),
                 const_cast<float*>(weight.data()));
    memory packed(packed_desc_, CpuEngine(), weights_.data());
    dnnl::reorder(plain, packed).execute(stream, plain, packed);
    stream.wait();

    const ColumnLayout layout = ColumnLayoutOf(packed_desc_);
    // Left whole: a layer whose padded last block would be cut short by a slice that ends there, and on AMX those of
    // which oneDNN 2.6 sums a slice in another order than the whole.
    const bool whole = spec.out % layout.block != 0 || (OneDnnUsesAmx() && spec.in >= kWholeInnerOnAmx);
    const std::int64_t column_block = whole ? spec.out : layout.block > 1 ? layout.block : 64;
    for (int size = 1; size <= max_team; ++size) {
      Team team(size);
      for (int index = 0; index < size; ++index) {
        const auto [begin, end] = TeamMember{&team, index}.Share(spec.out, column_block);
        slices_.push_back(MakeSlice(layout, begin, end));
      }
    }
  }

  void Run(MatmulContext& context, std::int64_t rows, const void* src, void* dst,
           const TeamMember& member) const override {
    const Slice& slice = SliceOf(member);
    if (slice.begin == slice.end) return;
    auto& worker = context.impl();
    const std::int64_t columns = slice.end - slice.begin;
    auto& primitive = worker.Get(ShapeOf(spec, RowBucket(rows), columns), slice.desc);
    if (columns == spec.out) {
      worker.Execute(primitive, src, slice.weights, &slice.bias, dst);
      return;
    }
    const std::size_t element_bytes = SizeOf(spec.dst);
    const std::size_t slice_row_bytes = static_cast<std::size_t>(columns) * element_bytes;
    const std::byte* from = worker.Workspace(static_cast<std::size_t>(RowBucket(rows)) * slice_row_bytes);
    worker.Execute(primitive, src, slice.weights, &slice.bias, const_cast<std::byte*>(from));
    auto* to = static_cast<std::byte*>(dst) + static_cast<std::size_t>(slice.begin) * element_bytes;
    for (std::int64_t r = 0; r < rows; ++r) {
      std::memcpy(to, from, slice_row_bytes);
      from += slice_row_bytes;
      to += static_cast<std::size_t>(spec.out) * element_bytes;
    }
  }

 private:
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

  Slice MakeSlice(const ColumnLayout& layout, std::int64_t begin, std::int64_t end) {
    if (begin == end) return {begin, end, {}, {}, {}};
    const bool whole = begin == 0 && end == spec.out;
    const memory::desc desc = whole ? packed_desc_ : packed_desc_.submemory_desc({spec.in, end - begin}, {0, 0});
    const auto offset = static_cast<std::size_t>(begin / layout.block * layout.stride);
    std::byte* data = weights_.data() + offset * SizeOf(spec.src);
    return {
        begin, end, desc, memory(desc, CpuEngine(), data),
        memory({{1, end - begin}, memory::data_type::f32, memory::format_tag::ab}, CpuEngine(), bias_.data() + begin)};
  }

  memory::desc packed_desc_;
  AlignedBuffer<std::byte> weights_;  // packed
  AlignedBuffer<float> bias_;         // [out]
  std::vector<Slice> slices_;         // of all team sizes, smaller teams first
};

}  // namespace

Linear::Linear(const Spec& spec, std::span<const float> weight, std::span<const float> bias, int max_team) {
  impl_ = Translated("packing a linear layer of " + std::to_string(spec.in) + " x " + std::to_string(spec.out),
                     [&]() -> std::unique_ptr<const Impl> {
                       if (!HasAvx512()) return std::make_unique<OwnLinear>(spec, weight, bias);
                       return std::make_unique<OneDnnLinear>(spec, weight, bias, max_team);
                     });
}
Linear::Linear() noexcept = default;
Linear::Linear(Linear&&) noexcept = default;
Linear& Linear::operator=(Linear&&) noexcept = default;
Linear::~Linear() = default;

const Linear::Spec& Linear::spec() const { return impl_->spec; }

void Linear::Run(MatmulContext& context, std::int64_t rows, const void* src, void* dst) const {
  Team alone(1);
  Run(context, rows, src, dst, TeamMember{&alone, 0});
}

void Linear::Run(MatmulContext& context, std::int64_t rows, const void* src, void* dst,
                 const TeamMember& member) const {
  if (rows == 0) return;  // an empty share; oneDNN divides by the number of rows when it makes a primitive
  Translated("running a linear layer", [&] { impl_->Run(context, rows, src, dst, member); });
}

}  // namespace valence::internal
