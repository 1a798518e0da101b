// DeviceMap, a feature map in device memory, and Precision, the arithmetic of a device.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/shape.h"

#include <cstdint>

namespace pose {

// The arithmetic of products.  Sums are floats in all three.
//   fp32   multiply-adds of floats
//   tf32   tensor cores that read 10 bits of mantissa
//   fp16   tensor cores on values stored in 16 bits
enum class Precision { fp32, tf32, fp16 };
constexpr const char* name_of(Precision precision) {
  switch (precision) {
    case Precision::fp32: return "fp32";
    case Precision::tf32: return "tf32";
    case Precision::fp16: return "fp16";
  }
  return "?";
}

enum class Element { f32, f16 };
POSE_INLINE int bytes_of(Element e) {
  return e == Element::f16 ? 2 : 4;
}

// Returns the storage type of values and weights.
POSE_INLINE Element element_of(Precision p) {
  return p == Precision::fp16 ? Element::f16 : Element::f32;
}

inline constexpr int kDeviceLanes = 8; // channels are stored in multiples of this: 16 bytes of half

POSE_INLINE int device_lanes(int channels) {
  return (channels + kDeviceLanes - 1) / kDeviceLanes * kDeviceLanes;
}

// A feature map in device memory, NHWC: element (n, y, x, c) is data[((n * h + y) * w + x) * pitch + c].
// Padding lanes, from shape.c to the next multiple of kDeviceLanes, are zero.
// data is 16-byte aligned and pitch is a multiple of kDeviceLanes, so channels [8 k, ...) of a map are a map too.
// Outputs of YOLO heads ([n][1][boxes][attributes]) have pitch shape.c and no padding lanes.
struct DeviceMap {
  void* data = nullptr;
  Shape shape;
  int pitch = 0;
  Element element = Element::f32;

  template <class T> T* as() const { return static_cast<T*>(data); }
  std::int64_t pixels() const { return std::int64_t(shape.n) * shape.h * shape.w; }
};

} // namespace pose
