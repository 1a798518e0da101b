// A kernel of 256 threads that must leave out[i] = x[i]; most planted bugs poison its result.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/simt.h"
#include "tests/device/bugs.h"
#include "tests/device/test_device.h"

namespace pose::bugs {

constexpr int kBlock = 256;

struct Numbers { // in shared memory
  alignas(16) float a[kBlock], b[kBlock];
};

// Runs Bad or Good on x[i] = i, with `Room` of shared memory.
template <auto Bad, auto Good, unsigned Blocks = 1, std::size_t Room = sizeof(Numbers)> bool numbers(bool planted) {
  std::vector<float> x(kBlock);
  for (std::size_t i = 0; i < x.size(); i++) x[i] = float(i);
  const device_test::OnDevice<float> in(x), out{x.size()};
  Stream stream(device_test::gpu());
  simt::launch("numbers", planted ? Bad : Good, Blocks, kBlock, Room, stream.handle(), in.data(), out.data());
  stream.synchronize();
  return out.values(stream) == x;
}

} // namespace pose::bugs
