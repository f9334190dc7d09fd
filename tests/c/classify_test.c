// The C interface as a C program uses it: answers beside those of transformers, bad arguments, many threads.
// Arguments: the default model's folder, tests/data.
#include <math.h>
#include <pthread.h>

#include "check.h"
#include "valence/c.h"

enum { kTexts = 872, kLabels = 2, kLine = 1024, kThreads = 8, kShared = 16 };

// SST-2 dev: the texts, and the logits that transformers gives for them in f32.
struct data {
  char lines[kTexts][kLine];
  valence_text texts[kTexts];
  float logits[kTexts][kLabels];
};

static FILE* open_file(const char* folder, const char* name) {
  char path[4096];
  snprintf(path, sizeof path, "%s/%s", folder, name);
  FILE* file = fopen(path, "r");
  if (file == NULL) {
    perror(path);
    exit(1);
  }
  return file;
}

static void read_data(const char* folder, struct data* data) {
  FILE* file = open_file(folder, "sst2-dev.tsv");
  CHECK(fgets(data->lines[0], kLine, file) != NULL);  // the heading
  for (size_t i = 0; i < kTexts; ++i) {
    CHECK(fgets(data->lines[i], kLine, file) != NULL);
    data->texts[i] = (valence_text){data->lines[i], strcspn(data->lines[i], "\t")};
  }
  fclose(file);
  file = open_file(folder, "sst2-dev-default-logits.txt");
  for (size_t i = 0; i < kTexts; ++i) CHECK(fscanf(file, "%f %f", &data->logits[i][0], &data->logits[i][1]) == 2);
  fclose(file);
}

static void answers_are_those_of_transformers(const valence_classifier* classifier, const struct data* data) {
  static int32_t label_ids[kTexts];
  static float label_scores[kTexts], scores[kTexts][kLabels], logits[kTexts][kLabels];
  static uint8_t truncated[kTexts];
  const valence_answers answers = {.size = sizeof answers,
                                   .label_ids = label_ids,
                                   .label_scores = label_scores,
                                   .scores = scores[0],
                                   .logits = logits[0],
                                   .truncated = truncated};
  memset(truncated, 9, sizeof truncated);
  CHECK(valence_classify(classifier, data->texts, kTexts, &answers) == VALENCE_OK);
  for (size_t i = 0; i < kTexts; ++i) {
    CHECK(fabsf(logits[i][0] - data->logits[i][0]) < 1e-4f && fabsf(logits[i][1] - data->logits[i][1]) < 1e-4f);
    CHECK(label_ids[i] == (data->logits[i][1] > data->logits[i][0]));
    CHECK(label_scores[i] == scores[i][label_ids[i]]);
    CHECK(fabsf(scores[i][1] - 1 / (1 + expf(data->logits[i][0] - data->logits[i][1]))) < 1e-4f);
    CHECK(truncated[i] == 0);
  }
}

static void only_what_is_wanted_is_written(const valence_classifier* classifier) {
  const char bytes[] = {'g', 'o', 'o', 'd', '!', '!'};  // no zero behind it
  const valence_text texts[2] = {{bytes, 4}, {NULL, 0}};
  int32_t label_ids[2] = {7, 7};
  const valence_answers ids_only = {.size = sizeof ids_only, .label_ids = label_ids};
  CHECK(valence_classify(classifier, texts, 1, &ids_only) == VALENCE_OK);
  CHECK(label_ids[0] == 1 && label_ids[1] == 7);
  CHECK(valence_classify(classifier, texts, 2, &ids_only) == VALENCE_OK);
  CHECK(label_ids[1] == 0 || label_ids[1] == 1);

  // A caller compiled when the struct ended behind label_ids.
  struct {
    size_t size;
    int32_t* label_ids;
    float* not_a_field_of_then;
  } older = {2 * sizeof(size_t), label_ids, (float*)1};
  CHECK(valence_classify(classifier, texts, 1, (const valence_answers*)(const void*)&older) == VALENCE_OK);
  CHECK(valence_classify(classifier, NULL, 0, &ids_only) == VALENCE_OK);
}

