// Any bytes as model.safetensors.index.json and two files that it may name, a and b.
#include "files/safetensors_index.h"
#include "fuzz.h"
#include "reference/temporary_folder.h"

using namespace valence::internal;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const TemporaryFolder folder;
  FileSplitter files(Text(data, size));
  for (const char* name : {"index.json", "a", "b"}) folder.Write(name, files.Next());
  AnswerOrError([&] {
    const Safetensors joined = OpenSafetensorsIndex(folder / "index.json");
    std::size_t bytes = 0;
    unsigned sum = 0;
    for (const auto& [name, tensor] : joined.tensors()) {
      bytes += tensor.data.size();
      for (const std::byte byte : tensor.data) sum += std::to_integer<unsigned>(byte);  // every byte is there
      Demand(&joined.Get(name) == &tensor, "a tensor by its name");
    }
    Demand(bytes < size && sum <= 255 * bytes, "tensors within the files");
  });
  return 0;
}
