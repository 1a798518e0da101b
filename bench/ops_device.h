// Device kernels in bench/ops: those of every op's device table, in every supported precision.
// SPDX-License-Identifier: MIT
#pragma once

#include "bench/ops_bench.h"

namespace pose::bench {

// Registers them for the device of settings.device; throws DeviceError if it cannot be opened.
void add_device(const Settings& settings);

} // namespace pose::bench
