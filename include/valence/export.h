// Marks what the shared library exports.
//
// Programs that link the static library define VALENCE_STATIC; the CMake target valence::valence and valence.pc do it
// for them. The symbols are hidden then, so that a plugin which links the static library does not export them. Structs
// have it for the constructors and destructors that the compiler adds.
#pragma once

#if defined(_WIN32)
#error "valence is built for Linux and other ELF systems"
#elif defined(VALENCE_STATIC)
#define VALENCE_EXPORT __attribute__((visibility("hidden")))
#else
#define VALENCE_EXPORT __attribute__((visibility("default")))
#endif
