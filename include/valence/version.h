// The library's version; CMakeLists.txt reads it from here.
#pragma once

#define VALENCE_VERSION "0.1.0"
