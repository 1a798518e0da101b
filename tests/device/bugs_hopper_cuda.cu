// Planted bugs in a pipeline for Hopper: four warps copy, four multiply, through two stages guarded by mbarriers.
// SPDX-License-Identifier: MIT
#include "tests/device/bugs.h"

#include "device/hopper.h"
#include "tests/device/test_device.h"

namespace pose::bugs {
namespace {

constexpr int kSteps = 5, kRows = 64, kColumns = 128, kStages = 2, kDepth = 64; // halves of K per step

enum class Slip {
  none,
  count_too_high,
  count_too_low,
  wrong_parity,
  bytes_too_many,
  bytes_too_few,
  no_init_barrier,
  no_wait_for_full,
  no_wait_for_empty,
  freed_early,
  swizzle,
  k_advance,
  stage_address,
  no_wait_for_products,
  no_fence,
  half_of_the_group,
  tile_behind_the_end,
  bulk_misaligned
};
using enum Slip;

struct Stage {
  uint4 a[kRows][8], b[kColumns][8];
};
struct Pipeline {
  alignas(1024) Stage stage[kStages];
  simt::Mbar full[kStages], empty[kStages];
};

// Rows of a pass through cp.async, unswizzled in memory; tiles of b are prepared and arrive by bulk copy.
template <Slip Bug> __device__ void produce(Pipeline& s, const uint4* a, const uint4* b, int t) {
  constexpr int kBytes = int(sizeof(Stage::b)), kUnits = kColumns * 8;
  for (int step = 0; step < kSteps; step++) {
    const int i = step % kStages, parity = step / kStages % 2;
    if (Bug != no_wait_for_empty) simt::mbar_wait(s.empty[i], Bug == wrong_parity ? parity : parity ^ 1);
    if (t == 0) {
      simt::mbar_expect_tx(s.full[i], Bug == bytes_too_many ? 2 * kBytes : Bug == bytes_too_few ? kBytes / 2 : kBytes);
      simt::bulk_copy(s.stage[i].b, reinterpret_cast<const char*>(b + step * kUnits) + (Bug == bulk_misaligned ? 8 : 0), kBytes, s.full[i]);
    }
    for (int u = t; u < kRows * 8; u += 128) {
      const int row = u / 8, unit = u % 8;
      simt::cp_async16(&s.stage[i].a[row][unit ^ (row % (Bug == swizzle ? 4 : 8))], a + (row * kSteps + step) * 8 + unit, true);
    }
    simt::cp_async_arrive(s.full[i]);
  }
}

template <Slip Bug> __device__ void consume(Pipeline& s, float* out, int t) {
  float d[kColumns / 2];
  for (int step = 0; step < kSteps; step++) {
    const int i = step % kStages, parity = step / kStages % 2;
    if (Bug != no_wait_for_full) simt::mbar_wait(s.full[i], parity);
    simt::async_fence();
    if (Bug != no_fence) simt::wgmma_fence();
    const Stage& stage = s.stage[Bug == stage_address ? 0 : i];
    const std::uint64_t a = simt::wgmma_tile(stage.a), b = simt::wgmma_tile(Bug == tile_behind_the_end ? (s.stage + kStages)->a : stage.b);
    for (int k = 0; k < 4; k++) simt::wgmma(d, a + (Bug == k_advance ? 1 : 2) * k, b + 2 * k, step + k > 0);
    simt::wgmma_commit();
    if (Bug == freed_early && t == 0) simt::mbar_arrive(s.empty[i]);
    if (Bug != no_wait_for_products || step + 1 < kSteps) simt::wgmma_wait<0>();
    if (Bug != freed_early && t == 0) simt::mbar_arrive(s.empty[i]);
  }
  if (Bug != no_wait_for_products) simt::wgmma_wait(d);
  for (int r = 0; r < kColumns / 2; r++) {
    const int row = t / 32 * 16 + r / 2 % 2 * 8 + t % 32 / 4, column = r / 4 * 8 + t % 4 * 2 + r % 2;
    out[row * kColumns + column] = d[r];
  }
}

template <Slip Bug> __global__ void pipeline(const uint4* a, const uint4* b, float* out) {
  Pipeline& s = simt::shared<Pipeline>();
  const int t = int(threadIdx.x) % 128;
  if (threadIdx.x == 0) {
    for (int i = 0; i < kStages; i++) {
      simt::mbar_init(s.full[i], 128 + 1 + (Bug == count_too_high ? 1 : Bug == count_too_low ? -1 : 0));
      simt::mbar_init(s.empty[i], 1);
    }
    simt::mbar_init_done();
  }
  if (Bug != no_init_barrier) __syncthreads();
  if (threadIdx.x < 128)
    produce<Bug>(s, a, b, t);
  else if (Bug != half_of_the_group || t < 64)
    consume<Bug>(s, out, t);
}

std::uint16_t bits(int v) {
  return __half_as_ushort(__float2half_rn(float(v)));
}
int left(int m, int k) {
  return (m * 7 + k * 3) % 5 - 2;
}
int right(int n, int k) {
  return (n * 3 + k * 5) % 7 - 3;
}

template <Slip Bug> bool products(bool planted) {
  std::vector<std::uint16_t> a, b(std::size_t(kSteps * kColumns * kDepth));
  for (int m = 0; m < kRows; m++) {
    for (int k = 0; k < kSteps * kDepth; k++) a.push_back(bits(left(m, k)));
  }
  for (int n = 0; n < kColumns; n++) {
    for (int k = 0; k < kSteps * kDepth; k++) {
      const int unit = k % kDepth / 8;
      b[std::size_t(((k / kDepth * kColumns + n) * 8 + (unit ^ (n % 8))) * 8 + k % 8)] = bits(right(n, k));
    }
  }
  std::vector<float> want;
  for (int m = 0; m < kRows; m++) {
    for (int n = 0; n < kColumns; n++) {
      int sum = 0;
      for (int k = 0; k < kSteps * kDepth; k++) sum += left(m, k) * right(n, k);
      want.push_back(float(sum));
    }
  }
  b.resize(b.size() + 8); // for bulk_misaligned
  const device_test::OnDevice<std::uint16_t> x(a), w(b);
  const device_test::OnDevice<float> out{want.size()};
  Stream stream(device_test::gpu());
  simt::launch("pipeline", planted ? pipeline<Bug> : pipeline<none>, 1, 256, sizeof(Pipeline), stream.handle(),
               reinterpret_cast<const uint4*>(x.data()), reinterpret_cast<const uint4*>(w.data()), out.data());
  stream.synchronize();
  return out.values(stream) == want;
}

constexpr Bug kBugs[] = {
    {"mbarrier: count too high", products<count_too_high>, "deadlock", nullptr, nullptr},
    {"mbarrier: count too low", products<count_too_low>, "kernel pipeline", nullptr, nullptr},
    {"mbarrier: wrong parity", products<wrong_parity>, "deadlock", nullptr, nullptr},
    {"mbarrier: too many bytes", products<bytes_too_many>, "deadlock", nullptr, nullptr},
    {"mbarrier: too few bytes", products<bytes_too_few>, "deadlock", nullptr, nullptr},
    {"mbarrier used before its start", products<no_init_barrier>, "not initialized", nullptr, nullptr},
    {"stage read before it is full", products<no_wait_for_full>, "deadlock", nullptr, kRace},
    {"stage filled before it is empty", products<no_wait_for_empty>, kWrong, nullptr, kRace},
    {"stage freed before it is read", products<freed_early>, "deadlock", nullptr, kRace},
    {"wgmma: wrong swizzle", products<swizzle>, kWrong, nullptr, nullptr},
    {"wgmma: wrong step along K", products<k_advance>, kWrong, nullptr, nullptr},
    {"wgmma: wrong stage", products<stage_address>, kWrong, nullptr, kRace},
    {"wgmma: read before the wait", products<no_wait_for_products>, kWrong, nullptr, nullptr},
    {"wgmma: no fence", products<no_fence>, "before wgmma_fence", nullptr, nullptr},
    {"wgmma by half a warpgroup", products<half_of_the_group>, "deadlock", nullptr, nullptr},
    {"wgmma past shared memory", products<tile_behind_the_end>, "past the end of shared memory", nullptr, nullptr},
    {"bulk copy misaligned", products<bulk_misaligned>, "not 16-byte aligned", nullptr, nullptr},
};

} // namespace

const std::span<const Bug> hopper_bugs = kBugs;

} // namespace pose::bugs
