// Marks what the shared library exports.
#pragma once

#if defined(VALENCE_STATIC)
#define VALENCE_EXPORT
#elif defined(_WIN32)
#error "valence is built for Linux and other ELF systems"
#else
#define VALENCE_EXPORT __attribute__((visibility("default")))
#endif