static void tokens(const valence_classifier* classifier) {
  int32_t ids[512];
  size_t count = 0;
  uint8_t truncated = 9;
  CHECK(valence_classifier_max_tokens(classifier) == 512);
  CHECK(valence_tokenize(classifier, (valence_text){"Great.", 6}, ids, 512, &count, &truncated) == VALENCE_OK);
  CHECK(count == 4 && ids[0] == 101 && ids[1] == 2307 && ids[2] == 1012 && ids[3] == 102 && truncated == 0);
  // Of the results only *count is written where there is too little room.
  ids[0] = ids[1] = ids[2] = -7;
  truncated = 9;
  count = 7;
  CHECK_FAILS(valence_tokenize(classifier, (valence_text){"Great.", 6}, ids, 3, &count, &truncated),
              VALENCE_ERROR_INVALID_ARGUMENT, "capacity: expected at least 4, found 3");
  CHECK(count == 4 && truncated == 9 && ids[0] == -7 && ids[1] == -7 && ids[2] == -7);
  CHECK_FAILS(valence_tokenize(classifier, (valence_text){"Great.", 6}, NULL, 0, &count, NULL),
              VALENCE_ERROR_INVALID_ARGUMENT, "capacity: expected at least 4, found 0");
  // Any other failure leaves it alone.
  count = 7;
  CHECK_FAILS(valence_tokenize(classifier, (valence_text){"Great.", 6}, NULL, 3, &count, &truncated),
              VALENCE_ERROR_INVALID_ARGUMENT, "ids: expected a pointer");
  CHECK_FAILS(valence_tokenize(classifier, (valence_text){NULL, 6}, ids, 512, &count, &truncated),
              VALENCE_ERROR_INVALID_ARGUMENT, "text.data: expected a pointer");
  CHECK(count == 7 && truncated == 9 && ids[0] == -7);
  const valence_text piece = valence_classifier_piece(classifier, 2307);
  CHECK(piece.size == 5 && memcmp(piece.data, "great", 5) == 0);
  CHECK(valence_classifier_piece(classifier, -1).size == 0);
}

static void facts(const valence_classifier* classifier, const char* folder) {
  CHECK(strcmp(valence_version(), "0.1.0") == 0);
  CHECK(valence_classifier_label_count(classifier) == kLabels);
  CHECK(strcmp(valence_classifier_label(classifier, 0), "NEGATIVE") == 0);
  CHECK(strcmp(valence_classifier_label(classifier, 1), "POSITIVE") == 0);
  CHECK(valence_classifier_label(classifier, 2) == NULL);
  CHECK(valence_classifier_threads(classifier) == 2);
  CHECK(valence_classifier_precision(classifier) == VALENCE_PRECISION_F32);
  CHECK(strcmp(valence_classifier_model_folder(classifier), folder) == 0);
}

static void precisions(const char* folder) {
  for (int precision = VALENCE_PRECISION_AUTO; precision <= VALENCE_PRECISION_INT8; ++precision) {
    const valence_options options = {.size = sizeof options, .threads = 1, .precision = precision};
    valence_classifier* classifier = NULL;
    const valence_status status = valence_classifier_load(folder, &options, &classifier);
    if (status == VALENCE_ERROR_UNSUPPORTED_CPU) continue;
    CHECK(status == VALENCE_OK);
    const valence_precision found = valence_classifier_precision(classifier);
    CHECK(precision == VALENCE_PRECISION_AUTO ? found != VALENCE_PRECISION_AUTO : (int)found == precision);
    valence_classifier_free(classifier);
  }
}

// Each has one of its own, and only the last number is followed by none.
static void names_of_statuses(void) {
  enum { kLast = VALENCE_ERROR_CANCELLED };
  for (int status = 0; status <= kLast; ++status) {
    const char* const name = valence_status_name((valence_status)status);
    CHECK(strcmp(name, "UNKNOWN") != 0);
    for (int other = 0; other < status; ++other) CHECK(strcmp(name, valence_status_name((valence_status)other)) != 0);
  }
  CHECK(strcmp(valence_status_name(VALENCE_OK), "OK") == 0);
  CHECK(strcmp(valence_status_name(VALENCE_ERROR_OUT_OF_MEMORY), "OUT_OF_MEMORY") == 0);
  CHECK(strcmp(valence_status_name(VALENCE_ERROR_INVALID_OFFSET), "INVALID_OFFSET") == 0);
  CHECK(strcmp(valence_status_name((valence_status)(kLast + 1)), "UNKNOWN") == 0);
}

