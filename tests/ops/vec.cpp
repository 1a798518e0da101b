// The vector functions against double over all magnitudes: their documented error holds.
// SPDX-License-Identifier: MIT
#include "ops/activation/activation.h"
#include "tests/ops/harness.h"
#include "tests/ops/vec_avx2.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <limits>

using namespace pose;

namespace {

using Limits = std::numeric_limits<float>;

// |got - want| in units of the spacing of floats at want, or at 2^smallest where want is less.
double error_in_ulp(float got, double want, int smallest) {
  if (std::isnan(want)) return std::isnan(got) ? 0 : Limits::infinity();
  if (std::fabs(want) >= 0x1.ffffffp127) return got == (want > 0 ? Limits::infinity() : -Limits::infinity()) ? 0 : Limits::infinity();
  const int exponent = std::max(want == 0 ? smallest : std::ilogb(want), smallest);
  return std::fabs(got - want) / std::ldexp(1.0, exponent - 23);
}

// The worst error over floats whose bit patterns are kStep apart, of both signs, infinities and NaN included.
double worst_error(vec::Function* f, double (*truth)(double), int smallest) {
  constexpr std::uint32_t kStep = 1009, kNan = 0x7fc00000; // a prime step meets all low bits
  double worst = 0;
  for (std::uint32_t sign : {0u, 0x80000000u}) {
    for (std::uint32_t bits = 0; bits < kNan + 8 * kStep; bits += 8 * kStep) {
      float x[8], y[8];
      for (std::uint32_t i = 0; i < 8; i++) x[i] = std::bit_cast<float>(std::min(bits + i * kStep, kNan) | sign);
      f(x, y);
      for (int i = 0; i < 8; i++) worst = std::max(worst, error_in_ulp(y[i], truth(x[i]), smallest));
    }
  }
  return worst;
}

float value_at(vec::Function* f, float at) {
  float x[8], y[8];
  std::fill_n(x, 8, at);
  f(x, y);
  return y[5];
}

} // namespace

TEST_CASE("exp, logistic, mish and swish keep their documented error" * doctest::skip(!harness::available(Target::avx2))) {
  const double exp_error = worst_error(
      vec::exp_avx2, [](double x) { return std::exp(x); }, -126);
  const double logistic_error = worst_error(
      vec::logistic_avx2, [](double x) { return act_ref({ActKind::logistic}, x); }, -126);
  const double mish_error = worst_error(
      vec::mish_avx2, [](double x) { return act_ref({ActKind::mish}, x); }, -119);
  const double swish_error = worst_error(
      vec::swish_avx2, [](double x) { return act_ref({ActKind::swish}, x); }, -119);
  MESSAGE("worst errors in ulp: exp ", exp_error, ", logistic ", logistic_error, ", mish ", mish_error, ", swish ", swish_error);
  CHECK(exp_error <= 2);
  CHECK(logistic_error <= 3);
  CHECK(mish_error <= 5);
  CHECK(swish_error <= 4);
}

TEST_CASE("the vector functions are right at the ends" * doctest::skip(!harness::available(Target::avx2))) {
  const float inf = Limits::infinity();
  CHECK(value_at(vec::exp_avx2, inf) == inf);
  CHECK(value_at(vec::exp_avx2, -inf) == 0);
  CHECK(value_at(vec::exp_avx2, 0) == 1);
  CHECK(value_at(vec::exp_avx2, -0.0f) == 1);
  CHECK(value_at(vec::exp_avx2, 88.73f) == inf);
  CHECK(value_at(vec::exp_avx2, 88.72f) < inf);
  CHECK(value_at(vec::exp_avx2, -103.97f) == Limits::denorm_min());
  CHECK(value_at(vec::exp_avx2, -103.98f) == 0);
  CHECK(value_at(vec::logistic_avx2, inf) == 1);
  CHECK(value_at(vec::logistic_avx2, -inf) == 0);
  CHECK(value_at(vec::mish_avx2, inf) == inf);
  CHECK(value_at(vec::mish_avx2, 0) == 0);
  for (vec::Function* f : {vec::exp_avx2, vec::logistic_avx2, vec::mish_avx2, vec::swish_avx2}) {
    CHECK(std::isnan(value_at(f, Limits::quiet_NaN())));
    CHECK(std::isnan(value_at(f, -Limits::quiet_NaN())));
  }
}
