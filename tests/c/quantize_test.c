// Folders in int8 as a C program writes them: the bits of the model that they were made from, and bad arguments.
// Argument: the default model's folder.
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "valence/c.h"

enum { kLabels = 2 };

// The logits of a text in int8; zeros where the CPU cannot compute in it.
static void int8_logits(const char* folder, float* logits) {
  const valence_options options = {.size = sizeof options, .threads = 1, .precision = VALENCE_PRECISION_INT8};
  const valence_text text = {"I loved every minute of it.", 27};
  const valence_answers answers = {.size = sizeof answers, .logits = logits};
  valence_classifier* classifier = NULL;
  memset(logits, 0, kLabels * sizeof *logits);
  const valence_status status = valence_classifier_load(folder, &options, &classifier);
  if (status == VALENCE_ERROR_UNSUPPORTED_CPU) return;
  CHECK(status == VALENCE_OK);
  CHECK(valence_classify(classifier, &text, 1, &answers) == VALENCE_OK);
  valence_classifier_free(classifier);
}

static long long bytes_of_weights(const char* folder) {
  char path[4096];
  struct stat status = {0};
  snprintf(path, sizeof path, "%s/model.safetensors", folder);
  CHECK(stat(path, &status) == 0);
  return status.st_size;
}

static void remove_model(const char* folder) {
  const char* const names[] = {"config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json",
                               "vocab.txt"};
  char path[4096];
  for (size_t i = 0; i < sizeof names / sizeof *names; ++i) {
    snprintf(path, sizeof path, "%s/%s", folder, names[i]);
    CHECK(remove(path) == 0);
  }
  CHECK(rmdir(folder) == 0);
}

static void gives_the_bits_of_the_model(const char* model, const char* parent) {
  char all[64], kept[64];
  snprintf(all, sizeof all, "%s/all", parent);
  snprintf(kept, sizeof kept, "%s/kept", parent);
  const valence_quantize_options options = {.size = sizeof options, .keep_embeddings = 1};
  CHECK(valence_quantize_model(model, all, NULL) == VALENCE_OK);
  CHECK(valence_quantize_model(model, kept, &options) == VALENCE_OK);
  CHECK(bytes_of_weights(all) < bytes_of_weights(kept) && bytes_of_weights(kept) < bytes_of_weights(model));
  float expected[kLabels], found[kLabels];
  int8_logits(model, expected);
  int8_logits(all, found);
  CHECK(memcmp(found, expected, sizeof expected) == 0);
  int8_logits(kept, found);
  CHECK(memcmp(found, expected, sizeof expected) == 0);
  CHECK_FAILS(valence_quantize_model(all, kept, NULL), VALENCE_ERROR_UNSUPPORTED_MODEL, "quantization_config");
  remove_model(all);
  remove_model(kept);
}

static void bad_arguments_leave_nothing(const char* model, const char* parent) {
  char to[64];
  snprintf(to, sizeof to, "%s/to", parent);
  CHECK_FAILS(valence_quantize_model(NULL, to, NULL), VALENCE_ERROR_INVALID_ARGUMENT, "from: expected a pointer");
  CHECK_FAILS(valence_quantize_model(model, NULL, NULL), VALENCE_ERROR_INVALID_ARGUMENT, "to: expected a pointer");
  CHECK_FAILS(valence_quantize_model("/none", to, NULL), VALENCE_ERROR_FILE_NOT_FOUND, "/none");
  CHECK_FAILS(valence_quantize_model(model, "/none/to", NULL), VALENCE_ERROR_INVALID_ARGUMENT, "found no folder");
  CHECK_FAILS(valence_quantize_model(model, parent, NULL), VALENCE_ERROR_INVALID_ARGUMENT, "found one that exists");
  const valence_quantize_options no_size = {.keep_embeddings = 1};
  CHECK_FAILS(valence_quantize_model(model, to, &no_size), VALENCE_ERROR_INVALID_ARGUMENT, "options.size");
  for (int32_t keep = -1; keep <= 2; keep += 3) {
    const valence_quantize_options options = {.size = sizeof options, .keep_embeddings = keep};
    CHECK_FAILS(valence_quantize_model(model, to, &options), VALENCE_ERROR_INVALID_ARGUMENT,
                "options.keep_embeddings: expected 0 to 1, found");
  }
}

int main(int argc, char** argv) {
  char parent[] = "/tmp/valence-c-XXXXXX";
  if (argc != 2 || mkdtemp(parent) == NULL) return 2;
  gives_the_bits_of_the_model(argv[1], parent);
  bad_arguments_leave_nothing(argv[1], parent);
  CHECK(rmdir(parent) == 0);
  return failures == 0 ? 0 : 1;
}
