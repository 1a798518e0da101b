// Version of the library, and how its symbols are exported.
// SPDX-License-Identifier: MIT
//
//   std::printf("alphapose %s\n", alphapose::version());                    // of the library that is loaded
//   #if ALPHAPOSE_VERSION_MAJOR > 0 || ALPHAPOSE_VERSION_MINOR >= 2         // of the headers
//
// Stability: programs that use only the headers of include/alphapose/ keep compiling with later libraries of the same major version (before 1.0.0:
// the same minor version), and keep running with later libraries of the same minor version.  The shared library's soname is MAJOR.MINOR.
#pragma once

#include <alphapose/version_number.h>

#if defined(__GNUC__)
#define ALPHAPOSE_API __attribute__((visibility("default")))
#else
#define ALPHAPOSE_API
#endif

namespace alphapose {

// Returns the version of the library, MAJOR.MINOR.PATCH.
ALPHAPOSE_API const char* version();

} // namespace alphapose
