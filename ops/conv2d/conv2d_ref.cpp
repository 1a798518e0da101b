// Reference implementation of conv2d.h: plain loops over any layout, sums in double.
// SPDX-License-Identifier: MIT
#include "ops/activation/activation.h"
#include "ops/conv2d/conv2d.h"

#include <algorithm>

namespace pose {

void store_at(const Conv2d& op, const View<float>& out, int n, int y, int x, int c, float v) {
  const int f = op.factor;
  if (op.placing == StoreMode::shuffle) {
    out.at(n, y * f + c / f % f, x * f + c % f, c / (f * f)) = v;
    return;
  }
  for (int i = 0; i < f; i++) {
    for (int j = 0; j < f; j++) out.at(n, y * f + i, x * f + j, c) = v;
  }
}

namespace {

std::int64_t weights_of(const Conv2d& op) {
  return std::int64_t(op.out_c) * (op.in_c / op.groups) * op.kernel_h * op.kernel_w;
}

// Returns the size of the weights in file order, then scale [out_c], then shift [out_c].
std::int64_t packed_floats(const Conv2d& op) {
  return weights_of(op) + 2 * std::int64_t(op.out_c);
}

void pack(const Conv2d& op, const RawWeights& raw, float* packed) {
  float* scale = std::copy_n(raw.tensors[0], weights_of(op), packed);
  float* shift = scale + op.out_c;
  std::fill_n(scale, op.out_c, 1.0f);
  if (raw.scale != nullptr) std::copy_n(raw.scale, op.out_c, scale);
  if (raw.shift != nullptr) {
    std::copy_n(raw.shift, op.out_c, shift);
  } else if (op.bias) {
    std::copy_n(raw.tensors[1], op.out_c, shift);
  }
}

// Returns the sum over the window of output pixel (y, x) with the filter of channel c.
double window_sum(const Conv2d& op, const View<const float>& in, const float* weights, int n, int y, int x, int c) {
  const int channels = op.in_c / op.groups, first = c / (op.out_c / op.groups) * channels;
  const float* w = weights + std::int64_t(c) * channels * op.kernel_h * op.kernel_w;
  double sum = 0;
  for (int i = first; i < first + channels; i++) {
    for (int ky = 0; ky < op.kernel_h; ky++) {
      for (int kx = 0; kx < op.kernel_w; kx++) {
        sum += double(*w++) * in.at(n, y * op.stride_h - op.pad_top + ky, x * op.stride_w - op.pad_left + kx, i);
      }
    }
  }
  return sum;
}

void run(const Conv2d& op, const Call& call) noexcept {
  const View<const float>& in = call.maps.in[0];
  const View<float>& out = call.maps.out;
  const Shape s = conv_output_shape(op, out.shape);
  const float *scale = call.packed + weights_of(op), *shift = scale + op.out_c;
  const int lanes = out.blocked() ? s.blocks() * kLanes : s.c;
  auto row = [&](std::int64_t tile, int) {
    const int n = int(tile / s.h), y = int(tile % s.h);
    for (int x = 0; x < s.w; x++) {
      for (int c = 0; c < s.c; c++) {
        double v = act_ref(op.act, window_sum(op, in, call.packed, n, y, x, c) * scale[c] + shift[c]);
        if (op.residual) v += call.maps.in[1].at(n, y, x, c);
        store_at(op, out, n, y, x, c, float(act_ref(op.post, v)));
      }
      for (int c = s.c; c < lanes; c++) store_at(op, out, n, y, x, c, 0);
    }
  };
  parallel_for(*call.pool, std::int64_t(s.n) * s.h, row);
}

} // namespace

const Kernel<Conv2d> conv2d_ref = {"ref", Target::ref, nullptr, packed_floats, pack, nullptr, run};

} // namespace pose
