// Which targets a test of whole networks should run on.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/conv2d/conv2d.h"
#include "tensor/target.h"

#include <algorithm>
#include <vector>

namespace pose {

// The targets that this machine has and that have a convolution of their own, in rising order; others would run the same code again.
inline std::vector<Target> targets_with_kernels() {
  std::vector<Target> all;
  for (const Kernel<Conv2d>* k : conv2d_kernels) {
    if (k->target <= best_target() && std::count(all.begin(), all.end(), k->target) == 0) all.push_back(k->target);
  }
  std::sort(all.begin(), all.end());
  return all;
}

} // namespace pose
