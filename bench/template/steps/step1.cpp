// Step 1: the formula, one output channel after the other.
// SPDX-License-Identifier: MIT
#include "example.h"

namespace {

using namespace example;

void run(const Conv2d& op, const Call& call) noexcept {
  const View<const float>& in = call.maps.in[0];
  for_each_row(call, [&](int n, int b, int y) {
    const float *weights = call.packed + std::int64_t(b) * op.in_c * kLanes, *shift = call.packed + shift_at(op) + b * kLanes;
    for (int x = 0; x < call.maps.out.shape.w; x++) {
      float sums[kLanes];
      for (int lane = 0; lane < kLanes; lane++) {
        float sum = shift[lane];
        for (int c = 0; c < op.in_c; c++) sum += in.at(n, y, x, c) * weights[c * kLanes + lane];
        sums[lane] = sum;
      }
      finish(op, call, n, b, y, x, sums);
    }
  });
}

const Kernel<Conv2d> kernel{"step1_naive", Target::ref, accepts, packed_floats, pack, nullptr, run};
const Registered<Conv2d> registered(kernel);

} // namespace
