// registered: kernels beside the tables, so that tests and benchmarks can examine what is not, or not yet, part of an op.  The planner takes one only
// where PlanOptions::kernels names it.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/kernel.h"

#include <vector>

namespace pose {

template <class P> std::vector<const Kernel<P>*>& registered_kernels() {
  static std::vector<const Kernel<P>*> kernels;
  return kernels;
}

// An object of static life in the kernel's file: `const Registered<Conv2d> registered(my_kernel);`
template <class P> struct Registered {
  explicit Registered(const Kernel<P>& kernel) { registered_kernels<P>().push_back(&kernel); }
};

} // namespace pose
