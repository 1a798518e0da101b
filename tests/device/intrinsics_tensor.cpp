// Tests the intrinsics for tensor cores and Hopper against their documentation; intrinsics that the device lacks are skipped with a message.
// SPDX-License-Identifier: MIT
#include "tests/device/intrinsics.h"

#include "device/half.h"
#include "tests/device/test_device.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstring>
#include <numeric>

using namespace pose;
using namespace pose::device_test;
using namespace pose::intrinsics;

namespace {

bool lacks(bool has, const char* what) {
  if (!has) MESSAGE("skipped: ", what, " is not for ", gpu().info().name, " (arch ", gpu().info().arch, ")");
  return !has;
}
bool no_hopper() {
  return lacks(gpu().info().arch == 90, "Hopper's machinery (sm_90a)");
}

// Small integers, so that every sum of products is exact.
float left(int m, int k) {
  return float((m * 7 + k * 3) % 11 - 5);
}
float right(int k, int n) {
  return float((k * 5 + n * 9 + k * n) % 13 - 6);
}
double product(int m, int n, int depth) {
  double sum = 0;
  for (int k = 0; k < depth; k++) sum += double(left(m, k)) * right(k, n);
  return sum;
}

// Returns the 32 bits at position `k` of a row of elements: one float, or two halves.
template <class F> std::uint32_t word_of(F element, bool f16, int word) {
  if (!f16) return std::bit_cast<std::uint32_t>(element(word));
  return std::uint32_t(__half_as_ushort(__float2half_rn(element(2 * word)))) | std::uint32_t(__half_as_ushort(__float2half_rn(element(2 * word + 1))))
                                                                                   << 16;
}

// mma32: PTX ISA, fragments of mma.m16n8k16 (f16) and mma.m16n8k8 (tf32).  Both have 8 words of K; with group g = lane / 4 and p = lane % 4
//   a: rows g, g + 8 of word p, then of word p + 4;   b: words p, p + 4 of column g;   d: columns 2 p, 2 p + 1 of row g, then of row g + 8
void check_mma(bool f16) {
  std::vector<std::uint32_t> a, b;
  std::vector<float> d;
  for (int lane = 0; lane < 32; lane++) {
    const int g = lane / 4, p = lane % 4;
    for (int i = 0; i < 4; i++) a.push_back(word_of([&](int k) { return left(g + 8 * (i % 2), k); }, f16, p + 4 * (i / 2)));
    for (int i = 0; i < 2; i++) b.push_back(word_of([&](int k) { return right(k, g); }, f16, p + 4 * i));
    for (int i = 0; i < 4; i++) d.push_back(float(100 * lane + i));
  }
  const OnDevice<std::uint32_t> x(a), y(b);
  under_each_schedule([&](Stream& stream) {
    const OnDevice<float> z(d);
    (f16 ? multiply_f16 : multiply_tf32)(stream.handle(), x.data(), y.data(), z.data());
    const std::vector<float> got = z.values(stream);
    for (int lane = 0; lane < 32; lane++) {
      for (int i = 0; i < 4; i++) {
        INFO("lane ", lane, ", register ", i);
        CHECK(double(got[std::size_t(4 * lane + i)]) == 100 * lane + i + product(lane / 4 + 8 * (i / 2), lane % 4 * 2 + i % 2, f16 ? 16 : 8));
      }
    }
  });
}

// Builds hopper.h's tile: `rows` rows of 64 halves, their 16-byte units swizzled.
template <class F> std::vector<std::uint16_t> tile(int rows, F element) {
  std::vector<std::uint16_t> image(static_cast<std::size_t>(rows * 64));
  for (int r = 0; r < rows; r++) {
    for (int k = 0; k < 64; k++) image[std::size_t(r * 64 + ((k / 8) ^ (r % 8)) * 8 + k % 8)] = __half_as_ushort(__float2half_rn(element(r, k)));
  }
  return image;
}

void check_wgmma(int columns, int steps, bool add) {
  const int registers = columns / 2;
  const OnDevice<std::uint16_t> a(tile(64, left)), b(tile(columns, [](int n, int k) { return right(k, n); }));
  std::vector<float> d(std::size_t(128 * registers));
  for (std::size_t i = 0; i < d.size(); i++) d[i] = float(i % 97);
  under_each_schedule([&](Stream& stream) {
    const OnDevice<float> z(d);
    multiply_tiles(stream.handle(), a.data(), b.data(), z.data(), columns, steps, add);
    const std::vector<float> got = z.values(stream);
    int wrong = 0;
    for (int t = 0; t < 128; t++) {
      for (int i = 0; i < registers; i++) {
        const int row = t / 32 * 16 + i / 2 % 2 * 8 + t % 32 / 4, column = i / 4 * 8 + t % 4 * 2 + i % 2;
        const std::size_t at = std::size_t(t * registers + i);
        const double want = product(row, column, 16 * steps) + (add ? double(d[at]) : 0);
        if (double(got[at]) != want && wrong++ == 0) FAIL_CHECK("thread ", t, ", register ", i, ": expected ", want, ", found ", got[at]);
      }
    }
    CHECK(wrong == 0);
  });
}

} // namespace

