// Planted bugs in asynchronous copies, and in the operands of tensor cores.
// SPDX-License-Identifier: MIT
#include "tests/device/bugs_numbers.h"

namespace pose::bugs {
namespace {

enum class Copying { right, no_wait, no_barrier, no_commit, wait_for_too_few, refill_too_early, valid_too_far, valid_too_short, misaligned };

// Two groups of 32 units each bring x; the first buffer is then filled again, with zeros that no thread reads.
template <Copying Bug> __global__ void copying(const float* x, float* out) {
  using enum Copying;
  Numbers& s = simt::shared<Numbers>();
  const int t = int(threadIdx.x), n = Bug == valid_too_short ? 127 : 128;
  for (int group = 0; group < 2; group++) {
    const int i = 128 * group + 4 * t + (Bug == misaligned && t == 3 ? 1 : 0);
    if (t < 32) simt::cp_async16(group == 0 ? &s.a[4 * t] : &s.b[4 * t], x + i, i < 128 * group + n - 3);
    if (Bug == valid_too_far && t == 32) simt::cp_async16(&s.a[128], x + 256, true); // the row ends at 256
    if (Bug != no_commit) simt::cp_async_commit();
  }
  if (Bug != no_wait) simt::cp_async_wait<Bug == wait_for_too_few ? 1 : 0>();
  if (Bug != no_barrier) __syncthreads();
  const int other = 255 - t;
  if (Bug == refill_too_early && t < 32) simt::cp_async16(&s.a[4 * t], x, false);
  const float v = other < 128 ? s.a[other] : s.b[other - 128];
  __syncthreads();
  if (Bug == right && t < 32) simt::cp_async16(&s.a[4 * t], x, false);
  simt::cp_async_commit();
  simt::cp_async_wait<0>();
  out[other] = v;
}

enum class Product { right, rows_of_ldmatrix, fragment_order, columns_of_b, store_order, no_swizzle_on_read, keeps_no_sum };

struct Operands {
  uint4 a[16][8]; // 16 rows of 64 halves, swizzled
};

// out = a b of 16 x 64 and 64 x 8 halves: a[m][k] = m + k % 3, b[k][n] = k / 8 + 1, twice that where n = 1.
template <Product Bug> __global__ void product(const float*, float* out) {
  using enum Product;
  Operands& s = simt::shared<Operands>();
  const int t = int(threadIdx.x);
  if (t >= warpSize) return;
  for (int i = t; i < 16 * 8; i += warpSize) {
    const int row = i / 8, unit = i % 8;
    half* to = reinterpret_cast<half*>(&s.a[row][unit ^ (row % 8)]);
    for (int k = 0; k < 8; k++) to[k] = __float2half_rn(float(row + (8 * unit + k) % 3));
  }
  __syncwarp();
  const int factor = (Bug == columns_of_b ? t % 4 == 1 : t / 4 == 1) ? 2 : 1;
  float d[4] = {};
  for (int step = 0; step < 4; step++) {
    const int row = Bug == rows_of_ldmatrix ? t / 2 : t % 16, unit = 2 * step + (Bug == rows_of_ldmatrix ? t % 2 : t / 16);
    std::uint32_t a[4], b[2];
    for (int i = 0; i < 2; i++) b[i] = __half_as_ushort(__float2half_rn(float(factor * (2 * step + i + 1)))) * 0x10001u;
    simt::ldmatrix_x4(a, &s.a[row][Bug == no_swizzle_on_read ? unit : unit ^ (row % 8)]);
    const std::uint32_t other[4] = {a[0], a[2], a[1], a[3]};
    if (Bug == keeps_no_sum) d[0] = d[1] = d[2] = d[3] = 0;
    simt::mma32(half(), d, Bug == fragment_order ? other : a, b[0], b[1]);
  }
  for (int i = 0; i < 4; i++) {
    const int row = t / 4 + (Bug == store_order ? i % 2 : i / 2) * 8, column = t % 4 * 2 + (Bug == store_order ? i / 2 : i % 2);
    out[row * 8 + column] = d[i];
  }
}

template <Product Bug> bool products(bool planted) {
  std::vector<float> want(16 * 8);
  for (int m = 0; m < 16; m++) {
    for (int k = 0; k < 64; k++) {
      for (int n = 0; n < 8; n++) want[std::size_t(8 * m + n)] += float((m + k % 3) * (k / 8 + 1) * (n == 1 ? 2 : 1));
    }
  }
  const device_test::OnDevice<float> out{want.size()};
  Stream stream(device_test::gpu());
  simt::launch("product", planted ? product<Bug> : product<Product::right>, 1, 32, sizeof(Operands), stream.handle(), nullptr, out.data());
  stream.synchronize();
  return out.values(stream) == want;
}

template <Copying Bug> constexpr auto copied = numbers<copying<Bug>, copying<Copying::right>>;

constexpr Bug kBugs[] = {
    {"cp.async not waited for", copied<Copying::no_wait>, kWrong, nullptr, nullptr},
    {"cp.async without a barrier", copied<Copying::no_barrier>, kWrong, nullptr, kRace},
    {"cp.async not committed", copied<Copying::no_commit>, kWrong, nullptr, nullptr},
    {"wait for one group too few", copied<Copying::wait_for_too_few>, kWrong, nullptr, nullptr},
    {"buffer filled again too early", copied<Copying::refill_too_early>, kWrong, nullptr, kRace},
    {"copy past the input", copied<Copying::valid_too_far>, nullptr, "heap-buffer-overflow", nullptr},
    {"zeros for valid lanes", copied<Copying::valid_too_short>, kWrong, nullptr, nullptr},
    {"cp.async misaligned", copied<Copying::misaligned>, "not 16-byte aligned", nullptr, nullptr},
    {"ldmatrix: wrong rows", products<Product::rows_of_ldmatrix>, kWrong, nullptr, nullptr},
    {"ldmatrix: not swizzled", products<Product::no_swizzle_on_read>, kWrong, nullptr, nullptr},
    {"mma: wrong order of fragments", products<Product::fragment_order>, kWrong, nullptr, nullptr},
    {"mma: wrong lanes of b", products<Product::columns_of_b>, kWrong, nullptr, nullptr},
    {"mma: wrong order of results", products<Product::store_order>, kWrong, nullptr, nullptr},
    {"mma: sum set to zero each step", products<Product::keeps_no_sum>, kWrong, nullptr, nullptr},
};

} // namespace

const std::span<const Bug> copy_bugs = kBugs;

} // namespace pose::bugs
