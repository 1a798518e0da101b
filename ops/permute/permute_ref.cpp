// Reference implementation of permute.h.
// SPDX-License-Identifier: MIT
#include "ops/each.h"
#include "ops/permute/permute.h"

namespace pose {
namespace {

void run(const Permute& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  const Shape s = call.maps.out.shape;
  const TransposedAxes axes = transposed_axes(op);
  for_each_element(*call.pool, call.maps.out, [&](int n, int y, int x, int c) {
    const std::int64_t from = permute_source(axes, (std::int64_t(c) * s.h + y) * s.w + x), row = from / in.shape.w;
    return in.at(n, int(row % in.shape.h), int(from % in.shape.w), int(row / in.shape.h));
  });
}

} // namespace

const Kernel<Permute> permute_ref{"ref", Target::ref, nullptr, nullptr, nullptr, nullptr, run};

} // namespace pose
