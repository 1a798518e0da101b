// What convolutions on the GPU share: which window belongs to a pixel of the result, and what ends its sums.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/elements.h"
#include "ops/conv2d/conv2d.h"
#include "ops/cuda/activate.h"

namespace pose {

// The windows of a convolution.  Pixels of its own result are numbered over all pictures: (n * h + y) * w + x.
struct ConvPixels {
  int count, h, w;
  int in_h, in_w, in_pitch;
  int kernel_h, kernel_w, stride_h, stride_w, pad_top, pad_left;
};

// Kernels number pixels and the elements of a picture in int, those of some rows that a window may stand out below it, too.
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

// A pixel's window: its picture and, in the input, its first row and column, which may lie outside.
struct ConvWindow {
  int n, top, left;
};
inline constexpr int kBeside = -(1 << 29); // the top of a window that is no pixel's: all of it lies outside

__device__ __forceinline__ ConvWindow window_of(const ConvPixels& p, int pixel) {
  const int row = pixel / p.w;
  return {row / p.h, row % p.h * p.stride_h - p.pad_top, (pixel - row * p.w) * p.stride_w - p.pad_left};
}

// y = placing(post(act(sum + shift) + residual)).  Scales are in the weights.
struct ConvEpilogue {
  const float* shift;   // [device_lanes(out_c)], zeros beyond out_c
  const void* residual; // of the kernel's element; null: none
  void* out;
  int residual_pitch, out_pitch;
  Element out_element;
  Act act, post;
  int out_c, w; // of the convolution's own result
  StoreMode placing;
  int factor;
  int group; // channels of one pixel of a shuffle: they stand together (packed_place)
};

inline ConvEpilogue ending_of(const Conv2d& op, const DeviceMaps& maps, const float* shift) {
  const DeviceMap& y = maps.out;
  const int pixels = op.placing == StoreMode::shuffle ? op.factor * op.factor : 1;
  ConvEpilogue e{shift,      nullptr,   y.data,           0, y.pitch, y.element, op.act, op.post, op.out_c, y.shape.w / op.factor,
                 op.placing, op.factor, op.out_c / pixels};
  if (op.residual) e.residual = maps.in[1].data, e.residual_pitch = maps.in[1].pitch;
  return e;
}

// Cheap functions stay cheap: the choice among them stands outside of the loop.  The exponential ones are long, and there are as many copies of this
// function as a thread has results: they are a loop over registers that move on.
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

// Ends the sums of channels [c, c + 8) of a pixel, and stores them.  T: the element of the residual.  c is a multiple of 8 below
// device_lanes(out_c), among channels in the order of packed_place.
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

  const int row = pixel / e.w, f = e.factor; // rows of all pictures follow each other, in the result and in what is stored
  const std::int64_t row_pixels = std::int64_t(e.w) * f, first = row * f * row_pixels + (pixel - row * e.w) * f;
  if (e.placing == StoreMode::shuffle) {
    const int sub = c / e.group;
    return put8(e, first + sub / f * row_pixels + sub % f, c - sub * e.group, v);
  }
  for (int i = 0; i < f * f; i++) put8(e, first + i / f * row_pixels + i % f, c, v);
}

} // namespace pose
