// Tests the vector functions against double over all magnitudes: their documented error bounds hold.
// SPDX-License-Identifier: MIT
#include "ops/activation/activation.h"
#include "tests/ops/harness.h"
#include "tests/ops/vec_functions.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <string>
#include <utility>

using namespace pose;

namespace {

using Limits = std::numeric_limits<float>;

// Returns |got - want| in units of the spacing of floats at want, or at 2^smallest where want is smaller.
double error_in_ulp(float got, double want, int smallest) {
  if (std::isnan(want)) return std::isnan(got) ? 0 : Limits::infinity();
  if (std::fabs(want) >= 0x1.ffffffp127) return got == (want > 0 ? Limits::infinity() : -Limits::infinity()) ? 0 : Limits::infinity();
  const int exponent = std::max(want == 0 ? smallest : std::ilogb(want), smallest);
  return std::fabs(got - want) / std::ldexp(1.0, exponent - 23);
}

// Returns the worst error over floats whose bit patterns are kStep apart, of both signs, infinities and NaN included.
double worst_error(vec::Function* f, double (*truth)(double), int smallest) {
  constexpr std::uint32_t kStep = 1009, kNan = 0x7fc00000; // a prime step reaches all low bits
  double worst = 0;
  for (std::uint32_t sign : {0u, 0x80000000u}) {
    for (std::uint32_t bits = 0; bits < kNan + vec::kCount * kStep; bits += vec::kCount * kStep) {
      float x[vec::kCount], y[vec::kCount];
      for (std::uint32_t i = 0; i < vec::kCount; i++) x[i] = std::bit_cast<float>(std::min(bits + i * kStep, kNan) | sign);
      f(x, y);
      for (int i = 0; i < vec::kCount; i++) worst = std::max(worst, error_in_ulp(y[i], truth(x[i]), smallest));
    }
  }
  return worst;
}

float value_at(vec::Function* f, float at) {
  float x[vec::kCount], y[vec::kCount];
  std::fill_n(x, vec::kCount, at);
  f(x, y);
  return y[5];
}

// Calls f(functions) for every width of this machine.
template <class F> void for_each_width(F f) {
  const std::pair<Target, const vec::Functions*> widths[] = {{Target::avx2, &vec::avx2_functions}, {Target::avx512, &vec::avx512_functions}};
  for (const auto& [target, functions] : widths) {
    const std::string name = name_of(target); // clang 14 cannot capture structured bindings
    CAPTURE(name);
    if (harness::available(target)) {
      f(*functions);
    } else {
      harness::report_skipped(name);
    }
  }
}

} // namespace

TEST_CASE("exp, logistic, mish and swish keep their documented error") {
  for_each_width([](const vec::Functions& f) {
    const double exp_error = worst_error(
        f.exp, [](double x) { return std::exp(x); }, -126);
    const double logistic_error = worst_error(
        f.logistic, [](double x) { return act_ref({ActKind::logistic}, x); }, -126);
    const double mish_error = worst_error(
        f.mish, [](double x) { return act_ref({ActKind::mish}, x); }, -119);
    const double swish_error = worst_error(
        f.swish, [](double x) { return act_ref({ActKind::swish}, x); }, -119);
    MESSAGE("worst errors in ulp: exp ", exp_error, ", logistic ", logistic_error, ", mish ", mish_error, ", swish ", swish_error);
    CHECK(exp_error <= 2);
    CHECK(logistic_error <= 3);
    CHECK(mish_error <= 5);
    CHECK(swish_error <= 4);
  });
}

TEST_CASE("the vector functions are right at the ends of their ranges") {
  for_each_width([](const vec::Functions& f) {
    const float inf = Limits::infinity();
    CHECK(value_at(f.exp, inf) == inf);
    CHECK(value_at(f.exp, -inf) == 0);
    CHECK(value_at(f.exp, 0) == 1);
    CHECK(value_at(f.exp, -0.0f) == 1);
    CHECK(value_at(f.exp, 88.73f) == inf);
    CHECK(value_at(f.exp, 88.72f) < inf);
    CHECK(value_at(f.exp, -103.97f) == Limits::denorm_min());
    CHECK(value_at(f.exp, -103.98f) == 0);
    CHECK(value_at(f.logistic, inf) == 1);
    CHECK(value_at(f.logistic, -inf) == 0);
    CHECK(value_at(f.mish, inf) == inf);
    CHECK(value_at(f.mish, 0) == 0);
    for (vec::Function* g : {f.exp, f.logistic, f.mish, f.swish}) {
      CHECK(std::isnan(value_at(g, Limits::quiet_NaN())));
      CHECK(std::isnan(value_at(g, -Limits::quiet_NaN())));
    }
  });
}

TEST_CASE("all widths of the vector functions give the same bits" * doctest::skip(!harness::available(Target::avx512))) {
  const vec::Functions &narrow = vec::avx2_functions, &wide = vec::avx512_functions;
  const std::pair<vec::Function*, vec::Function*> pairs[] = {
      {narrow.exp, wide.exp}, {narrow.logistic, wide.logistic}, {narrow.mish, wide.mish}, {narrow.swish, wide.swish}};
  for (const auto& [f, g] : pairs) {
    int different = 0;
    for (unsigned seed = 1; seed <= 100; seed++) {
      const harness::Values x = harness::random_values(vec::kCount, seed, -110, 100);
      float y[vec::kCount], z[vec::kCount];
      f(x.data(), y);
      g(x.data(), z);
      different += std::memcmp(y, z, sizeof(y)) != 0;
    }
    CHECK(different == 0);
  }
}
