// Implements case.h.
// SPDX-License-Identifier: MIT
#include "tests/ops/case.h"

#include <cmath>
#include <random>

namespace pose::harness {

Shape with_n(Shape s, int n) {
  s.n = n;
  return s;
}

Values random_values(std::int64_t count, unsigned seed, float low, float high) {
  std::mt19937 engine(seed);
  Values v(static_cast<std::size_t>(count));
  for (float& f : v) f = low + (high - low) * (float(engine() >> 8) * 0x1p-24f);
  return v;
}

void scatter(Values& v, std::span<const float> special, std::size_t count) {
  for (std::size_t i = 0; i < count; i++) v[7 * i % v.size()] = special[i % special.size()];
}

Values absolute(Values v) {
  for (float& f : v) f = std::fabs(f);
  return v;
}

Data with_absolute_weights(Data d) {
  for (Values& w : d.weights) w = absolute(w);
  d.scale = absolute(d.scale);
  d.shift = absolute(d.shift);
  return d;
}

bool is_left_out(std::size_t index, bool ran) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  constexpr std::size_t kStep = 3;
#else
  constexpr std::size_t kStep = 1;
#endif
  return ran && index % kStep != 0;
}

} // namespace pose::harness
