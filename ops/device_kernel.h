// DeviceKernel: one way to compute an op on a GPU; the counterpart of Kernel (kernel.h).
// SPDX-License-Identifier: MIT
#pragma once

#include "device/device.h"
#include "device/device_map.h"
#include "ops/kernel.h"

#include <cstddef>

namespace pose {

// The maps of one call.  At plan time data pointers are null.
struct DeviceMaps {
  const DeviceMap* in = nullptr;
  int inputs = 0;
  DeviceMap out;
};

struct DeviceCall {
  DeviceMaps maps;
  Precision precision = Precision::fp32;
  const std::byte* packed = nullptr; // written by pack(), in device memory, 256-byte aligned
  std::byte* scratch = nullptr;      // scratch_bytes() bytes, 256-byte aligned, contents undefined
  const GpuInfo* gpu = nullptr;
  StreamHandle stream = nullptr;
};

// One entry of an op's device table.
//
// Contract of run:
// - It enqueues work that writes every pixel of maps.out, including its padding lanes, and nothing else.
// - It throws Error that names the kernel when the work cannot be enqueued.
// - It does not wait, allocate or read the results of earlier work.
// - With Precision::fp32, results are bit-identical for every maps.out.shape.n.
template <class P> struct DeviceKernel {
  const char* name; // unique in its table
  // Returns whether the kernel supports the precision, element types, shapes and gpu.arch.  null: it always does.
  bool (*accepts)(const P&, const DeviceMaps&, Precision, const GpuInfo&);
  std::int64_t (*packed_bytes)(const P&, Precision);                          // null: no weights
  void (*pack)(const P&, const RawWeights&, Precision, std::byte* packed);    // runs on the host; packed is zero-filled
  std::int64_t (*scratch_bytes)(const P&, const DeviceMaps&, const GpuInfo&); // null: none; never less for a larger batch
  void (*run)(const P&, const DeviceCall&);
  // Estimates the time in microseconds.  null: no estimate; the position in the table decides.
  double (*cost)(const P&, const DeviceMaps&, Precision, const GpuInfo&) = nullptr;
};

template <class P> bool usable(const DeviceKernel<P>& k, const P& op, const DeviceMaps& maps, Precision precision, const GpuInfo& gpu) {
  return k.accepts == nullptr || k.accepts(op, maps, precision, gpu);
}

// Returns the cheapest usable kernel that has a cost, else the first usable one.  null: no kernel of the table is usable.
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
