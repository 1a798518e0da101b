// Implements magnitude.h: Winograd's algorithm on absolute values.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/winograd/magnitude.h"

#include <algorithm>
#include <vector>

namespace pose {
namespace {

using Sums = std::array<std::array<double, 6>, 6>; // of one tile

// Computes rows [top, top + m) of the result of image n: one row of tiles.
template <int M, int Stride> void run_row(const Conv2d& op, const Call& call, int n, int top) {
  const View<const float>& in = call.maps.in[0];
  const Shape own = conv_output_shape(op, call.maps.out.shape);
  const std::int64_t filter = std::int64_t(op.in_c) * 9;
  const float *scale = call.packed + op.out_c * filter, *shift = scale + op.out_c;
  const double units = winograd_roundings(op.in_c) / (9.0 * op.in_c + 4);
  std::vector<WinogradMagnitude> tiles;
  for (int left = 0; left < own.w; left += M) {
    tiles.emplace_back(WinogradKind{M, Stride}, op.in_c).set_inputs([&](int i, int j, int c) {
      const int y = top * Stride + i - op.pad_top, x = left * Stride + j - op.pad_left;
      return y < 0 || x < 0 || y >= in.shape.h || x >= in.shape.w ? 0.0f : in.at(n, y, x, c);
    });
  }
  for (int o = 0; o < op.out_c; o++) {
    const std::vector<double> weights = tiles[0].weights([&](int i, int j, int c) { return call.packed[o * filter + c * 9 + i * 3 + j]; });
    for (std::size_t t = 0; t < tiles.size(); t++) {
      const Sums sums = tiles[t].outputs(weights);
      const int left = int(t) * M;
      for (int y = top; y < std::min(top + M, own.h); y++) {
        for (int x = left; x < std::min(left + M, own.w); x++) {
          const double residual = op.residual ? call.maps.in[1].at(n, y, x, o) : 0;
          const double sum = sums[std::size_t(y - top)][std::size_t(x - left)] * scale[o] + shift[o] + residual;
          store_at(op, call.maps.out, n, y, x, o, float(sum * units));
        }
      }
    }
  }
}

template <int M, int Stride> void run(const Conv2d& op, const Call& call) noexcept {
  const Shape own = conv_output_shape(op, call.maps.out.shape);
  const int rows = (own.h + M - 1) / M;
  auto f = [&](std::int64_t i, int) { run_row<M, Stride>(op, call, int(i / rows), int(i % rows) * M); };
  parallel_for(*call.pool, std::int64_t(own.n) * rows, f);
}

bool accepts(const Conv2d& op, const Maps&) {
  return op.kernel_h == 3 && op.kernel_w == 3 && op.groups == 1;
}

template <int M, int Stride> Kernel<Conv2d> kernel(const char* name) {
  Kernel<Conv2d> k = conv2d_ref;
  k.name = name;
  k.accepts = accepts;
  k.run = run<M, Stride>;
  return k;
}

} // namespace

const Kernel<Conv2d>* winograd_magnitude(WinogradKind kind) {
  static const Kernel<Conv2d> two = kernel<2, 1>("magnitude_winograd2"), four = kernel<4, 1>("magnitude_winograd4"),
                              five = kernel<5, 1>("magnitude_winograd5"), strided = kernel<4, 2>("magnitude_winograd4s2");
  return kind.stride == 2 ? &strided : kind.m == 2 ? &two : kind.m == 4 ? &four : kind.m == 5 ? &five : nullptr;
}

} // namespace pose
