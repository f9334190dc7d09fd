// Compiles the functions between BEGIN and END for more instructions than the rest of the program.
#pragma once

#define VALENCE_PRAGMA(words) _Pragma(#words)
#if defined(__clang__)
#define VALENCE_TARGET_BEGIN(names) \
  VALENCE_PRAGMA(clang attribute push(__attribute__((target(names))), apply_to = function))
#define VALENCE_TARGET_END VALENCE_PRAGMA(clang attribute pop)
#else
#define VALENCE_TARGET_BEGIN(names) VALENCE_PRAGMA(GCC push_options) VALENCE_PRAGMA(GCC target(names))
#define VALENCE_TARGET_END VALENCE_PRAGMA(GCC pop_options)
#endif
