// Once a batch's lengths were seen, the layers allocate nothing.
#include <gtest/gtest.h>

#include <vector>

#include "files/model_folder.h"
#include "model/encoder.h"
#include "ops/implementation.h"
#include "reference/committed_models.h"
#include "robust/failing_memory.h"

namespace valence::internal {
namespace {

PackedBatch BatchOf(std::initializer_list<std::size_t> lengths) {
  PackedBatch batch;
  for (const std::size_t length : lengths) batch.Append(std::vector<std::int32_t>(length, 7));
  return batch;
}

TEST(SteadyMemory, NothingIsAllocatedForLengthsThatWereSeen) {
  const ModelFolder folder = OpenModelFolder(ReadCommittedModel("heads12-gelu-bf16").folder);
  for (const DataType type : {DataType::kF32, DataType::kBf16}) {
    if (type == DataType::kBf16 && !HasBf16Products()) continue;
    const auto encoder = Encoder::Load(folder.config, folder.weights, type, 1, 1);
    const auto state = encoder->MakeState(128);
    Team alone(1);
    std::vector<float> logits;
    const PackedBatch batches[] = {BatchOf({40, 3, 17}), BatchOf({2}), BatchOf({8, 9, 10, 11, 12, 13})};
    TeamMember member(alone, 0);
    const auto run = [&](const PackedBatch& batch) { encoder->Forward(batch, *state, *state, member, logits); };
    for (const PackedBatch& batch : batches) run(batch);
    const FailingMemory memory(0, 0);
    for (const PackedBatch& batch : batches) run(batch);
    EXPECT_EQ(memory.calls(), 0u) << ToString(type);
  }
}

}  // namespace
}  // namespace valence::internal
