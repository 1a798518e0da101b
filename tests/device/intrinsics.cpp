// Tests every intrinsic that needs no tensor core against its documentation.  Run this test first on a new device.
// SPDX-License-Identifier: MIT
#include "tests/device/intrinsics.h"

#include "tests/device/test_device.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <bit>
#include <climits>
#include <cmath>
#include <limits>
#include <numeric>

using namespace pose;
using namespace pose::device_test;
using namespace pose::intrinsics;

namespace {

std::vector<std::uint32_t> numbered(int n) {
  std::vector<std::uint32_t> v(static_cast<std::size_t>(n));
  std::iota(v.begin(), v.end(), 0x10000u);
  return v;
}

// Returns the bits of the half nearest to v, ties to even, computed from the format's description only.
std::uint16_t nearest_half(float v) {
  const std::uint16_t sign = std::signbit(v) ? 0x8000 : 0;
  const double a = std::fabs(double(v));
  if (std::isnan(a)) return 0x7fff;
  if (a >= 65520) return std::uint16_t(sign | 0x7c00);
  const int exponent = a < 0x1p-14 ? -14 : std::ilogb(a);
  const double steps = std::nearbyint(std::ldexp(a, 10 - exponent)); // in units of the last place, at most 2048
  return std::uint16_t(sign | ((exponent + 14) * 1024 + int(steps)));
}
double value_of_half(unsigned bits) {
  const int exponent = int(bits >> 10 & 31), mantissa = int(bits & 1023);
  if (exponent == 31) return mantissa != 0 ? std::numeric_limits<double>::quiet_NaN() : (bits & 0x8000) != 0 ? -INFINITY : INFINITY;
  const double a = exponent == 0 ? std::ldexp(mantissa, -24) : std::ldexp(1024 + mantissa, exponent - 25);
  return (bits & 0x8000) != 0 ? -a : a;
}

template <class T> void check_shuffles(const std::vector<T>& in) {
  const OnDevice<T> x(in), y(std::size_t(kShuffles * kLanes));
  under_each_schedule([&](Stream& stream) {
    shuffle(stream.handle(), static_cast<const T*>(x.data()), y.data());
    const std::vector<T> got = y.values(stream);
    for (int l = 0; l < kLanes; l++) {
      const int source[kShuffles] = {7 * l % 32,
                                     l / 8 * 8 + (l + 3) % 8,
                                     l ^ 21,
                                     l < 8            ? l
                                     : l / 8 % 2 == 1 ? l ^ 8
                                                      : l, // only a segment to the left can be read
                                     l + 5 < 32 ? l + 5 : l,
                                     l % 16 + 3 < 16 ? l + 3 : l,
                                     l >= 5 ? l - 5 : l,
                                     l % 16 >= 3 ? l - 3 : l,
                                     l < 16 ? l ^ 1 : l};
      for (int i = 0; i < kShuffles; i++) {
        INFO("shuffle ", i, ", lane ", l);
        CHECK(got[std::size_t(i * kLanes + l)] == in[std::size_t(source[i])]);
      }
    }
  });
}

} // namespace

TEST_CASE("shared memory is exchanged through barriers of the block, of a warp, of some warps") {
  const OnDevice<Exchanged> out{std::size_t(kThreads)};
  under_each_schedule([&](Stream& stream) {
    exchange(stream.handle(), out.data());
    const std::vector<Exchanged> got = out.values(stream);
    for (int t = 0; t < kThreads; t++) {
      const Exchanged& e = got[std::size_t(t)];
      CHECK(e.by_block == kThreads - 1 - t);
      CHECK(e.by_warp == t / 32 * 32 + 31 - t % 32);
      CHECK(e.by_half == t / 128 * 128 + 127 - t % 128);
      CHECK(e.address == 0);
    }
  });
}

TEST_CASE("cp_async16 copies 16 bytes, or writes zeros where the source is not valid") {
  std::vector<int> valid(kThreads);
  for (int t = 0; t < kThreads; t++) valid[std::size_t(t)] = t % 3 != 1;
  const std::vector<std::uint32_t> in = numbered(4 * kThreads);
  const OnDevice<std::uint32_t> x(in), y(in.size());
  const OnDevice<int> v(valid);
  under_each_schedule([&](Stream& stream) {
    copy_units(stream.handle(), x.data(), v.data(), y.data());
    const std::vector<std::uint32_t> got = y.values(stream);
    for (std::size_t i = 0; i < in.size(); i++) CHECK(got[i] == (valid[i / 4] != 0 ? in[i] : 0u));
  });
}

TEST_CASE("cp_async_wait<N> waits for all groups except the newest N") {
  const std::vector<std::uint32_t> in = numbered(3 * 4 * kThreads);
  const OnDevice<std::uint32_t> x(in), y(in.size());
  under_each_schedule([&](Stream& stream) {
    copy_groups(stream.handle(), x.data(), y.data());
    CHECK(y.values(stream) == in);
  });
}

