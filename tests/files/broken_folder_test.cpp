// Thousands of seeded ways to damage a model folder: each gives an Error or a sound folder, in bounded time and memory.
#include <malloc.h>

#include <atomic>
#include <chrono>
#include <new>
#include <random>

#include "damaged.h"
#include "file_errors.h"
#include "files/model_folder.h"
#include "reference/temporary_folder.h"
#include "small_model.h"

namespace {

// The bytes that the program holds by operator new, and the most that it held since the last reset.
std::atomic<std::size_t> live_bytes{0}, peak_bytes{0};

}  // namespace

// Not inlined, or GCC sees free() given what came from operator new and warns.
[[gnu::noinline]] void* operator new(std::size_t size) {
  void* memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  const std::size_t live = live_bytes += malloc_usable_size(memory);
  if (live > peak_bytes) peak_bytes = live;
  return memory;
}
// std::stable_sort asks this one. Without it, it would be the sanitizer's, whose memory must not be given to free().
[[gnu::noinline]] void* operator new(std::size_t size, const std::nothrow_t& /*tag*/) noexcept {
  try {
    return operator new(size);
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  live_bytes -= memory == nullptr ? 0 : malloc_usable_size(memory);
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }

namespace valence::internal {
namespace {

// What later stages rely on.
void ExpectSound(const ModelFolder& model, std::size_t file_bytes) {
  EXPECT_GT(model.config.dim, 0);
  EXPECT_EQ(model.config.dim % model.config.n_heads, 0);
  EXPECT_FALSE(model.config.labels.empty());
  std::size_t bytes = 0;
  for (const auto& [name, tensor] : model.weights.tensors()) bytes += tensor.data.size();
  EXPECT_LE(bytes, file_bytes);
  bool has_unk = false;
  for (const auto& [piece, id] : model.tokenizer.vocab) {
    EXPECT_GE(id, 0);
    EXPECT_LT(id, model.config.vocab_size);
    has_unk = has_unk || piece == model.tokenizer.unk_token;
  }
  EXPECT_TRUE(has_unk);
  for (const std::int32_t id : {model.tokenizer.cls_id, model.tokenizer.sep_id}) EXPECT_LT(id, model.config.vocab_size);
}

class BrokenFolder : public testing::Test {
 protected:
  BrokenFolder() : files_(SmallModel()) {
    for (const auto& [name, content] : files_) folder_.Write(name, content);
  }

  // Opens the folder with `content` in place of one of its files.
  void Try(const std::string& name, const std::string& content) {
    folder_.Write(name, content);
    const std::size_t before = live_bytes;
    peak_bytes = before;
    const auto start = std::chrono::steady_clock::now();
    bool sound = false;
    try {
      const ModelFolder model = OpenModelFolder(folder_.path());
      sound = true;
      ExpectSound(model, content.size() + WeightBytes());
    } catch (const Error& error) {
      EXPECT_LT(std::string_view(error.what()).size(), 2000u);
      EXPECT_NE(std::string_view(error.what()).find(folder_.path().native()), std::string_view::npos) << error.what();
    }  // any other exception fails the test
    ++(sound ? sound_ : refused_);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(5)) << content;
    // The folder holds 5 KB, and a third of that is the text of the largest header.
    EXPECT_LT(peak_bytes - before, 40 * (content.size() + 10000)) << content;
    folder_.Write(name, files_[name]);
  }

  std::size_t WeightBytes() const {
    std::size_t bytes = 0;
    for (const auto& [name, content] : files_) bytes += name.ends_with(".safetensors") ? content.size() : 0;
    return bytes;
  }

  std::map<std::string, std::string> files_;
  TemporaryFolder folder_;
  int sound_ = 0, refused_ = 0;
};

TEST_F(BrokenFolder, GivesAnErrorForEveryTruncation) {
  for (const auto& [name, content] : SmallModel()) {
    for (std::size_t length = 0; length < content.size(); ++length) Try(name, content.substr(0, length));
  }
  EXPECT_GT(refused_, 3000);
  EXPECT_LT(sound_, 25);  // vocab.txt without some of the pieces after the special ones
}

TEST_F(BrokenFolder, GivesAnErrorOrASoundModelForEveryDamagedFile) {
  std::mt19937_64 random(20240501);
  for (int round = 0; round < 1500; ++round) {
    for (const auto& [name, content] : SmallModel()) Try(name, Damaged(content, random));
  }
  EXPECT_GT(refused_, 3000);
  EXPECT_GT(sound_, 300);
}

TEST_F(BrokenFolder, GivesAnErrorOrASoundModelForEveryDamagedTokenizerJson) {
  std::mt19937_64 random(20240502);
  Try("tokenizer.json", SmallTokenizerJson());
  ASSERT_EQ(sound_, 1);
  files_["tokenizer.json"] = SmallTokenizerJson();
  for (int round = 0; round < 2500; ++round) Try("tokenizer.json", Damaged(SmallTokenizerJson(), random));
  EXPECT_GT(refused_, 1000);
  EXPECT_GT(sound_, 100);
}

TEST_F(BrokenFolder, GivesAnErrorOrASoundModelForEveryDamagedFileOfARareForm) {
  std::mt19937_64 random(20240503);
  for (const auto& [name, content] : files_) std::filesystem::remove(folder_ / name);
  files_ = RareSmallModel();
  for (const auto& [name, content] : files_) folder_.Write(name, content);
  for (const auto& [name, content] : RareSmallModel()) Try(name, content);
  ASSERT_EQ(refused_, 0);
  for (int round = 0; round < 600; ++round) {
    for (const auto& [name, content] : RareSmallModel()) Try(name, Damaged(content, random));
  }
  EXPECT_GT(refused_, 2000);
  EXPECT_GT(sound_, 200);
}

TEST_F(BrokenFolder, GivesAnErrorForEveryFlippedBitOfTheLength) {
  for (std::size_t bit = 0; bit < 64; ++bit) {
    std::string content = files_["model.safetensors"];
    content[bit / 8] = static_cast<char>(content[bit / 8] ^ (1 << (bit % 8)));
    Try("model.safetensors", content);
  }
  EXPECT_EQ(refused_, 64);
}

TEST_F(BrokenFolder, AllocatesNothingForElementsThatAreOnlyClaimed) {
  Try("model.safetensors",
      Framed(R"({"a":{"dtype":"U8","shape":[1152921504606846976],"data_offsets":[0,1152921504606846976]}})", "12"));
  Try("config.json", R"({"model_type":"distilbert","id2label":{"99999":"x"},"vocab_size":16777216})");
  Try("config.json", R"({"model_type":"distilbert","num_labels":100001,"vocab_size":16777216})");
  EXPECT_EQ(refused_, 3);
}

}  // namespace
}  // namespace valence::internal