TEST_CASE("ldmatrix_x4: lane i names row i % 8 of matrix i / 8; register m of lane l is word l % 4 of row l / 4 of matrix m") {
  std::vector<std::uint32_t> rows(32 * 4);
  std::iota(rows.begin(), rows.end(), 1u);
  std::vector<int> row_of;
  for (int i = 0; i < 32; i++) row_of.push_back(i * 13 % 32);
  const OnDevice<std::uint32_t> x(rows), r(std::size_t(32 * 4));
  const OnDevice<int> order(row_of);
  under_each_schedule([&](Stream& stream) {
    load_matrices(stream.handle(), x.data(), order.data(), r.data());
    const std::vector<std::uint32_t> got = r.values(stream);
    for (int l = 0; l < 32; l++) {
      for (int m = 0; m < 4; m++) {
        INFO("lane ", l, ", register ", m);
        CHECK(got[std::size_t(4 * l + m)] == rows[std::size_t(4 * row_of[std::size_t(8 * m + l / 4)] + l % 4)]);
      }
    }
  });
}

TEST_CASE("mma32 of halves multiplies two matrices") {
  check_mma(true);
}

TEST_CASE("mma32 of tf32 multiplies two matrices") {
  if (lacks(gpu().info().arch >= 80, "mma32 of tf32 (sm_80)")) return;
  check_mma(false);
}

TEST_CASE("mma32 of tf32 ignores the low 13 bits") {
  if (lacks(gpu().info().arch >= 80, "mma32 of tf32 (sm_80)")) return;
  const float long_one = std::bit_cast<float>(0x3f801fffu); // 1 and all ignored bits
  const OnDevice<std::uint32_t> a(std::vector<std::uint32_t>(128, std::bit_cast<std::uint32_t>(long_one)));
  const OnDevice<std::uint32_t> b(std::vector<std::uint32_t>(64, std::bit_cast<std::uint32_t>(long_one)));
  const OnDevice<float> d(std::vector<float>(128, 0.0f));
  Stream stream(gpu());
  multiply_tf32(stream.handle(), a.data(), b.data(), d.data());
  stream.synchronize();
  for (const float v : d.values(stream)) CHECK(v == 8);
}

TEST_CASE("floats become the nearest tf32, ties away from zero") {
  if (lacks(gpu().info().arch >= 80, "tf32_nearest (sm_80)")) return;
  // Around the highest dropped bit: below a half, a half, above; a carry into the exponent, to infinity; subnormal; zeros, infinities.
  const std::vector<std::uint32_t> in = {0x3f800fff, 0x3f801000, 0x3f801001, 0xbf801000, 0x3f802fff, 0x3f803000, 0x3fffffff, 0x7f7fffff,
                                         0x00000fff, 0x00001000, 0x80000000, 0x7f800000, 0xff800000, 0x7fffffff, 0xffc00000};
  const std::vector<std::uint32_t> want = {0x3f800000, 0x3f802000, 0x3f802000, 0xbf802000, 0x3f802000, 0x3f804000, 0x40000000,
                                           0x7f800000, 0x00000000, 0x00002000, 0x80000000, 0x7f800000, 0xff800000};
  const OnDevice<std::uint32_t> x(in), y(in.size());
  Stream stream(gpu());
  to_tf32(stream.handle(), x.data(), y.data(), int(in.size()));
  stream.synchronize();
  const std::vector<std::uint32_t> got = y.values(stream);
  for (std::size_t i = 0; i < in.size(); i++) {
    CAPTURE(in[i]);
    if (i < want.size())
      CHECK((got[i] & ~0x1fffu) == want[i]); // the bits that mma32 reads
    else
      CHECK(std::isnan(std::bit_cast<float>(got[i] & ~0x1fffu)));
  }
}

TEST_CASE("mbarriers synchronize 128 producers and 128 consumers through two stages in seven phases") {
  if (no_hopper()) return;
  const OnDevice<int> out{std::size_t(kPhases * 128)};
  under_each_schedule([&](Stream& stream) {
    pass_through_phases(stream.handle(), out.data());
    const std::vector<int> got = out.values(stream);
    for (int p = 0; p < kPhases; p++) {
      for (int t = 0; t < 128; t++) CHECK(got[std::size_t(p * 128 + t)] == 1000 * p + 127 - t);
    }
  });
}

TEST_CASE("bulk_copy delivers its bytes before the phase ends") {
  if (no_hopper()) return;
  std::vector<std::uint32_t> in(4 * kThreads);
  std::iota(in.begin(), in.end(), 7u);
  const OnDevice<std::uint32_t> x(in);
  for (const int bytes : {16, 1040, 4096}) {
    under_each_schedule([&](Stream& stream) {
      const OnDevice<std::uint32_t> y{std::size_t(bytes / 4)};
      copy_in_bulk(stream.handle(), x.data(), y.data(), bytes);
      CHECK(y.values(stream) == std::vector<std::uint32_t>(in.begin(), in.begin() + bytes / 4));
    });
  }
}

TEST_CASE("cp_async_arrive arrives when the thread's copies are complete") {
  if (no_hopper()) return;
  std::vector<std::uint32_t> in(4 * kThreads);
  std::iota(in.begin(), in.end(), 7u);
  const OnDevice<std::uint32_t> x(in), y(in.size());
  under_each_schedule([&](Stream& stream) {
    copy_and_arrive(stream.handle(), x.data(), y.data());
    CHECK(y.values(stream) == in);
  });
}

TEST_CASE("wgmma multiplies swizzled tiles, with accumulators in the documented layout") {
  if (no_hopper()) return;
  for (const int columns : {128, 256}) {
    CAPTURE(columns);
    check_wgmma(columns, 1, false);
    check_wgmma(columns, 1, true);
    check_wgmma(columns, 4, false);
    check_wgmma(columns, 3, true);
  }
}
