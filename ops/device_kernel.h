// DeviceKernel: one way to compute an op on a GPU; the sister of Kernel (kernel.h).
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/kernel.h"
#include "tensor/device.h"

#include <cstddef>

namespace pose {

// How products are computed: fp32 by multiply-adds of floats, tf32 by tensor cores that read 10 bits of mantissa, fp16 by tensor cores from values
// stored in 16 bits.  Sums are floats in all three.
enum class Precision { fp32, tf32, fp16 };
const char* name_of(Precision precision);

enum class Element { f32, f16 };
POSE_INLINE int bytes_of(Element e) {
  return e == Element::f16 ? 2 : 4;
}

// What values and weights are stored as.
POSE_INLINE Element element_of(Precision p) {
  return p == Precision::fp16 ? Element::f16 : Element::f32;
}

inline constexpr int kDeviceLanes = 8; // channels are stored in multiples of it: 16 bytes of half

POSE_INLINE int device_lanes(int channels) {
  return (channels + kDeviceLanes - 1) / kDeviceLanes * kDeviceLanes;
}

// A feature map in device memory, NHWC: element (n, y, x, c) is data[((n * h + y) * w + x) * pitch + c].
// The lanes from shape.c to the next multiple of kDeviceLanes are zero.  data is 16-byte aligned and pitch a multiple of kDeviceLanes, so that
// channels [8 k, ...) of a map are a map.  Rows, the output of yolo heads ([n][1][boxes][attributes]), have pitch shape.c and no such lanes.
struct DeviceMap {
  void* data = nullptr;
  Shape shape;
  int pitch = 0;
  Element element = Element::f32;

  template <class T> T* as() const { return static_cast<T*>(data); }
  std::int64_t pixels() const { return std::int64_t(shape.n) * shape.h * shape.w; }
};

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
