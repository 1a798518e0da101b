// Tests statistics against figures computed by hand, and with NaN and infinities.
// SPDX-License-Identifier: MIT
#include "tensor/statistics.h"
#include "tests/special_values.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

using namespace pose;

namespace {

using Values = std::vector<float>;
using Counts = std::vector<std::int64_t>;

Summary of(const Values& got, const Values& want, double absolute = 1e-3, double relative = 0) {
  Statistics s;
  s.add(got, want, absolute, relative);
  return s.summary();
}

float after(float f, int floats) {
  for (int i = 0; i < floats; i++) f = std::nextafter(f, kInf);
  return f;
}

} // namespace

TEST_CASE("statistics match figures computed by hand") {
  const Summary s = of({1, 2, -2, 5}, {1, 4, -4, 4}, 2); // errors 0, -2, 2, 1
  CHECK(s.difference.ok());
  CHECK(s.difference.worst == 1);
  CHECK(s.difference.index == 1);
  CHECK(s.difference.max_abs == 2);
  CHECK(s.difference.count == 4);
  CHECK(s.max_rel == 0.5);
  CHECK(s.rel_l2 == doctest::Approx(std::sqrt(9.0 / 49)));
  CHECK(s.cosine == doctest::Approx((1 + 8 + 8 + 20) / std::sqrt(34.0 * 49)));
  CHECK(s.got_nan + s.want_nan + s.got_inf + s.want_inf == 0);
}

TEST_CASE("distances in floats, their quantiles and their histogram match known values") {
  const Summary s = of({1, after(1, 1), after(-2, 3), after(1, 5), 0.0f}, {1, 1, -2, 1, -0.0f});
  CHECK(s.ulp_histogram == Counts{2, 1, 1, 1}); // 0 and 0, 1, 3, 5
  CHECK(s.ulp50 == 1);
  CHECK(s.ulp90 == 5);
  CHECK(s.ulp99 == 5);
  CHECK(s.ulp_max == 5);
  const float tiny = std::numeric_limits<float>::denorm_min();
  CHECK(of({tiny}, {-tiny}).ulp_max == 2); // across zero
  CHECK(of({-1}, {1}).ulp_max == 2.0 * 0x3f800000);
  CHECK(of({std::numeric_limits<float>::max()}, {-kInf}).ulp_max == 0x7f800000 * 2.0 - 1);
  for (int floats = 1; floats < 5000; floats = floats * 5 / 4 + 1) { // buckets are at most 3 % wide
    const Summary one = of({after(1, floats)}, {1});
    CHECK(one.ulp_max == floats);
    CHECK(one.ulp50 <= floats);
    CHECK(one.ulp50 >= floats * (1 - 1.0 / 32));
  }
}

TEST_CASE("quantiles count all elements") {
  Values got(1000, 1), want(1000, 1);
  for (int i = 0; i < 95; i++) got[std::size_t(i) * 10] = after(1, 7);
  CHECK(of(got, want).ulp90 == 0);
  for (int i = 0; i < 6; i++) got[std::size_t(i) * 10 + 1] = after(1, 3);
  CHECK(of(got, want).ulp90 == 3);
  CHECK(of(got, want).ulp99 == 7);
}

TEST_CASE("a NaN on one side fails for any bound and shows in every figure") {
  for (const bool ours : {true, false}) {
    const Values bad = {1, kNan, 3}, good = {1, 2, 3};
    const Summary s = of(ours ? bad : good, ours ? good : bad, 1e30);
    CHECK_FALSE(s.difference.ok());
    CHECK(std::isnan(s.difference.worst));
    CHECK(s.difference.index == 1);
    for (const double figure : {s.difference.max_abs, s.max_rel, s.rel_l2, s.cosine}) CHECK(std::isnan(figure));
    CHECK(std::isinf(s.ulp_max));
    CHECK(s.ulp50 == 0);
    CHECK(std::isinf(s.ulp99));
    CHECK(s.ulp_histogram == Counts{2});
    CHECK(s.got_nan == (ours ? 1 : 0));
    CHECK(s.want_nan == (ours ? 0 : 1));
  }
}

