// Weights in oneDNN's packed layout, and a primitive for each number of rows and columns.
#include "onednn/linear.h"

#include <algorithm>
#include <cstring>
#include <string>

namespace valence::internal {
namespace {

using dnnl::memory;

constexpr std::int64_t kPackingRows = 256;       // oneDNN chooses the packed layout for this number of rows
constexpr std::int64_t kWholeInnerOnAmx = 1536;  // from this inner dimension on AMX products are not sliced

MatmulShape ShapeOf(const LinearSpec& spec, std::int64_t rows, std::int64_t columns) {
  return {rows, spec.in, columns, spec.src, spec.dst, spec.post_op, Layout::kPacked, spec.out};
}

}  // namespace

// oneDNN's layout of the columns: blocks of `block` columns, `stride` elements apart.
struct OneDnnLinear::ColumnLayout {
  explicit ColumnLayout(const memory::desc& desc) {
#if DNNL_VERSION_MAJOR >= 3
    const int inner_blocks = desc.get_inner_nblks();
    const auto sizes = desc.get_inner_blks(), dimensions = desc.get_inner_idxs();
    stride = desc.get_strides()[1];
#else
    const auto& blocking = desc.data.format_desc.blocking;
    const int inner_blocks = blocking.inner_nblks;
    const auto& sizes = blocking.inner_blks;
    const auto& dimensions = blocking.inner_idxs;
    stride = blocking.strides[1];
#endif
    for (int i = 0; i < inner_blocks; ++i) {
      if (dimensions[static_cast<std::size_t>(i)] == 1) block *= sizes[static_cast<std::size_t>(i)];
    }
  }

  std::int64_t block = 1;
  std::int64_t stride = 1;
};

OneDnnLinear::OneDnnLinear(const LinearSpec& spec, std::span<const float> weight, std::span<const float> bias,
                           int max_team)
    : spec_(spec), bias_(bias.size()) {
  Translated("packing a linear layer of " + std::to_string(spec.in) + " x " + std::to_string(spec.out),
             [&] { Pack(weight, bias, max_team); });
}

void OneDnnLinear::Pack(std::span<const float> weight, std::span<const float> bias, int max_team) {
  UseOneThreadInThisThread();
  CheckMemoryAvailable();
  std::copy(bias.begin(), bias.end(), bias_.data());
  const memory::desc any({spec_.in, spec_.out}, DnnlType(spec_.src), memory::format_tag::any);
  packed_desc_ = MatmulDesc(ShapeOf(spec_, kPackingRows, spec_.out), any).weights_desc();
  weights_ = AlignedBuffer<std::byte>(packed_desc_.get_size());

  dnnl::stream stream(CpuEngine());
  // [out, in] in row-major order is [in, out] in column-major order, so nothing needs to be transposed.
  memory plain({{spec_.in, spec_.out}, memory::data_type::f32, memory::format_tag::ba}, CpuEngine(),
               const_cast<float*>(weight.data()));
  memory packed(packed_desc_, CpuEngine(), weights_.data());
  dnnl::reorder(plain, packed).execute(stream, plain, packed);
  stream.wait();

  const ColumnLayout layout(packed_desc_);
  // Not sliced: a layer with a padded last block, which a slice would cut off; and on AMX those of which oneDNN 2.6
  // sums a slice in another order than the whole.
  const bool whole = spec_.out % layout.block != 0 || (OneDnnUsesAmx() && spec_.in >= kWholeInnerOnAmx);
  const std::int64_t column_block = whole ? spec_.out : layout.block > 1 ? layout.block : 64;
  for (int size = 1; size <= max_team; ++size) {
    for (int index = 0; index < size; ++index) {
      const auto [begin, end] = Share{index, size}.Of(spec_.out, column_block);
      slices_.push_back(MakeSlice(layout, begin, end));
    }
  }
}

OneDnnLinear::Slice OneDnnLinear::MakeSlice(const ColumnLayout& layout, std::int64_t begin, std::int64_t end) {
  if (begin == end) return {begin, end, {}, {}, {}};
  const bool whole = begin == 0 && end == spec_.out;
  const memory::desc desc = whole ? packed_desc_ : packed_desc_.submemory_desc({spec_.in, end - begin}, {0, 0});
  const auto offset = static_cast<std::size_t>(begin / layout.block * layout.stride);
  std::byte* data = weights_.data() + offset * SizeOf(spec_.src);
  return {
      begin, end, desc, memory(desc, CpuEngine(), data),
      memory({{1, end - begin}, memory::data_type::f32, memory::format_tag::ab}, CpuEngine(), bias_.data() + begin)};
}

const OneDnnLinear::Slice& OneDnnLinear::SliceOf(const Share& share) const {
  return slices_[static_cast<std::size_t>(share.size * (share.size - 1) / 2 + share.index)];
}

void OneDnnLinear::Run(OneDnnContext& context, std::int64_t rows, const void* src, void* dst,
                       const Share& share) const {
  const Slice& slice = SliceOf(share);
  if (slice.begin == slice.end) return;
  Translated("running a linear layer", [&] { RunSlice(context.impl(), rows, src, dst, slice); });
}

void OneDnnLinear::RunSlice(OneDnnContext::Impl& context, std::int64_t rows, const void* src, void* dst,
                            const Slice& slice) const {
  const std::int64_t bucket = OneDnnRowBucket(rows), columns = slice.end - slice.begin;
  auto& primitive = context.Get(ShapeOf(spec_, bucket, columns), slice.desc);
  if (columns == spec_.out) return context.Execute(primitive, src, slice.weights, &slice.bias, dst);
  // oneDNN is slow if the rows of the result are not contiguous, so the slice is computed into a buffer and copied.
  const std::size_t element_bytes = SizeOf(spec_.dst);
  const std::size_t slice_row_bytes = static_cast<std::size_t>(columns) * element_bytes;
  const std::byte* from = context.Workspace(static_cast<std::size_t>(bucket) * slice_row_bytes);
  context.Execute(primitive, src, slice.weights, &slice.bias, const_cast<std::byte*>(from));
  auto* to = static_cast<std::byte*>(dst) + static_cast<std::size_t>(slice.begin) * element_bytes;
  for (std::int64_t r = 0; r < rows; ++r) {
    std::memcpy(to, from, slice_row_bytes);
    from += slice_row_bytes;
    to += static_cast<std::size_t>(spec_.out) * element_bytes;
  }
}

}  // namespace valence::internal
