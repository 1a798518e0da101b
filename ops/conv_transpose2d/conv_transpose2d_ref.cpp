// Reference implementation of conv_transpose2d.h: gathers the inputs of each output element.
// SPDX-License-Identifier: MIT
#include "ops/activation/activation.h"
#include "ops/conv_transpose2d/conv_transpose2d.h"
#include "ops/conv_transpose2d/taps.h"
#include "ops/each.h"

#include <algorithm>

namespace pose {
namespace {

// Returns the size of scale, shift and the weights in file order.
std::int64_t packed_floats(const ConvTranspose2d& op) {
  return 2ll * op.out_c + std::int64_t(op.in_c) * (op.out_c / op.groups) * op.kernel_h * op.kernel_w;
}

void pack(const ConvTranspose2d& op, const RawWeights& raw, float* packed) {
  const float* shift = raw.shift != nullptr ? raw.shift : op.bias ? raw.tensors[1] : nullptr;
  for (int c = 0; c < op.out_c; c++) {
    packed[c] = raw.scale != nullptr ? raw.scale[c] : 1.0f;
    packed[op.out_c + c] = shift != nullptr ? shift[c] : 0.0f;
  }
  std::copy_n(raw.tensors[0], packed_floats(op) - 2ll * op.out_c, packed + 2ll * op.out_c);
}

void run(const ConvTranspose2d& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  const float *scale = call.packed, *shift = scale + op.out_c, *weights = shift + op.out_c;
  const int in_group = op.in_c / op.groups, out_group = op.out_c / op.groups;
  for_each_element(*call.pool, call.maps.out, [&](int n, int y, int x, int c) {
    const Taps rows = taps_at(y, op.kernel_h, op.stride_h, op.pad_top, in.shape.h);
    const Taps cols = taps_at(x, op.kernel_w, op.stride_w, op.pad_left, in.shape.w);
    const int first = c / out_group * in_group;
    double sum = 0;
    for (int i = first; i < first + in_group; i++) {
      const float* kernel = weights + (std::int64_t(i) * out_group + c % out_group) * op.kernel_h * op.kernel_w;
      for (int r = 0; r < rows.count; r++) {
        const float* row = kernel + (rows.first_tap + r * op.stride_h) * op.kernel_w;
        for (int t = 0; t < cols.count; t++) sum += double(row[cols.first_tap + t * op.stride_w]) * in.at(n, rows.input - r, cols.input - t, i);
      }
    }
    return act_ref(op.act, sum * scale[c] + shift[c]);
  });
}

} // namespace

const Kernel<ConvTranspose2d> conv_transpose2d_ref{"ref", Target::ref, nullptr, packed_floats, pack, nullptr, run};

} // namespace pose