// Each option shows in an answer: a text that differs by what the option takes away is answered like the one without.
static void options_reach_the_library(const char* folder) {
  const struct {
    valence_preparation preparation;
    valence_text text, rest;
  } cases[] = {{VALENCE_STRIP_URLS, {"bad https://t.co/x", 18}, {"bad ", 4}},
               {VALENCE_STRIP_USER_NAMES, {"bad @wonderful", 14}, {"bad ", 4}},
               {VALENCE_STRIP_EMAIL_ADDRESSES, {"bad great@love.org", 18}, {"bad ", 4}},
               {VALENCE_STRIP_PHONE_NUMBERS, {"bad +1 555 123 4567", 19}, {"bad ", 4}},
               {VALENCE_REMOVE_STOP_WORDS, {"the bad", 7}, {" bad", 4}}};
  for (size_t i = 0; i < sizeof cases / sizeof *cases; ++i) {
    float logits[2][2][kLabels];
    for (int prepared = 0; prepared < 2; ++prepared) {
      const valence_options options = {
          .size = sizeof options, .threads = 1, .preparation = prepared ? (uint32_t)cases[i].preparation : 0};
      const valence_text texts[2] = {cases[i].text, cases[i].rest};
      const valence_answers answers = {.size = sizeof answers, .logits = logits[prepared][0]};
      valence_classifier* classifier = NULL;
      CHECK(valence_classifier_load(folder, &options, &classifier) == VALENCE_OK);
      CHECK(valence_classify(classifier, texts, 2, &answers) == VALENCE_OK);
      valence_classifier_free(classifier);
    }
    CHECK(memcmp(logits[0][0], logits[0][1], sizeof logits[0][0]) != 0);
    CHECK(memcmp(logits[1][0], logits[1][1], sizeof logits[1][0]) == 0);
  }
  uint8_t truncated = 9;
  const valence_answers answers = {.size = sizeof answers, .truncated = &truncated};
  const valence_text text = {"one two three four five six", 27};
  const valence_options windows = {
      .size = sizeof windows, .max_tokens = 5, .long_text = VALENCE_LONG_TEXT_MEAN_OF_WINDOWS, .stride = 2};
  valence_classifier* classifier = NULL;
  CHECK(valence_classifier_load(folder, &windows, &classifier) == VALENCE_OK);
  CHECK(valence_classify(classifier, &text, 1, &answers) == VALENCE_OK && truncated == 0);
  valence_classifier_free(classifier);
}

static void bad_options(const char* folder) {
  valence_classifier* untouched = NULL;
  const valence_options no_size = {.threads = 1};
  CHECK_FAILS(valence_classifier_load(folder, &no_size, &untouched), VALENCE_ERROR_INVALID_ARGUMENT, "options.size");
  const valence_options threads = {.size = sizeof threads, .threads = -1};
  CHECK_FAILS(valence_classifier_load(folder, &threads, &untouched), VALENCE_ERROR_INVALID_ARGUMENT, "found -1");
  const valence_options precision = {.size = sizeof precision, .precision = 4};
  CHECK_FAILS(valence_classifier_load(folder, &precision, &untouched), VALENCE_ERROR_INVALID_ARGUMENT, "found 4");
  const valence_options long_text = {.size = sizeof long_text, .long_text = 3};
  CHECK_FAILS(valence_classifier_load(folder, &long_text, &untouched), VALENCE_ERROR_INVALID_ARGUMENT,
              "options.long_text: expected 0 to 2, found 3");
  const valence_options preparation = {.size = sizeof preparation, .preparation = 64 | VALENCE_LOWER_CASE};
  CHECK_FAILS(valence_classifier_load(folder, &preparation, &untouched), VALENCE_ERROR_INVALID_ARGUMENT, "bits 64");
  struct {
    valence_options options;
    int64_t later;
  } newer = {.options = {.size = sizeof newer}, .later = 1};
  CHECK_FAILS(valence_classifier_load(folder, &newer.options, &untouched), VALENCE_ERROR_INVALID_ARGUMENT,
              "this version of the library");
  CHECK_FAILS(valence_classifier_load("/no such folder", NULL, &untouched), VALENCE_ERROR_FILE_NOT_FOUND,
              "/no such folder");
  CHECK_FAILS(valence_classifier_load(folder, NULL, NULL), VALENCE_ERROR_INVALID_ARGUMENT, "classifier");
  CHECK(untouched == NULL);
}

