// Shared by the CUDA kernels of the pools: the pixels of a window.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/cuda/pixels.h"
#include "ops/pool/window.h"

namespace pose {

struct PixelWindow {
  Window rows, cols;
  std::int64_t top; // input rows before this image
  int w;            // input width

  // Returns the input pixel at row y and column x of the image.
  __device__ __forceinline__ std::int64_t pixel(int y, int x) const { return (top + y) * w + x; }
  // Calls f(input pixel) for every pixel of the window, row by row.
  template <class F> __device__ __forceinline__ void each(F f) const {
    for (int y = rows.begin; y < rows.end; y++) {
      for (int x = cols.begin; x < cols.end; x++) f(pixel(y, x));
    }
  }
};

// Returns the window of an output pixel.  The output is out_h x out_w, the input h x w.
template <class Pool>
__device__ __forceinline__ PixelWindow window_of(const Pool& op, std::int64_t pixel, const simt::Divisor& out_w, const simt::Divisor& out_h, int h,
                                                 int w) {
  const int x = out_w.split(pixel), y = out_h.split(pixel);
  return {window_at(y, op.kernel_h, op.stride_h, op.pad_top, h), window_at(x, op.kernel_w, op.stride_w, op.pad_left, w), pixel * h, w};
}

} // namespace pose