TEST_CASE("equal NaN and infinities are equal") {
  const Values v = {kNan, kInf, -kInf, 2};
  const Summary s = of(v, v, 0);
  CHECK(s.difference.ok());
  CHECK(s.rel_l2 == 0);
  CHECK(s.cosine == 1);
  CHECK(s.max_rel == 0);
  CHECK(s.ulp_max == 0);
  CHECK(s.got_nan == 1);
  CHECK(s.want_inf == 2);
}

TEST_CASE("infinities and very negative numbers have large distances") {
  for (const auto& [got, want] : {std::pair(kInf, 1.0f), {1.0f, kInf}, {-kInf, kInf}, {-50.0f, -5.0f}, {-5e20f, 5e-20f}}) {
    const Summary s = of({got, 1}, {want, 1}, 1, 0.5);
    CHECK_FALSE(s.difference.ok());
    CHECK_FALSE(s.rel_l2 <= 1);
    CHECK_FALSE(s.difference.max_abs <= 1);
    CHECK_FALSE(s.max_rel <= 1);
    CHECK(s.ulp_max > 1e6);
  }
}

TEST_CASE("vectors of zeros have defined figures") {
  CHECK(of({0, 0}, {0, 0}).cosine == 1);
  CHECK(of({0, 0}, {0, 0}).rel_l2 == 0);
  CHECK(of({0, 0}, {1, 0}).cosine == 0);
  CHECK(of({0, 0}, {1, 0}).rel_l2 == 1);
  CHECK(std::isinf(of({1, 0}, {0, 0}).rel_l2));
  CHECK(of({1e-4f, 2}, {0, 2}).max_rel == 0); // only where want is not 0
}

TEST_CASE("empty data have no differences") {
  const Summary s = of({}, {});
  CHECK(s.difference.ok());
  CHECK(s.difference.count == 0);
  CHECK(s.ulp99 == 0);
  CHECK(s.ulp_histogram.empty());
  CHECK(s.cosine == 1);
}

TEST_CASE("chunks give the figures of the whole, indices included") {
  Values got, want;
  for (int i = 0; i < 300; i++) {
    want.push_back(float(i % 17) - 8);
    got.push_back(i == 250 ? 40.0f : after(want.back(), i % 9));
  }
  const Summary whole = of(got, want);
  Statistics s;
  const std::span<const float> g = got, w = want;
  for (std::size_t at = 0; at < got.size(); at += 70) {
    const std::size_t count = std::min<std::size_t>(70, got.size() - at);
    s.add(g.subspan(at, count), w.subspan(at, count), [](std::int64_t) { return 1e-3; });
  }
  const Summary chunks = s.summary();
  CHECK(chunks.difference.index == 250);
  CHECK(chunks.difference.worst == whole.difference.worst);
  CHECK(chunks.difference.max_abs == whole.difference.max_abs);
  CHECK(chunks.difference.count == 300);
  CHECK(chunks.rel_l2 == doctest::Approx(whole.rel_l2).epsilon(1e-12));
  CHECK(chunks.ulp_histogram == whole.ulp_histogram);
  CHECK(chunks.ulp99 == whole.ulp99);
}

TEST_CASE("a NaN in an early chunk stays the worst") {
  Statistics s;
  s.add(Values{1, kNan}, Values{1, 2}, 1e-3, 0);
  s.add(Values{1e30f}, Values{0}, 1e-3, 0);
  const Difference& d = s.summary().difference;
  CHECK(std::isnan(d.worst));
  CHECK(d.index == 1);
  CHECK(d.count == 3);
  Statistics late;
  late.add(Values{1e30f}, Values{0}, 1e-3, 0);
  late.add(Values{1, kNan}, Values{1, 2}, 1e-3, 0);
  CHECK(late.summary().difference.index == 2);
}