static void bad_handles(void) {
  static uint64_t zeros[32];
  valence_classifier* const wrong = (valence_classifier*)(void*)zeros;
  const valence_text text = {"good", 4};
  int32_t id = 7;
  size_t count = 7;
  const valence_answers answers = {.size = sizeof answers, .label_ids = &id};
  CHECK_FAILS(valence_classify(NULL, &text, 1, &answers), VALENCE_ERROR_INVALID_ARGUMENT,
              "classifier: expected a pointer");
  CHECK_FAILS(valence_classify(wrong, &text, 1, &answers), VALENCE_ERROR_INVALID_ARGUMENT, "valence_classifier_load");
  CHECK_FAILS(valence_tokenize(wrong, text, &id, 1, &count, NULL), VALENCE_ERROR_INVALID_ARGUMENT,
              "valence_classifier_load");
  CHECK(id == 7 && count == 7);
  CHECK(valence_classifier_label_count(NULL) == 0 && valence_classifier_label_count(wrong) == 0);
  CHECK(valence_classifier_label(wrong, 0) == NULL && valence_classifier_model_folder(NULL) == NULL);
  CHECK(valence_classifier_threads(NULL) == 0 && valence_classifier_max_tokens(wrong) == 0);
  CHECK(valence_classifier_precision(NULL) == VALENCE_PRECISION_AUTO);
  CHECK(valence_classifier_piece(wrong, 0).size == 0);
  valence_classifier_free(NULL);
  valence_classifier_free(wrong);
}

// The first text is good, the second one is refused: not even the first one's answer is written.
static void a_failure_writes_no_answer(const valence_classifier* classifier) {
  const valence_text texts[2] = {{"good", 4}, {"caf\xc3", 4}};
  int32_t label_ids[2] = {-7, -7};
  float label_scores[2] = {-7, -7}, scores[2][kLabels] = {{-7, -7}, {-7, -7}},
        logits[2][kLabels] = {{-7, -7}, {-7, -7}};
  uint8_t truncated[2] = {9, 9};
  const valence_answers answers = {.size = sizeof answers,
                                   .label_ids = label_ids,
                                   .label_scores = label_scores,
                                   .scores = scores[0],
                                   .logits = logits[0],
                                   .truncated = truncated};
  CHECK_FAILS(valence_classify(classifier, texts, 2, &answers), VALENCE_ERROR_INVALID_ARGUMENT, "texts[1].size");
  for (int i = 0; i < 2; ++i) {
    CHECK(label_ids[i] == -7 && label_scores[i] == -7 && truncated[i] == 9);
    for (int label = 0; label < kLabels; ++label) CHECK(scores[i][label] == -7 && logits[i][label] == -7);
  }
}

static void bad_texts(const valence_classifier* classifier) {
  int32_t ids[2] = {7, 7};
  size_t count = 0;
  const valence_answers answers = {.size = sizeof answers, .label_ids = ids};
  const valence_answers no_size = {.label_ids = ids};
  valence_text texts[2] = {{"good", 4}, {NULL, 3}};
  CHECK_FAILS(valence_classify(classifier, NULL, 1, &answers), VALENCE_ERROR_INVALID_ARGUMENT,
              "texts: expected a pointer");
  CHECK_FAILS(valence_classify(classifier, texts, 1, NULL), VALENCE_ERROR_INVALID_ARGUMENT,
              "answers: expected a pointer");
  CHECK_FAILS(valence_classify(classifier, texts, 1, &no_size), VALENCE_ERROR_INVALID_ARGUMENT, "answers.size");
  CHECK_FAILS(valence_classify(classifier, texts, 2, &answers), VALENCE_ERROR_INVALID_ARGUMENT, "texts[1].data");

  // Every length of a text of 1-, 2-, 3- and 4-byte sequences: only those at a boundary are right.
  const char* const mixed = "a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80";
  const char boundary[] = {1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 1};
  for (size_t size = 0; size < sizeof boundary; ++size) {
    texts[1] = (valence_text){mixed, size};
    if (boundary[size]) {
      CHECK(valence_classify(classifier, texts, 2, &answers) == VALENCE_OK);
    } else {
      CHECK_FAILS(valence_classify(classifier, texts, 2, &answers), VALENCE_ERROR_INVALID_ARGUMENT,
                  "texts[1].size: expected the end of a UTF-8 sequence");
      CHECK_FAILS(valence_tokenize(classifier, texts[1], ids, 2, &count, NULL), VALENCE_ERROR_INVALID_ARGUMENT,
                  "text.size");
    }
  }
  // Bytes that begin no sequence are ill-formed text, not a cut.
  texts[1] = (valence_text){"bad \xff", 5};
  CHECK(valence_classify(classifier, texts, 2, &answers) == VALENCE_OK);
  texts[1] = (valence_text){"\x80\x80\x80", 3};
  CHECK(valence_classify(classifier, texts, 2, &answers) == VALENCE_OK);
  texts[1] = (valence_text){"\xef\xbf\xbd", 3};  // U+FFFD itself
  CHECK(valence_classify(classifier, texts, 2, &answers) == VALENCE_OK);
}

