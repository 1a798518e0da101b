// Implements compare.h: the comparison that every test and `layers diff` use.
// SPDX-License-Identifier: MIT
#include "tensor/compare.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace pose {
namespace {

// Returns |got - want| in units of bound; NaN where it is undefined: a NaN on one side, or inf / inf.
double distance(double got, double want, double bound) {
  if (got == want || (std::isnan(got) && std::isnan(want))) return 0;
  return std::fabs(got - want) / bound; // x / 0 is infinite, NaN stays NaN
}

template <class B> Difference compare_by(std::span<const float> got, std::span<const float> want, B bound) {
  Difference d;
  d.count = std::int64_t(want.size());
  if (got.size() != want.size()) {
    d.worst = std::numeric_limits<double>::infinity();
    d.got = double(got.size());
    d.want = double(want.size());
    return d;
  }
  for (std::int64_t i = 0; i < d.count; i++) {
    const double b = bound(i), g = got[std::size_t(i)], w = want[std::size_t(i)], error = std::fabs(g - w);
    if (error <= d.max_abs && error <= d.worst * b) continue; // the common case, without a division; false for NaN
    const double e = distance(g, w, b);
    if (e != 0 && !(error <= d.max_abs)) d.max_abs = error;
    if (e <= d.worst) continue; // a NaN continues below
    d.worst = e;
    d.index = i;
    d.got = g;
    d.want = w;
    d.bound = b;
    if (std::isnan(e)) break; // NaN is the worst result
  }
  return d;
}

} // namespace

std::string Difference::text() const {
  return fmt::format("worst {:.3g} x bound at {}: got {:.9g}, want {:.9g}, bound {:.3g}; max abs {:.3g} over {} elements", worst, index, got, want,
                     bound, max_abs, count);
}

void Difference::append(const Difference& next) {
  if (!std::isnan(worst) && !(next.worst <= worst)) {
    worst = next.worst;
    index = next.index < 0 ? -1 : count + next.index; // -1: the sizes differ
    got = next.got;
    want = next.want;
    bound = next.bound;
  }
  if (!std::isnan(max_abs) && !(next.max_abs <= max_abs)) max_abs = next.max_abs;
  count += next.count;
}

Difference compare(std::span<const float> got, std::span<const float> want, const Bound& bound) {
  return compare_by(got, want, [&](std::int64_t i) { return bound(i); });
}

Difference compare(std::span<const float> got, std::span<const float> want, double absolute, double relative) {
  return compare_by(got, want, [&](std::int64_t i) { return absolute + relative * std::fabs(double(want[std::size_t(i)])); });
}

} // namespace pose
