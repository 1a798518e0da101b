// bench/ops as a function, for our program and for those of kernels outside the project.
// SPDX-License-Identifier: MIT
#pragma once

#include "bench/ops_bench.h"
#include "tensor/error.h"

namespace pose::bench {

// What else computes an op: rivals.  Called once all options are known, before cases are made.
struct Rivals {
  std::vector<Contender<Conv2d>> conv2d;
};

struct Extras {
  Rivals (*rivals)(const Settings&) = nullptr;
  void (*add_device)(const Settings&) = nullptr; // registers the benchmarks of --device; null: this program has none
};

// A device that cannot be opened, or what it refuses.
class DeviceError : public Error {
public:
  using Error::Error;
};

// Measures what the options ask for; returns the exit code: 0, 1 for a wrong result, 2 for usage, 3 for a model that cannot be read, 4 for a device
// that is not there.  Where kernels are registered (ops/registered.h), only shapes that one of them accepts are measured, and a table at the end lays
// them beside the fastest of the others.
int run_ops(int argc, char** argv, const Extras& extras);

} // namespace pose::bench
