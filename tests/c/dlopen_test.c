// A program that is not linked with the library and loads it while it runs, as bindings of other languages do.
// Arguments: the shared library, a model folder.
#include <dlfcn.h>

#include "check.h"
#include "valence/c.h"

struct api {
  const char* (*last_error)(void);
  valence_status (*load)(const char*, const valence_options*, valence_classifier**);
  valence_status (*classify)(const valence_classifier*, const valence_text*, size_t, const valence_answers*);
  const char* (*label)(const valence_classifier*, size_t);
  void (*free)(valence_classifier*);
};

// ISO C has no cast from an object pointer to one of a function; their bytes are the same in POSIX.
static void find(void* library, const char* name, void* function) {
  void* const symbol = dlsym(library, name);
  if (symbol == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  memcpy(function, &symbol, sizeof symbol);
}

static void use(const struct api* api, const char* folder) {
  const valence_text texts[] = {{"I loved every minute of it.", 27}, {"It drags.", 9}};
  int32_t label_ids[] = {7, 7};
  const valence_answers answers = {.size = sizeof answers, .label_ids = label_ids};
  valence_classifier* classifier = NULL;
  CHECK(api->load(folder, NULL, &classifier) == VALENCE_OK);
  CHECK(api->classify(classifier, texts, 2, &answers) == VALENCE_OK);
  CHECK(strcmp(api->label(classifier, (size_t)label_ids[0]), "POSITIVE") == 0);
  CHECK(strcmp(api->label(classifier, (size_t)label_ids[1]), "NEGATIVE") == 0);
  CHECK(api->classify(NULL, texts, 2, &answers) == VALENCE_ERROR_INVALID_ARGUMENT);
  CHECK(strstr(api->last_error(), "classifier") != NULL);
  api->free(classifier);
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  for (int round = 0; round < 2; ++round) {
    void* const library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
      fprintf(stderr, "%s\n", dlerror());
      return 1;
    }
    struct api api;
    find(library, "valence_last_error", &api.last_error);
    find(library, "valence_classifier_load", &api.load);
    find(library, "valence_classify", &api.classify);
    find(library, "valence_classifier_label", &api.label);
    find(library, "valence_classifier_free", &api.free);
    use(&api, argv[2]);
    CHECK(dlclose(library) == 0);
  }
  return failures == 0 ? 0 : 1;
}
