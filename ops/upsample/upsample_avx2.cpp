// upsample: a block of a pixel is loaded once for every output row and stored factor times.
// SPDX-License-Identifier: MIT
#include "ops/upsample/upsample.h"
#include "ops/vec/f32x8.h"
#include "ops/vec/rows.h"

namespace pose {
namespace {

using namespace avx2;

bool accepts(const Upsample&, const Maps& m) {
  return m.in[0].blocked() && m.out.blocked();
}

void run(const Upsample& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  const View<float> out = call.maps.out;
  auto row = [&](int n, int b, int y, int) {
    const float* x = in.pixel_ptr(n, b, y / op.factor, 0);
    float* to = out.pixel_ptr(n, b, y, 0);
    for (int i = 0; i < in.shape.w; i++, x += kLanes) {
      const Block v = load_block(x);
      for (int j = 0; j < op.factor; j++, to += kLanes) store_block(to, v);
    }
  };
  for_each_row(*call.pool, out.shape, row);
}

} // namespace

const Kernel<Upsample> upsample_avx2{"avx2", Target::avx2, accepts, nullptr, nullptr, nullptr, run};

} // namespace pose
