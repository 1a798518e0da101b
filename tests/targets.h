// Lists the targets that tests of whole networks run on.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv2d/conv2d.h"
#include "tensor/target.h"

#include <algorithm>
#include <vector>

namespace pose {

// Returns the targets of this machine that have a separate convolution, in rising order; others would run the same code again.
inline std::vector<Target> targets_with_kernels() {
  std::vector<Target> all;
  for (const Kernel<Conv2d>* k : conv2d_kernels) {
    if (k->target <= best_target() && std::count(all.begin(), all.end(), k->target) == 0) all.push_back(k->target);
  }
  std::sort(all.begin(), all.end());
  return all;
}

} // namespace pose
