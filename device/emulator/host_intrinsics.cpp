// Implements host_intrinsics.h: memory accesses that the emulated machine makes for a kernel's threads.
// SPDX-License-Identifier: MIT
#include "device/emulator/host_intrinsics.h"

namespace simt {

void land(const Copy& copy) {
  const uint4* from = static_cast<const uint4*>(copy.src);
  for (unsigned i = 0; i < copy.units; i++) static_cast<uint4*>(copy.dst)[i] = from != nullptr ? from[i] : uint4{};
}

} // namespace simt
