// What the C programs of this folder share.
#pragma once

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

#define CHECK(condition)                                                      \
  do {                                                                        \
    if (!(condition)) {                                                       \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      ++failures;                                                             \
    }                                                                         \
  } while (0)

// The call failed with this status and a message that holds the words.
#define CHECK_FAILS(call, expected, words)                                                                        \
  do {                                                                                                            \
    const valence_status status = (call);                                                                         \
    if (status != (expected) || strstr(valence_last_error(), (words)) == NULL) {                                  \
      fprintf(stderr, "%s:%d: %s\n  expected %s and \"%s\",\n  found %s and \"%s\"\n", __FILE__, __LINE__, #call, \
              valence_status_name(expected), (words), valence_status_name(status), valence_last_error());         \
      ++failures;                                                                                                 \
    }                                                                                                             \
  } while (0)
