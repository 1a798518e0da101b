// Window: the pixels of one axis that a pooling window covers.  Plain data, safe to include in ISA-specific files.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/shape.h"

namespace pose {

struct Window {
  int begin, end; // inside the map, never empty
  bool cut;       // part of the window is outside the map
};

// Returns the window of output coordinate o.
POSE_INLINE Window window_at(int o, int kernel, int stride, int pad, int size) {
  const int begin = o * stride - pad, end = begin + kernel;
  return {begin < 0 ? 0 : begin, end > size ? size : end, begin < 0 || end > size};
}

} // namespace pose
