// Implements the kernels of intrinsics.h for Hopper.
// SPDX-License-Identifier: MIT
#include "tests/device/intrinsics.h"

#include "device/hopper.h"

namespace pose::intrinsics {
namespace {

constexpr int kGroup = 128;

struct Ring {
  int value[2][kGroup];
  simt::Mbar full[2], empty[2];
};

__global__ void phases_kernel([[maybe_unused]] int* out) {
#if SIMT_HOPPER
  Ring& s = simt::shared<Ring>();
  const int t = int(threadIdx.x) % kGroup;
  if (threadIdx.x == 0) {
    for (int i = 0; i < 2; i++) {
      simt::mbar_init(s.full[i], kGroup);
      simt::mbar_init(s.empty[i], kGroup);
    }
    simt::mbar_init_done();
  }
  __syncthreads();
  const bool produces = threadIdx.x < kGroup;
  for (int p = 0; p < kPhases; p++) {
    const int stage = p % 2, parity = p / 2 % 2;
    if (produces) {
      simt::mbar_wait(s.empty[stage], parity ^ 1); // returns at once the first time
      s.value[stage][t] = 1000 * p + t;
      simt::mbar_arrive(s.full[stage]);
    } else {
      simt::mbar_wait(s.full[stage], parity);
      out[p * kGroup + t] = s.value[stage][kGroup - 1 - t];
      simt::mbar_arrive(s.empty[stage]);
    }
  }
#endif
}

struct Bulk {
  uint4 unit[kThreads];
  simt::Mbar full;
};

__global__ void bulk_kernel([[maybe_unused]] const uint4* in, [[maybe_unused]] uint4* out, [[maybe_unused]] int bytes) {
#if SIMT_HOPPER
  Bulk& s = simt::shared<Bulk>();
  if (threadIdx.x == 0) {
    simt::mbar_init(s.full, 1);
    simt::mbar_init_done();
    simt::mbar_expect_tx(s.full, bytes);
    simt::bulk_copy(s.unit, in, bytes, s.full);
  }
  __syncthreads();
  simt::mbar_wait(s.full, 0);
  for (int i = int(threadIdx.x); i < bytes / 16; i += int(blockDim.x)) out[i] = s.unit[i];
#endif
}

__global__ void arrive_kernel([[maybe_unused]] const uint4* in, [[maybe_unused]] uint4* out) {
#if SIMT_HOPPER
  Bulk& s = simt::shared<Bulk>();
  const int t = int(threadIdx.x), other = kThreads - 1 - t;
  if (t == 0) {
    simt::mbar_init(s.full, kThreads);
    simt::mbar_init_done();
  }
  __syncthreads();
  simt::cp_async16(&s.unit[t], &in[t], true);
  simt::cp_async_arrive(s.full);
  simt::mbar_wait(s.full, 0);
  out[other] = s.unit[other];
#endif
}

struct Tiles {
  uint4 a[64 * 8], b[256 * 8];
  simt::Mbar full;
};

template <int R>
__global__ void tiles_kernel([[maybe_unused]] const uint4* a, [[maybe_unused]] const uint4* b, [[maybe_unused]] float* d, [[maybe_unused]] int steps,
                             [[maybe_unused]] bool add) {
#if SIMT_HOPPER
  constexpr int kBytesA = 64 * 128, kBytesB = 2 * R * 128;
  Tiles& s = simt::shared<Tiles>();
  const int t = int(threadIdx.x);
  if (t == 0) {
    simt::mbar_init(s.full, 1);
    simt::mbar_init_done();
    simt::mbar_expect_tx(s.full, kBytesA + kBytesB);
    simt::bulk_copy(s.a, a, kBytesA, s.full);
    simt::bulk_copy(s.b, b, kBytesB, s.full);
  }
  __syncthreads();
  simt::mbar_wait(s.full, 0);
  float sum[R];
  SIMT_UNROLL
  for (int i = 0; i < R; i++) sum[i] = d[t * R + i];
  const std::uint64_t left = simt::wgmma_tile(s.a), right = simt::wgmma_tile(s.b);
  simt::wgmma_fence();
  for (int k = 0; k < steps; k++) simt::wgmma(sum, left + 2 * k, right + 2 * k, add || k > 0);
  simt::wgmma_commit();
  simt::wgmma_wait(sum);
  SIMT_UNROLL
  for (int i = 0; i < R; i++) d[t * R + i] = sum[i];
#endif
}

const uint4* units(const void* p) {
  return static_cast<const uint4*>(p);
}

} // namespace

void pass_through_phases(StreamHandle stream, int* out) {
  simt::launch("pass_through_phases", phases_kernel, 1, 2 * kGroup, sizeof(Ring), stream, out);
}
void copy_in_bulk(StreamHandle stream, const std::uint32_t* in, std::uint32_t* out, int bytes) {
  simt::launch("copy_in_bulk", bulk_kernel, 1, kThreads, sizeof(Bulk), stream, units(in), reinterpret_cast<uint4*>(out), bytes);
}
void copy_and_arrive(StreamHandle stream, const std::uint32_t* in, std::uint32_t* out) {
  simt::launch("copy_and_arrive", arrive_kernel, 1, kThreads, sizeof(Bulk), stream, units(in), reinterpret_cast<uint4*>(out));
}
void multiply_tiles(StreamHandle stream, const std::uint16_t* a, const std::uint16_t* b, float* d, int columns, int steps, bool add) {
  if (columns == 256)
    simt::launch("multiply_tiles 256", tiles_kernel<128>, 1, kGroup, sizeof(Tiles), stream, units(a), units(b), d, steps, add);
  else
    simt::launch("multiply_tiles 128", tiles_kernel<64>, 1, kGroup, sizeof(Tiles), stream, units(a), units(b), d, steps, add);
}

} // namespace pose::intrinsics
