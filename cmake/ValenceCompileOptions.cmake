# Warnings and visibility for our own targets; users do not inherit them.
add_library(valence_compile_options INTERFACE)
target_compile_features(valence_compile_options INTERFACE cxx_std_20)
target_compile_options(valence_compile_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -fvisibility=hidden -fvisibility-inlines-hidden
  $<$<BOOL:${VALENCE_WERROR}>:-Werror>)

option(VALENCE_COVERAGE "Count which lines and branches of src/ and apps/ run (tools/coverage)" OFF)
if(VALENCE_COVERAGE)
  # Atomic, because worker threads count the same lines. -O1 keeps the lines that a higher level merges; inlined, a call would
  # have the branches of the function that it calls, such as the standard library's.
  set(valence_coverage_options --coverage -fprofile-update=atomic -O1 -fno-inline)
  add_link_options(--coverage)
endif()