TEST_CASE("shuffles read the documented lane, within its segment and mask") {
  std::vector<int> i(kLanes);
  std::vector<unsigned> u(kLanes);
  std::vector<float> f(kLanes);
  for (int l = 0; l < kLanes; l++) {
    i[std::size_t(l)] = 100 - 10 * l;
    u[std::size_t(l)] = 0x80000000u + unsigned(l);
    f[std::size_t(l)] = 0.5f * float(l) - 3;
  }
  check_shuffles(i);
  check_shuffles(u);
  check_shuffles(f);
}

TEST_CASE("votes cover the predicates of their warp") {
  std::vector<int> predicate(kThreads);
  for (int t = 0; t < kThreads; t++) predicate[std::size_t(t)] = t < 32 ? 0 : t < 64 ? t : t % 5 == 0 ? -1 : 0; // warps: none, all, some
  const OnDevice<int> p(predicate);
  const OnDevice<Votes> out{std::size_t(kThreads)};
  under_each_schedule([&](Stream& stream) {
    vote(stream.handle(), p.data(), out.data());
    const std::vector<Votes> got = out.values(stream);
    for (int t = 0; t < kThreads; t++) {
      unsigned bits = 0;
      for (int l = 0; l < 32; l++) bits |= predicate[std::size_t(t / 32 * 32 + l)] != 0 ? 1u << l : 0u;
      const Votes& v = got[std::size_t(t)];
      CHECK(v.ballot == bits);
      CHECK((v.any != 0) == (bits != 0));
      CHECK((v.all != 0) == (bits == ~0u));
    }
  });
}

TEST_CASE("atomics lose no update and return the previous value") {
  std::vector<int> in(kThreads);
  for (int t = 0; t < kThreads; t++) in[std::size_t(t)] = (t * 37 + 11) % 256 - 100;
  const OnDevice<int> x(in), before{std::size_t(kThreads)};
  under_each_schedule([&](Stream& stream) {
    const OnDevice<Counters> c(std::vector<Counters>{{0, INT_MAX, INT_MIN, 0, 0, UINT_MAX, 0, 0, INT_MAX}});
    count(stream.handle(), x.data(), c.data(), before.data());
    const Counters got = c.values(stream)[0];
    const int sum = std::accumulate(in.begin(), in.end(), 0);
    CHECK(got.sum == sum);
    CHECK(got.least == *std::min_element(in.begin(), in.end()));
    CHECK(got.most == *std::max_element(in.begin(), in.end()));
    CHECK(got.unsigned_sum == unsigned(sum));
    CHECK(got.unsigned_least == 0u); // -100 ... 155 hold 0, and -1 is the largest
    CHECK(got.unsigned_most == UINT_MAX);
    CHECK(got.float_sum == float(sum));
    CHECK(std::count(in.begin(), in.end(), got.last) == 1);
    CHECK(got.counted == kThreads);
    std::vector<int> seen = before.values(stream);
    std::sort(seen.begin(), seen.end());
    for (int t = 0; t < kThreads; t++) CHECK(seen[std::size_t(t)] == t);
  });
}

TEST_CASE("all halves become floats exactly") {
  std::vector<std::uint16_t> bits(65536);
  std::iota(bits.begin(), bits.end(), std::uint16_t(0));
  const OnDevice<std::uint16_t> x(bits);
  const OnDevice<float> y(bits.size());
  Stream stream(gpu());
  to_float(stream.handle(), x.data(), y.data(), std::int64_t(bits.size()));
  stream.synchronize();
  const std::vector<float> got = y.values(stream);
  int wrong = 0;
  for (std::size_t i = 0; i < got.size(); i++) {
    const double want = value_of_half(unsigned(i));
    wrong += std::isnan(want) ? !std::isnan(got[i]) : double(got[i]) != want || std::signbit(got[i]) != std::signbit(want);
  }
  CHECK(wrong == 0);
}

