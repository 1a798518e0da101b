// DeviceKernel: one way to compute an op on a GPU; the sister of Kernel (kernel.h).
// SPDX-License-Identifier: MIT
#pragma once

#include "device/device.h"
#include "device/device_map.h"
#include "ops/kernel.h"

#include <cstddef>

namespace pose {

// The maps a kernel works on.  At plan time data pointers are null.
struct DeviceMaps {
  const DeviceMap* in = nullptr;
  int inputs = 0;
  DeviceMap out;
};

struct DeviceCall {
  DeviceMaps maps;
  Precision precision = Precision::fp32;
  const std::byte* packed = nullptr; // what pack() wrote, in device memory, 256-byte aligned
  std::byte* scratch = nullptr;      // scratch_bytes() bytes, 256-byte aligned, contents undefined
  const GpuInfo* gpu = nullptr;
  StreamHandle stream = nullptr;
};

// One line of an op's device table.  Contract of run: enqueues work that writes every pixel of maps.out, its zero lanes included, and nothing else;
// throws Error that names the kernel when it cannot be enqueued.  Does not wait, allocate or read the results of earlier work.
// With Precision::fp32 results do not depend on maps.out.shape.n, to the bit.
template <class P> struct DeviceKernel {
  const char* name; // unique in its table
  // May it be used here?  Decides by precision, element types, shapes, gpu.arch.  null: always.
  bool (*accepts)(const P&, const DeviceMaps&, Precision, const GpuInfo&);
  std::int64_t (*packed_bytes)(const P&, Precision);                          // null: no weights
  void (*pack)(const P&, const RawWeights&, Precision, std::byte* packed);    // on the host; packed is zero-filled
  std::int64_t (*scratch_bytes)(const P&, const DeviceMaps&, const GpuInfo&); // null: none; never less for more pictures
  void (*run)(const P&, const DeviceCall&);
  // Estimated microseconds; null: no estimate, the place in the table decides.
  double (*cost)(const P&, const DeviceMaps&, Precision, const GpuInfo&) = nullptr;
};

template <class P> bool usable(const DeviceKernel<P>& k, const P& op, const DeviceMaps& maps, Precision precision, const GpuInfo& gpu) {
  return k.accepts == nullptr || k.accepts(op, maps, precision, gpu);
}

// The cheapest of the usable kernels that have a cost, else the first usable one; null: none computes this here.
template <class P, int N>
const DeviceKernel<P>* choose(const DeviceKernel<P>* const (&table)[N], const P& op, const DeviceMaps& maps, Precision precision,
                              const GpuInfo& gpu) {
  const DeviceKernel<P>* best = nullptr;
  double least = 0;
  for (const DeviceKernel<P>* k : table) {
    if (!usable(*k, op, maps, precision, gpu)) continue;
    if (k->cost == nullptr) {
      if (best == nullptr) return k;
      continue;
    }
    const double cost = k->cost(op, maps, precision, gpu);
    if (best != nullptr && !(cost < least)) continue;
    best = k;
    least = cost;
  }
  return best;
}

} // namespace pose
