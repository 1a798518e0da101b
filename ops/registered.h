// Registered: kernels outside the tables, for tests and benchmarks of kernels that are not, or not yet, part of an op.
// SPDX-License-Identifier: MIT
//
// The planner takes one only where PlanOptions::kernels names it.
#pragma once

#include "ops/kernel.h"

#include <vector>

namespace pose {

template <class P> std::vector<const Kernel<P>*>& registered_kernels() {
  static std::vector<const Kernel<P>*> kernels;
  return kernels;
}

// Registers a kernel.  Define a static object in the kernel's file: `const Registered<Conv2d> registered(my_kernel);`
template <class P> struct Registered {
  explicit Registered(const Kernel<P>& kernel) { registered_kernels<P>().push_back(&kernel); }
};

} // namespace pose
