// A kernel outside the tree, with a main() from libalphapose_test that tests it against the reference implementation on every case of the op.
// SPDX-License-Identifier: MIT
//
//   c++ -std=c++20 -O2 -o custom_kernel custom_kernel.cpp $(pkg-config --cflags --libs alphapose-test)
//
// This one uses the internal headers (pkg-config alphapose-kernels), which carry no promise of stability: docs/kernels.md.
#include "ops/registered.h"
#include "ops/scale/scale.h"

namespace {

using namespace pose;

// y = x * s for each channel.  Takes what has one factor a channel, no residual and no activation.
bool accepts(const Scale& op, const Maps& maps) {
  const Shape& factors = maps.in[1].shape;
  return factors.h == 1 && factors.w == 1 && !op.residual && op.act.kind == ActKind::linear;
}

void run(const Scale&, const Call& call) noexcept {
  const View<const float> x = call.maps.in[0], s = call.maps.in[1];
  const View<float> y = call.maps.out;
  const int lanes = y.blocked() ? y.shape.blocks() * kLanes : y.shape.c; // the padding lanes stay zero
  for (int n = 0; n < y.shape.n; n++) {
    for (int row = 0; row < y.shape.h; row++) {
      for (int column = 0; column < y.shape.w; column++) {
        for (int c = 0; c < lanes; c++) y.at(n, row, column, c) = c < y.shape.c ? x.at(n, row, column, c) * s.at(n, 0, 0, c) : 0;
      }
    }
  }
}

const Kernel<Scale> kernel{"my_scale", Target::ref, accepts, nullptr, nullptr, nullptr, run};
const Registered<Scale> registered(kernel);

} // namespace