TEST_CASE("floats become the nearest halves, ties to even") {
  std::vector<float> in = {65519.996f, 65520, 65536, 1e30f, INFINITY, 0x1p-25f, 0x1.000002p-25f, 0x1p-26f, 1e-40f, std::nanf("")};
  for (unsigned h = 0; h < 0x7c00; h++) { // each half, the midpoint to the next one, and the floats next to these
    const float at = float(value_of_half(h)), middle = float((value_of_half(h) + value_of_half(h + 1 < 0x7c00 ? h + 1 : h)) / 2);
    for (const float v : {at, middle}) in.insert(in.end(), {v, std::nextafter(v, 1e9f), std::nextafter(v, -1.0f)});
  }
  for (std::size_t i = 0, n = in.size(); i < n; i++) in.push_back(-in[i]);
  const OnDevice<float> x(in);
  const OnDevice<std::uint16_t> y(in.size());
  Stream stream(gpu());
  to_half(stream.handle(), x.data(), y.data(), std::int64_t(in.size()));
  stream.synchronize();
  const std::vector<std::uint16_t> got = y.values(stream);
  int wrong = 0;
  for (std::size_t i = 0; i < in.size(); i++) {
    const bool right = std::isnan(in[i]) ? (got[i] & 0x7fff) > 0x7c00 : got[i] == nearest_half(in[i]);
    if (!right && wrong++ == 0) FAIL_CHECK(in[i], " became ", got[i], ", expected ", nearest_half(in[i]));
  }
  CHECK(wrong == 0);
}

TEST_CASE("arithmetic rounds once, to nearest; integers and minima as CUDA defines them") {
  std::vector<float> a = {1.1f, -2.5f, 3.5f, 0.5f, -0.5f, 1e20f, -1e20f, 16777216.0f, 0.1f, -7.75f, 2147483520.0f}, b, c;
  for (int i = 0; i < 100; i++) a.push_back(std::ldexp(1.0f + 0.3f * float(i), i % 40 - 20));
  for (std::size_t i = 0; i < a.size(); i++) {
    b.push_back(1.7f + float(i) / 7);
    c.push_back(-a[i] * b[i]); // then a * b + c is the rounding error of the product
  }
  const int n = int(a.size());
  const OnDevice<float> x(a), y(b), z(c);
  const OnDevice<Rounded> out(a.size());
  Stream stream(gpu());
  intrinsics::round(stream.handle(), x.data(), y.data(), z.data(), out.data(), n);
  stream.synchronize();
  const std::vector<Rounded> got = out.values(stream);
  const auto whole = [](double v) { return v >= 2147483647.0 ? INT_MAX : v <= -2147483648.0 ? INT_MIN : int(v); };
  for (std::size_t i = 0; i < a.size(); i++) {
    CAPTURE(a[i]);
    const Rounded& r = got[i];
    CHECK(r.product == float(double(a[i]) * double(b[i]))); // double holds the exact product
    CHECK(r.sum == a[i] + b[i]);
    CHECK(r.difference == a[i] - b[i]);
    CHECK(r.quotient == a[i] / b[i]);
    CHECK(r.root == std::sqrt(std::fabs(a[i])));
    CHECK(r.fused == std::fma(a[i], b[i], c[i]));
    CHECK(r.product_and_sum == r.product + c[i]);
    CHECK(r.wide_product == double(a[i]) / 3 * double(b[i]));
    CHECK(r.wide_sum == double(a[i]) / 3 + double(b[i]));
    CHECK(r.wide_quotient == double(a[i]) / double(b[i]));
    CHECK(r.wide_fused == std::fma(double(a[i]) / 3, double(b[i]) / 3, double(c[i])));
    CHECK(r.nearest == whole(std::nearbyint(a[i])));
    CHECK(r.down == whole(std::floor(a[i])));
    CHECK(r.up == whole(std::ceil(a[i])));
    CHECK(r.cut == whole(std::trunc(a[i])));
    CHECK(r.least == std::fmin(a[i], b[i]));
    CHECK(r.most == std::fmax(a[i], b[i]));
  }
}

TEST_CASE("bit counts and integer minima are as CUDA documents them") {
  const std::vector<int> in = {0, 1, -1, 2, 12, INT_MIN, INT_MAX, 0x00f0, -8, 5};
  const int n = int(in.size()) - 1;
  const OnDevice<int> x(in);
  const OnDevice<Bits> out{std::size_t(n)};
  Stream stream(gpu());
  look_at_bits(stream.handle(), x.data(), out.data(), n);
  stream.synchronize();
  const std::vector<Bits> got = out.values(stream);
  for (std::size_t i = 0; i < got.size(); i++) {
    const unsigned v = unsigned(in[i]), w = unsigned(in[i + 1]);
    int ones = 0, lowest = 0, leading = 32;
    for (int bit = 31; bit >= 0; bit--) {
      if ((v >> bit & 1) == 0) continue;
      ones++;
      lowest = bit + 1;
      leading = std::min(leading, 31 - bit);
    }
    CAPTURE(in[i]);
    CHECK(got[i].ones == ones);
    CHECK(got[i].lowest == lowest);
    CHECK(got[i].leading == leading);
    CHECK(got[i].least == std::min(in[i], in[i + 1]));
    CHECK(got[i].most == std::max(in[i], in[i + 1]));
    CHECK(got[i].unsigned_least == std::min(v, w));
    CHECK(got[i].unsigned_most == std::max(v, w));
  }
}
