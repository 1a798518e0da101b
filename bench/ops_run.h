// bench/ops as a function, for our program and for programs of kernels outside the project.
// SPDX-License-Identifier: MIT
#pragma once

#include "bench/ops_bench.h"
#include "tensor/error.h"

namespace pose::bench {

// Baselines: other implementations of an op.  Created once all options are known, before the cases are made.
struct Rivals {
  std::vector<Contender<Conv2d>> conv2d;
};

struct Extras {
  Rivals (*rivals)(const Settings&) = nullptr;
  void (*add_device)(const Settings&) = nullptr; // registers the benchmarks of --device; null: this program has none
};

// A device that cannot be opened, or an error that it reports.
class DeviceError : public Error {
public:
  using Error::Error;
};

// Runs the requested measurements.  Returns the exit code: 0, 1 for a wrong result, 2 for usage, 3 for a model that cannot be read, 4 for a device
// that cannot be opened.  If kernels are registered (ops/registered.h), only shapes that one of them accepts are measured, and a table at the end
// compares them with the fastest of the others.
int run_ops(int argc, char** argv, const Extras& extras);

} // namespace pose::bench
