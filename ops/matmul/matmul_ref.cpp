// Reference implementation of matmul.h.
// SPDX-License-Identifier: MIT
#include "ops/each.h"
#include "ops/matmul/matmul.h"

namespace pose {
namespace {

void run(const Matmul&, const Call& call) noexcept {
  const View<const float> a = call.maps.in[0], b = call.maps.in[1];
  for_each_element(*call.pool, call.maps.out, [&](int n, int y, int x, int c) {
    double sum = 0;
    for (int k = 0; k < a.shape.c; k++) sum += double(a.at(n, y, x, k)) * b.at(n, b.shape.h == 1 ? 0 : y, k, c);
    return sum;
  });
}

} // namespace

const Kernel<Matmul> matmul_ref{"ref", Target::ref, nullptr, nullptr, nullptr, nullptr, run};

} // namespace pose
