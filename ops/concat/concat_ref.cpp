// Reference implementation of concat.h.
// SPDX-License-Identifier: MIT
#include "ops/concat/concat.h"
#include "ops/each.h"

namespace pose {
namespace {

void run_concat(const Concat&, const Call& call) noexcept {
  for_each_element(*call.pool, call.maps.out, [&](int n, int y, int x, int c) {
    const View<const float>* in = call.maps.in;
    for (; c >= in->shape.c; in++) c -= in->shape.c;
    return in->at(n, y, x, c);
  });
}

void run_slice(const Slice& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  for_each_element(*call.pool, call.maps.out, [&](int n, int y, int x, int c) { return in.at(n, y, x, op.begin + c); });
}

} // namespace

const Kernel<Concat> concat_ref{"ref", Target::ref, nullptr, nullptr, nullptr, nullptr, run_concat};
const Kernel<Slice> slice_ref{"ref", Target::ref, nullptr, nullptr, nullptr, nullptr, run_slice};

} // namespace pose
