# Warnings and visibility for our own targets; users do not inherit them.
add_library(valence_compile_options INTERFACE)
target_compile_features(valence_compile_options INTERFACE cxx_std_20)
target_compile_options(valence_compile_options INTERFACE
  -Wall -Wextra -Wpedantic -Wconversion -Wshadow -fvisibility=hidden -fvisibility-inlines-hidden
  $<$<BOOL:${VALENCE_WERROR}>:-Werror>)
