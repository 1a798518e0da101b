// rearrange: moves elements of a map to other places, and may scale and shift them (Darknet's reorg3d, reorg and crop, and both ends of its local).
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>

namespace pose {

// Where y(i, j, c) of an input of h x w pixels and C channels comes from.
//   crop            x(top + i, left + j, c), for height x width pixels
//   space_to_depth  x(factor i + dy, factor j + dx, c % C), where c / C = factor dy + dx: each of factor x factor pixels becomes C channels
//   darknet_reorg   the same on other axes: x is read as a dense map of C / factor^2 channels and factor h x factor w pixels, and the dense result,
//                   C channels of h x w pixels, is read as factor^2 C channels of h / factor x w / factor pixels
//   windows         x(top + r + i, left + s + j, c % C) with (r, s) = (l / width, l % width), l = c / C: the windows of factor x factor pixels of
//                   height x width places become channels; pixels outside x are 0
//   places          x(0, 0, (i width + j) C / (height width) + c): the channels of one pixel become height x width pixels
enum class Rearranging { crop, space_to_depth, darknet_reorg, windows, places };

// y = scale * x(...) + shift.  Inputs: x.
struct Rearrange {
  Rearranging kind = Rearranging::crop;
  int factor = 1;                               // space_to_depth, darknet_reorg and windows only
  int top = 0, left = 0, height = 0, width = 0; // crop, windows and places only
  float scale = 1, shift = 0;
};

Shape infer(const Rearrange& op, std::span<const Shape> in);
std::int64_t macs(const Rearrange& op, std::span<const Shape> in, const Shape& out);

// The element of one image.
struct Place {
  int y, x, c;
};

// Returns the source of element (i, j, c) of the result of a darknet_reorg.  in: the shape of the input.
POSE_INLINE Place darknet_reorg_source(int factor, int i, int j, int c, int out_h, int out_w, int in_h, int in_w, int in_c) {
  const std::int64_t at = (std::int64_t(c) * out_h + i) * out_w + j; // in the dense result
  const int col = int(at % in_w), row = int(at / in_w % in_h), channel = int(at / in_w / in_h);
  const int narrow = in_c / (factor * factor), offset = channel / narrow;
  const std::int64_t wide_h = std::int64_t(in_h) * factor, wide_w = std::int64_t(in_w) * factor;
  const std::int64_t from = (channel % narrow * wide_h + row * factor + offset / factor) * wide_w + col * factor + offset % factor;
  return {int(from / in_w % in_h), int(from % in_w), int(from / in_w / in_h)};
}

// Returns the source of element (i, j, c) of the result of windows, which may be outside the input of in_c channels.
POSE_INLINE Place window_source(const Rearrange& op, int i, int j, int c, int in_c) {
  const int place = c / in_c;
  return {op.top + place / op.width + i, op.left + place % op.width + j, c % in_c};
}

extern const Kernel<Rearrange> rearrange_avx512, rearrange_avx2, rearrange_ref;
inline constexpr const Kernel<Rearrange>* rearrange_kernels[] = {
    &rearrange_avx512,
    &rearrange_avx2,
    &rearrange_ref,
};

extern const DeviceKernel<Rearrange> rearrange_cuda;
inline constexpr const DeviceKernel<Rearrange>* rearrange_device_kernels[] = {&rearrange_cuda};

} // namespace pose
