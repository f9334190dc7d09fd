// The checks of safetensors/src/tensor.rs (functions deserialize and validate), in their order.
#include "files/safetensors.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <functional>
#include <utility>

#include "files/safetensors_header.h"
#include "unicode/printable.h"
#include "valence/error.h"

namespace valence::internal {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian, and so is every reader here");

constexpr std::uint64_t kLengthBytes = 8;
constexpr std::uint64_t kMaxHeader = 100'000'000;

std::string Number(std::uint64_t value) { return std::to_string(value); }

// The header's text. Throws if the file is too short for it.
std::string_view FindHeader(std::span<const std::byte> file, const std::filesystem::path& path) {
  const std::string where = Shown(path) + ": ";
  if (file.size() < kLengthBytes) {
    throw Error(ErrorCode::kHeaderTooSmall,
                where + "expected a safetensors file of at least 8 bytes, found " + Number(file.size()));
  }
  std::uint64_t length;
  std::memcpy(&length, file.data(), kLengthBytes);
  if (length > kMaxHeader) {
    throw Error(ErrorCode::kHeaderTooLarge,
                where + "expected a safetensors header of at most 100000000 bytes, found " + Number(length));
  }
  if (length > file.size() - kLengthBytes) {
    throw Error(ErrorCode::kInvalidHeaderLength, where + "the safetensors header should be " + Number(length) +
                                                     " bytes long, but the file ends after " +
                                                     Number(file.size() - kLengthBytes));
  }
  return {reinterpret_cast<const char*>(file.data()) + kLengthBytes, static_cast<std::size_t>(length)};
}

// The size in bytes that follows from shape and dtype.
std::uint64_t BytesCalledFor(const HeaderEntry& entry, const std::function<std::string()>& where) {
  std::uint64_t bits = 1;
  bool overflow = false;
  for (const std::uint64_t dimension : entry.shape) overflow |= __builtin_mul_overflow(bits, dimension, &bits);
  overflow |= __builtin_mul_overflow(bits, std::uint64_t{entry.dtype->bits}, &bits);
  if (overflow) throw Error(ErrorCode::kValidationOverflow, where() + "its shape has more elements than 64 bits count");
  if (bits % 8 != 0) {
    throw Error(ErrorCode::kMisalignedSlice,
                where() + Number(bits) + " bits of " + entry.dtype->name + " are no whole bytes");
  }
  return bits / 8;
}

}  // namespace

Safetensors Safetensors::Open(const std::filesystem::path& path) {
  Safetensors open;
  open.path_ = path;
  const auto mapping = std::make_shared<const MappedFile>(path);
  const auto file = mapping->bytes();
  const std::string_view header = FindHeader(file, path);
  HeaderEntries entries = ReadSafetensorsHeader(header, path);
  const auto buffer = file.subspan(kLengthBytes + header.size());

  std::vector<HeaderEntries::iterator> by_offset;
  by_offset.reserve(entries.size());
  for (auto entry = entries.begin(); entry != entries.end(); ++entry) by_offset.push_back(entry);
  std::sort(by_offset.begin(), by_offset.end(), [](const auto& a, const auto& b) {
    return std::pair(a->second.begin, a->second.end) < std::pair(b->second.begin, b->second.end);
  });

  // Each tensor must begin where the one before it ends, so that each byte belongs to exactly one tensor.
  std::uint64_t previous_end = 0;
  for (const auto& place : by_offset) {
    const HeaderEntry& entry = place->second;
    const auto where = [&] { return Shown(path) + ": tensor " + Quoted(place->first) + ": "; };
    if (entry.begin != previous_end || entry.end < entry.begin) {
      throw Error(ErrorCode::kInvalidOffset, where() + "expected data_offsets to begin at " + Number(previous_end) +
                                                 ", found [" + Number(entry.begin) + ", " + Number(entry.end) + "]");
    }
    const std::uint64_t bytes = BytesCalledFor(entry, where);
    if (entry.end - entry.begin != bytes) {
      throw Error(ErrorCode::kTensorInvalidInfo, where() + "shape and dtype call for " + Number(bytes) +
                                                     " bytes, its data_offsets for " + Number(entry.end - entry.begin));
    }
    previous_end = entry.end;
  }
  if (previous_end != buffer.size()) {
    throw Error(ErrorCode::kMetadataIncompleteBuffer, Shown(path) + ": the header names " + Number(previous_end) +
                                                          " bytes of tensors, the file holds " + Number(buffer.size()));
  }

  for (auto& [name, entry] : entries) {
    TensorView view{entry.dtype->dtype, entry.dtype->name, std::move(entry.shape),
                    buffer.subspan(entry.begin, entry.end - entry.begin), mapping};
    open.tensors_.emplace_hint(open.tensors_.end(), name, std::move(view));
  }
  return open;
}

Safetensors Safetensors::Join(const std::filesystem::path& path, std::vector<Safetensors> files) {
  Safetensors joined;
  joined.path_ = path;
  std::map<std::string, std::filesystem::path, std::less<>> file_of;
  for (Safetensors& file : files) {
    for (auto& [name, tensor] : file.tensors_) {
      const auto [known, is_new] = file_of.try_emplace(name, file.path_);
      if (!is_new) {
        throw Error(ErrorCode::kDuplicateTensor, Shown(file.path_) + ": tensor " + Quoted(name) +
                                                     ": expected in one file, found in " + Shown(known->second) +
                                                     " too");
      }
      joined.tensors_.emplace(name, std::move(tensor));
    }
  }
  return joined;
}

const TensorView& Safetensors::Get(std::string_view name) const {
  const auto found = tensors_.find(name);
  if (found != tensors_.end()) return found->second;
  throw Error(ErrorCode::kMissingTensor,
              Shown(path_) + ": expected a tensor " + Quoted(name) + ", found none among " + Number(tensors_.size()));
}

bool Safetensors::Has(std::string_view name) const { return tensors_.contains(name); }

}  // namespace valence::internal