// Each thread classifies the same texts and makes errors of its own meanwhile.
struct caller {
  const valence_classifier* classifier;
  const struct data* data;
  pthread_t thread;
  int index;
  int message_is_its_own;
  float scores[kShared];
};

static void* call(void* argument) {
  struct caller* self = argument;
  const valence_answers answers = {.size = sizeof answers, .label_scores = self->scores};
  char folder[32], *end = folder + snprintf(folder, sizeof folder, "/none/%d", self->index);
  valence_classifier* none = NULL;
  self->message_is_its_own = end > folder && valence_last_error()[0] == '\0';
  if (valence_classifier_load(folder, NULL, &none) != VALENCE_ERROR_FILE_NOT_FOUND) self->message_is_its_own = 0;
  for (int round = 0; round < 4; ++round) {
    if (valence_classify(self->classifier, self->data->texts, kShared, &answers) != VALENCE_OK) self->scores[0] = -1;
  }
  if (strstr(valence_last_error(), folder) == NULL) self->message_is_its_own = 0;
  return NULL;
}

static void many_threads(const valence_classifier* classifier, const struct data* data) {
  static struct caller callers[kThreads];
  float expected[kShared];
  const valence_answers answers = {.size = sizeof answers, .label_scores = expected};
  CHECK(valence_classify(classifier, data->texts, kShared, &answers) == VALENCE_OK);
  for (int i = 0; i < kThreads; ++i) {
    callers[i] = (struct caller){.classifier = classifier, .data = data, .index = i};
    CHECK(pthread_create(&callers[i].thread, NULL, call, &callers[i]) == 0);
  }
  for (int i = 0; i < kThreads; ++i) {
    pthread_join(callers[i].thread, NULL);
    CHECK(memcmp(callers[i].scores, expected, sizeof expected) == 0);
    CHECK(callers[i].message_is_its_own);
  }
}

static void default_model(const char* folder) {
  valence_classifier* classifier = NULL;
  setenv("VALENCE_MODEL", folder, 1);
  CHECK(valence_classifier_load(NULL, NULL, &classifier) == VALENCE_OK);
  CHECK(strcmp(valence_classifier_model_folder(classifier), folder) == 0);
  valence_classifier_free(classifier);
  setenv("VALENCE_MODEL", "/none", 1);
  CHECK_FAILS(valence_classifier_load(NULL, NULL, &classifier), VALENCE_ERROR_FILE_NOT_FOUND, "/none");
}

int main(int argc, char** argv) {
  static struct data data;
  if (argc != 3) return 2;
  read_data(argv[2], &data);
  const valence_options options = {.size = sizeof options, .threads = 2, .precision = VALENCE_PRECISION_F32};
  valence_classifier* classifier = NULL;
  CHECK(valence_classifier_load(argv[1], &options, &classifier) == VALENCE_OK);
  if (classifier == NULL) {
    fprintf(stderr, "%s\n", valence_last_error());
    return 1;
  }
  many_threads(classifier, &data);
  answers_are_those_of_transformers(classifier, &data);
  only_what_is_wanted_is_written(classifier);
  tokens(classifier);
  facts(classifier, argv[1]);
  a_failure_writes_no_answer(classifier);
  bad_texts(classifier);
  valence_classifier_free(classifier);
  names_of_statuses();
  precisions(argv[1]);
  options_reach_the_library(argv[1]);
  bad_options(argv[1]);
  bad_handles();
  default_model(argv[1]);
  return failures == 0 ? 0 : 1;
}
