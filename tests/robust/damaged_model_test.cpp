// Seeded ways to damage whole model folders: load throws an Error or the classifier answers, in bounded time and
// memory.
#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <utility>

#include "files/damaged.h"
#include "files/small_model.h"
#include "reference/committed_models.h"
#include "reference/temporary_folder.h"
#include "robust/limited_memory.h"
#include "valence/valence.h"

namespace valence {
namespace {

using internal::Damaged;

// Rounds of the tests: VALENCE_TEST_ROUNDS, which `tools/test --long` sets, else 1.
int Rounds() {
  const char* rounds = std::getenv("VALENCE_TEST_ROUNDS");
  return rounds == nullptr ? 1 : std::atoi(rounds);
}

std::map<std::string, std::string> FilesOf(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const char* name :
       {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json", "vocab.txt"}) {
    std::ifstream file(folder / name, std::ios::binary);
    if (file) files[name] = std::string(std::istreambuf_iterator<char>(file), {});
  }
  return files;
}

class DamagedFolder {
 public:
  explicit DamagedFolder(std::map<std::string, std::string> files) : files_(std::move(files)) {
    for (const auto& [name, content] : files_) folder_.Write(name, content);
  }

  const std::map<std::string, std::string>& files() const { return files_; }

  // Loads the folder with `content` in place of one of its files and classifies with it.
  void Try(const std::string& name, const std::string& content) {
    folder_.Write(name, content);
    const std::clock_t start = std::clock();
    try {
      const internal::LimitedMemory limit(std::size_t{400} << 20);
      const auto classifier = Classifier::load(folder_.path(), {.threads = 1});
      for (const Prediction& prediction : classifier.classify({"good film", "", "not \xC3\xA9 \xFF [MASK] bad"})) {
        EXPECT_EQ(prediction.logits.size(), classifier.labels().size());
        ASSERT_LT(prediction.label_id, classifier.labels().size());
        EXPECT_EQ(prediction.label, classifier.labels()[prediction.label_id]);
      }
      ++answered;
    } catch (const Error& error) {
      const std::string_view message = error.what();
      EXPECT_LT(message.size(), 2000u);
      EXPECT_NE(message.find(folder_.path().native()), message.npos) << message;
      ++refused;
    }  // any other exception fails the test
    EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, 5.0) << name;
    folder_.Write(name, files_[name]);
  }

  int answered = 0, refused = 0;

 private:
  internal::TemporaryFolder folder_;
  std::map<std::string, std::string> files_;
};

// The safetensors header, which is small beside the data and decides most.
std::string DamagedHeader(const std::string& content, std::mt19937_64& random) {
  const std::size_t data = 8 + static_cast<unsigned char>(content[0]) + 256u * static_cast<unsigned char>(content[1]);
  return Damaged(content.substr(0, data), random) + content.substr(data);
}

void TryDamages(DamagedFolder& folder, int rounds, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  for (int round = 0; round < rounds; ++round) {
    for (const auto& [name, content] : folder.files()) {
      folder.Try(name, Damaged(content, random));
      if (!name.ends_with(".safetensors")) continue;
      folder.Try(name, DamagedHeader(content, random));
      folder.Try(name, content.substr(0, random() % content.size()));
      std::string flipped = content;
      flipped[random() % flipped.size()] ^= static_cast<char>(1 << random() % 8);
      folder.Try(name, flipped);
    }
  }
}

TEST(DamagedModel, OfEveryShapeIsRefusedOrAnswers) {
  int answered = 0, refused = 0;
  std::uint64_t seed = 20261123;
  for (const std::string& name : internal::CommittedModelNames()) {
    DamagedFolder folder(FilesOf(internal::ReadCommittedModel(name).folder));
    TryDamages(folder, 40 * Rounds(), ++seed);
    answered += folder.answered;
    refused += folder.refused;
  }
  std::printf("%d damaged folders: %d answered, %d refused\n", answered + refused, answered, refused);
  EXPECT_GT(answered, 300);
  EXPECT_GT(refused, 300);
}

// By auto these are computed in int8 where the CPU can.
TEST(DamagedModel, InInt8IsRefusedOrAnswers) {
  int answered = 0, refused = 0;
  for (const char* const name : {"linear", "embeddings-bf16"}) {
    DamagedFolder folder(FilesOf(std::filesystem::path(VALENCE_TEST_DATA "/quantized") / name));
    TryDamages(folder, 60 * Rounds(), 20261127);
    answered += folder.answered;
    refused += folder.refused;
  }
  std::printf("%d damaged folders: %d answered, %d refused\n", answered + refused, answered, refused);
  EXPECT_GT(answered, 100);
  EXPECT_GT(refused, 150);
}

TEST(DamagedModel, OfARareFormIsRefusedOrAnswers) {
  DamagedFolder folder(internal::RareSmallModel());
  for (const auto& [name, content] : internal::RareSmallModel()) folder.Try(name, content);
  ASSERT_EQ(folder.refused, 0);
  TryDamages(folder, 60 * Rounds(), 20261126);
  std::printf("%d damaged folders: %d answered, %d refused\n", folder.answered + folder.refused, folder.answered,
              folder.refused);
  EXPECT_GT(folder.answered, 50);
  EXPECT_GT(folder.refused, 300);
}

TEST(DamagedModel, OfTheDefaultModelIsRefusedOrAnswers) {
  DamagedFolder folder(FilesOf(VALENCE_DEFAULT_MODEL));
  TryDamages(folder, 3 * Rounds(), 20261124);
  std::printf("%d damaged folders: %d answered, %d refused\n", folder.answered + folder.refused, folder.answered,
              folder.refused);
  EXPECT_GT(folder.answered, 3);
  EXPECT_GT(folder.refused, 3);
}

}  // namespace
}  // namespace valence
