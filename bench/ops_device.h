// Device kernels in bench/ops: those of every op's device table, in every precision that they take.
// SPDX-License-Identifier: MIT
#pragma once

#include "bench/ops_bench.h"

namespace pose::bench {

// Registers them for the device that settings.device names; throws DeviceError when it cannot be opened.
void add_device(const Settings& settings);

} // namespace pose::bench
