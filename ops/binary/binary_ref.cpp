// Reference implementation of binary.h.
// SPDX-License-Identifier: MIT
#include "ops/binary/binary.h"
#include "ops/each.h"

namespace pose {
namespace {

void run(const Binary& op, const Call& call) noexcept {
  const View<const float> a = call.maps.in[0], b = call.maps.in[1];
  const auto at = [](const View<const float>& v, int n, int y, int x, int c) {
    return v.at(n, v.shape.h == 1 ? 0 : y, v.shape.w == 1 ? 0 : x, v.shape.c == 1 ? 0 : c);
  };
  for_each_element(*call.pool, call.maps.out,
                   [&](int n, int y, int x, int c) { return binary_value<double>(op.kind, at(a, n, y, x, c), at(b, n, y, x, c)); });
}

} // namespace

const Kernel<Binary> binary_ref{"ref", Target::ref, nullptr, nullptr, nullptr, nullptr, run};

} // namespace pose
