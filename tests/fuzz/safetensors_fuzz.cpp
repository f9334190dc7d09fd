// Any bytes as model.safetensors.
#include "files/safetensors.h"
#include "fuzz.h"

using namespace valence::internal;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const MemoryFile input(Text(data, size));
  AnswerOrError([&] {
    const Safetensors file = Safetensors::Open(input.path());
    std::size_t bytes = 0;
    unsigned sum = 0;
    for (const auto& [name, tensor] : file.tensors()) {
      bytes += tensor.data.size();
      for (const std::byte byte : tensor.data)
        sum += std::to_integer<unsigned>(byte);  // every byte is there to be read
      if (tensor.dtype) {
        std::uint64_t elements = 1;
        for (const std::uint64_t dimension : tensor.shape) elements *= dimension;
        Demand(elements * SizeOf(*tensor.dtype) == tensor.data.size(), "a size that follows the shape");
      }
    }
    Demand(bytes < size && sum <= 255 * bytes, "tensors within the file");
  });
  return 0;
}
