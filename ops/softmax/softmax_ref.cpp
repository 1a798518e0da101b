// Reference implementation of softmax.h.
// SPDX-License-Identifier: MIT
#include "ops/softmax/softmax.h"

#include <cmath>

namespace pose {
namespace {

void softmax_pixel(const View<const float>& in, const View<float>& out, int n, int y, int x) {
  const int lanes = out.blocked() ? out.shape.blocks() * kLanes : out.shape.c;
  double top = in.at(n, y, x, 0), sum = 0;
  for (int c = 1; c < in.shape.c; c++) top = std::fmax(top, in.at(n, y, x, c));
  for (int c = 0; c < in.shape.c; c++) sum += std::exp(in.at(n, y, x, c) - top);
  for (int c = 0; c < lanes; c++) out.at(n, y, x, c) = c < in.shape.c ? float(std::exp(in.at(n, y, x, c) - top) / sum) : 0.0f;
}

void run(const Softmax&, const Call& call) noexcept {
  const Shape s = call.maps.out.shape;
  auto row = [&](std::int64_t tile, int) {
    for (int x = 0; x < s.w; x++) softmax_pixel(call.maps.in[0], call.maps.out, int(tile / s.h), int(tile % s.h), x);
  };
  parallel_for(*call.pool, std::int64_t(s.n) * s.h, row);
}

} // namespace

const Kernel<Softmax> softmax_ref{"ref", Target::ref, nullptr, nullptr, nullptr, nullptr, run};

} // namespace pose
