// Implements pack.h: the weight order of the GEMM kernels, batch norm folded in.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/pack.h"

#include <algorithm>

namespace pose {
namespace {

constexpr int kPassFloats = 256; // inputs summed per pass: 16 KB of weights for a panel of 16 channels

// The input channels [begin, end) that the panel's output channels read.
struct Channels {
  int begin, end;
};

Channels inputs_of(const Conv2d& op, int first_out, int end_out) {
  const int in = op.in_c / op.groups, out = op.out_c / op.groups;
  return {first_out / out * in, ((std::min(end_out, op.out_c) - 1) / out + 1) * in};
}

int blocks_between(Channels c) {
  return (c.end - 1) / kLanes - c.begin / kLanes + 1;
}

// The weights of one output channel, in file order.
struct Filter {
  const float* w; // [inputs][window]
  Channels inputs;
  float scale;

  // Stores those of input channels [first, first + count) at window position r, one panel apart.  Inputs outside the filter stay zero.
  void place(int first, int count, int r, int window, float* to, int width) const {
    const int begin = std::max(first, inputs.begin), end = std::min(first + count, inputs.end);
    for (int c = begin; c < end; c++) to[(c - first) * width] = w[std::int64_t(c - inputs.begin) * window + r] * scale;
  }
};

Filter filter_of(const Conv2d& op, const RawWeights& raw, int out) {
  const std::int64_t size = std::int64_t(op.in_c / op.groups) * op.kernel_h * op.kernel_w;
  return {raw.tensors[0] + out * size, inputs_of(op, out, out + 1), scale_of(raw, out)};
}

// Packs one channel of a panel for one pass.  Lane by lane, the panel stays in the first-level cache and the file is read in order.
void pack_lane(const Conv2d& op, GemmInput input, const GemmLayout& l, int pass, int first_block, const Filter& filter, float* to) {
  const int window = op.kernel_h * op.kernel_w;
  for (int s = l.pass_begin(pass); s < l.pass_begin(pass + 1); s++) {
    if (input == GemmInput::blocked) {
      filter.place((first_block + s / window) * kLanes, l.length, s % window, window, to, l.width);
    } else {
      for (int kx = 0; kx < op.kernel_w; kx++) filter.place(0, op.in_c, s * op.kernel_w + kx, window, to + kx * op.in_c * l.width, l.width);
    }
    to += l.length * l.width;
  }
}

} // namespace

GemmLayout gemm_layout(const Conv2d& op, GemmInput input, int width) {
  GemmLayout l;
  l.width = width;
  l.panels = (op.out_c + width - 1) / width;
  for (int p = 0; p < l.panels; p++) l.blocks = std::max(l.blocks, blocks_between(inputs_of(op, p * width, (p + 1) * width)));
  if (input == GemmInput::compact) {
    l.length = op.kernel_w * op.in_c;
    l.slices = op.kernel_h;
  } else {
    l.length = std::min(op.in_c, kLanes);
    l.slices = l.blocks * op.kernel_h * op.kernel_w;
  }
  l.passes = std::max(1, int((std::int64_t(l.slices) * l.length + kPassFloats / 2) / kPassFloats));
  return l;
}

int first_input_block(const Conv2d& op, const GemmLayout& l, int panel) {
  const int all = (op.in_c + kLanes - 1) / kLanes;
  return std::min(inputs_of(op, panel * l.width, (panel + 1) * l.width).begin / kLanes, all - l.blocks);
}

std::int64_t gemm_packed_floats(const GemmLayout& l) {
  return l.shift_at() + std::int64_t(l.panels) * l.width;
}

void pack_gemm(const Conv2d& op, GemmInput input, const GemmLayout& l, const RawWeights& raw, float* packed) {
  for (int q = 0; q < l.passes; q++) {
    for (int c = 0; c < op.out_c; c++) {
      const int place = packed_place(op, c), panel = place / l.width;
      pack_lane(op, input, l, q, first_input_block(op, l, panel), filter_of(op, raw, c), packed + l.weights_at(q, panel) + place % l.width);
    }
  }
  float* shift = packed + l.shift_at();
  for (int c = 0; c < op.out_c; c++) shift[packed_place(op, c)] = shift_of(op, raw, c);
}

std::int64_t depthwise_packed_floats(const Conv2d& op, int width) {
  const std::int64_t panels = (op.out_c + width - 1) / width;
  return panels * width * (std::int64_t(op.kernel_h) * op.kernel_w + 1);
}

void pack_depthwise(const Conv2d& op, int width, const RawWeights& raw, float* packed) {
  const std::int64_t window = std::int64_t(op.kernel_h) * op.kernel_w, panels = (op.out_c + width - 1) / width;
  float* shift = packed + panels * width * window;
  for (int c = 0; c < op.out_c; c++) {
    float* to = packed + c / width * width * window + c % width;
    for (std::int64_t r = 0; r < window; r++) to[r * width] = raw.tensors[0][c * window + r] * scale_of(raw, c);
    shift[c] = shift_of(op, raw, c);
  }
}

} // namespace pose
