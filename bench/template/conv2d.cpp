// A convolution to start from: plain loops over one pixel's 16 output channels at a time.  Any kernel, stride and padding; no groups, no store mode.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/conv2d.h"
#include "ops/activation/activation.h"
#include "ops/registered.h"

#include <algorithm>

namespace {

using namespace pose;

bool accepts(const Conv2d& op, const Maps& maps) {
  return op.groups == 1 && op.placing == StoreMode::plain && maps.in[0].blocked();
}

int blocks(int channels) {
  return (channels + kLanes - 1) / kLanes;
}

// Packed: [block of outputs][input channel][ky][kx][16 outputs], then the shift [block of outputs][16].  Lanes beyond the channels stay zero.
std::int64_t packed_floats(const Conv2d& op) {
  return std::int64_t(blocks(op.out_c)) * kLanes * (std::int64_t(op.in_c) * op.kernel_h * op.kernel_w + 1);
}

void pack(const Conv2d& op, const RawWeights& raw, float* packed) {
  const std::int64_t filter = std::int64_t(op.in_c) * op.kernel_h * op.kernel_w;
  float* shift = packed + blocks(op.out_c) * kLanes * filter;
  for (int o = 0; o < op.out_c; o++) {
    const float scale = raw.scale != nullptr ? raw.scale[o] : 1;
    float* to = packed + o / kLanes * kLanes * filter + o % kLanes;
    for (std::int64_t i = 0; i < filter; i++) to[i * kLanes] = raw.tensors[0][o * filter + i] * scale;
    shift[o] = raw.shift != nullptr ? raw.shift[o] : op.bias ? raw.tensors[1][o] : 0;
  }
}

// Computes the 16 outputs of block b at pixel (y, x) of image n.
void run_pixel(const Conv2d& op, const Call& call, int n, int b, int y, int x) {
  const View<const float>& in = call.maps.in[0];
  const std::int64_t filter = std::int64_t(op.in_c) * op.kernel_h * op.kernel_w;
  const float* weight = call.packed + b * kLanes * filter;
  const float* shift = call.packed + blocks(op.out_c) * kLanes * filter + b * kLanes;
  float sum[kLanes];
  std::copy_n(shift, kLanes, sum);
  for (int c = 0; c < op.in_c; c++) {
    for (int ky = 0; ky < op.kernel_h; ky++) {
      for (int kx = 0; kx < op.kernel_w; kx++, weight += kLanes) {
        const float value = in.at(n, y * op.stride_h + ky - op.pad_top, x * op.stride_w + kx - op.pad_left, c); // the halo contains zeros
        for (int lane = 0; lane < kLanes; lane++) sum[lane] += value * weight[lane];
      }
    }
  }
  float* out = call.maps.out.pixel_ptr(n, b, y, x);
  const int used = std::min(kLanes, op.out_c - b * kLanes);
  for (int lane = 0; lane < kLanes; lane++) {
    double value = act_ref(op.act, sum[lane]);
    if (op.residual)
      value = act_ref(op.post, value + call.maps.in[1].pixel_ptr(n, b, y, x)[lane]);
    else
      value = act_ref(op.post, value);
    out[lane] = lane < used ? float(value) : 0.0f;
  }
}

void run(const Conv2d& op, const Call& call) noexcept {
  const Shape s = call.maps.out.shape;
  auto row = [&](std::int64_t tile, int) {
    const int y = int(tile % s.h), b = int(tile / s.h % s.blocks()), n = int(tile / s.h / s.blocks());
    for (int x = 0; x < s.w; x++) run_pixel(op, call, n, b, y, x);
  };
  parallel_for(*call.pool, std::int64_t(s.n) * s.blocks() * s.h, row);
}

const Kernel<Conv2d> my_kernel{"my_conv2d", Target::ref, accepts, packed_floats, pack, nullptr, run};
const Registered<Conv2d> registered(my_kernel);

} // namespace
