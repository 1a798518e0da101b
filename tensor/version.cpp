// Implements version.h.  The number comes from meson.build.
// SPDX-License-Identifier: MIT
#include <alphapose/version.h>

namespace alphapose {

const char* version() {
  return ALPHAPOSE_VERSION;
}

} // namespace alphapose
