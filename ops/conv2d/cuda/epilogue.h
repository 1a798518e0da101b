// Shared by the CUDA kernels of conv2d: the window of each output pixel, and the epilogue.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/elements.h"
#include "ops/conv2d/conv2d.h"
#include "ops/cuda/activate.h"

namespace pose {

// The windows of a convolution.  Pixels of its result before the store are numbered over all images: (n * h + y) * w + x.
struct ConvPixels {
  int count, h, w;
  int in_h, in_w, in_pitch;
  int kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left;
};

// Returns whether 32-bit indices suffice for output pixels and for the elements of an image.
// Element indices may run up to kernel_h + 8 rows past the input.
inline bool countable(const Conv2d& op, const DeviceMaps& maps) {
  constexpr std::int64_t kMost = 1 << 30;
  const DeviceMap& x = maps.in[0];
  const Shape y = conv_output_shape(op, maps.out.shape);
  return std::int64_t(y.n) * y.h * y.w <= kMost && std::int64_t(x.shape.h + op.kernel_h + 8) * x.shape.w * x.pitch <= kMost;
}

inline ConvPixels pixels_of(const Conv2d& op, const DeviceMaps& maps) {
  const DeviceMap& x = maps.in[0];
  const Shape y = conv_output_shape(op, maps.out.shape);
  return {y.n * y.h * y.w, y.h, y.w, x.shape.h, x.shape.w, x.pitch, op.kernel_h, op.kernel_w, op.stride_h, op.stride_w, op.pad_top, op.pad_left};
}

// The window of a pixel: its image, and its first input row and column, which may be outside the map.
struct ConvWindow {
  int n, top, left;
};
inline constexpr int kBeside = -(1 << 29); // top of a window without a pixel: every row is outside the map

__device__ __forceinline__ ConvWindow window_of(const ConvPixels& p, int pixel) {
  const int row = pixel / p.w;
  return {row / p.h, row % p.h * p.stride_h - p.pad_top, (pixel - row * p.w) * p.stride_w - p.pad_left};
}

// y = store(post(act(sum + shift) + residual)), where store is the store mode.  Scales are folded into the weights.
struct ConvEpilogue {
  const float* shift;   // [device_lanes(out_c)], zeros from out_c on
  const void* residual; // element type of the kernel; null: no residual
  void* out;
  int residual_pitch, out_pitch;
  Element out_element;
  Act act, post;
  int out_c, w; // of the result before the store
  StoreMode placing;
  int factor;
  int group; // channels per pixel of a shuffle, which are consecutive (packed_place)
};

inline ConvEpilogue ending_of(const Conv2d& op, const DeviceMaps& maps, const float* shift) {
  const DeviceMap& y = maps.out;
  const int pixels = op.placing == StoreMode::shuffle ? op.factor * op.factor : 1;
  ConvEpilogue e{shift,      nullptr,   y.data,           0, y.pitch, y.element, op.act, op.post, op.out_c, y.shape.w / op.factor,
                 op.placing, op.factor, op.out_c / pixels};
  if (op.residual) e.residual = maps.in[1].data, e.residual_pitch = maps.in[1].pitch;
  return e;
}

// Applies an activation to eight values.  For cheap functions the choice of the function is outside the loop.
// The exponential functions are long, and this function is inlined once per result of a thread.
// So they are a loop that rotates the registers.
__device__ __forceinline__ void activate8(const Act& act, float (&v)[8]) {
  const auto each = [&](ActKind kind) {
    SIMT_UNROLL
    for (int k = 0; k < 8; k++) v[k] = simt::activate({kind, act.slope}, v[k]);
  };
  switch (act.kind) {
    case ActKind::linear: return;
    case ActKind::leaky: return each(ActKind::leaky);
    case ActKind::relu: return each(ActKind::relu);
    case ActKind::relu6: return each(ActKind::relu6);
    default: break;
  }
  SIMT_KEEP_LOOP
  for (int k = 0; k < 8; k++) {
    const float done = simt::activate(act, v[0]);
    SIMT_UNROLL
    for (int i = 0; i < 7; i++) v[i] = v[i + 1];
    v[7] = done;
  }
}

__device__ __forceinline__ void put8(const ConvEpilogue& e, std::int64_t pixel, int c, const float (&v)[8]) {
  const std::int64_t at = pixel * e.out_pitch + c;
  if (e.out_element == Element::f16)
    simt::store8(static_cast<half*>(e.out) + at, v);
  else
    simt::store8(static_cast<float*>(e.out) + at, v);
}

// Applies the epilogue to channels [c, c + 8) of a pixel and stores them.  T is the element of the residual.
// c is a multiple of 8 below device_lanes(out_c), in the channel order of packed_place.
template <class T> __device__ __forceinline__ void finish8(const ConvEpilogue& e, int pixel, int c, float (&v)[8]) {
  float more[8];
  simt::load8(e.shift + c, more);
  SIMT_UNROLL
  for (int k = 0; k < 8; k++) v[k] += more[k];
  activate8(e.act, v);
  if (e.residual != nullptr) {
    simt::load8(static_cast<const T*>(e.residual) + std::int64_t(pixel) * e.residual_pitch + c, more);
    SIMT_UNROLL
    for (int k = 0; k < 8; k++) v[k] += more[k];
  }
  activate8(e.post, v);
  SIMT_UNROLL
  for (int k = 0; k < 8; k++) v[k] = c + k < e.out_c ? v[k] : 0.0f;
  if (e.placing == StoreMode::plain) return put8(e, pixel, c, v);

  const int row = pixel / e.w, f = e.factor; // rows are numbered over all images, in the result and in the stored map
  const std::int64_t row_pixels = std::int64_t(e.w) * f, first = row * f * row_pixels + (pixel - row * e.w) * f;
  if (e.placing == StoreMode::shuffle) {
    const int sub = c / e.group;
    return put8(e, first + sub / f * row_pixels + sub % f, c - sub * e.group, v);
  }
  for (int i = 0; i < f * f; i++) put8(e, first + i / f * row_pixels + i % f, c, v);
}

} // namespace pose
