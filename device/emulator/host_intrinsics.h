// Kernel intrinsics on the host.  Every lane is a fiber of the emulated machine (machine.h).
// SPDX-License-Identifier: MIT
#pragma once

#include "device/emulator/host_math.h"
#include "device/emulator/host_types.h"
#include "device/emulator/machine.h"

#include <cmath>
#include <tuple>
#include <utility>

inline uint3 threadIdx;
inline dim3 blockIdx, blockDim, gridDim;
constexpr int warpSize = 32;

namespace simt {

template <class... P, class... A>
void launch(const char* name, void (*kernel)(P...), dim3 grid, dim3 block, std::size_t shared_bytes, stream_t stream, A&&... args) {
  submit(stream, name, [=, call = std::tuple<P...>(std::forward<A>(args)...)] {
    auto bound = std::pair(kernel, call);
    using Bound = decltype(bound);
    auto body = [](void* p) { std::apply(static_cast<Bound*>(p)->first, static_cast<Bound*>(p)->second); };
    run(name, {grid.x, grid.y, grid.z}, {block.x, block.y, block.z}, shared_bytes, body, &bound);
  });
}

template <class T> T& shared() {
  return *static_cast<T*>(shared_base());
}
inline std::uint32_t smem_addr(const void* p) {
  return std::uint32_t(static_cast<const char*>(p) - static_cast<const char*>(shared_base()));
}

inline void cp_async16(void* dst, const void* src, bool valid, SourceLocation at = SourceLocation::current()) {
  if (((reinterpret_cast<std::uintptr_t>(dst) | reinterpret_cast<std::uintptr_t>(src)) & 15) != 0) fail(at, "cp_async16: not 16-byte aligned");
  const Copy copy{dst, valid ? src : nullptr, 1};
  if (copies_are_early())
    land(copy);
  else
    copy_later(copy, at);
}
inline void cp_async_commit() {
  copy_commit();
}
template <int N> void cp_async_wait() {
  copy_wait(N);
}
inline void named_barrier(int id, int threads, SourceLocation at = SourceLocation::current()) {
  barrier(unsigned(id), unsigned(threads), at);
}

// Declares the function of a warp-wide operation over the arguments of all lanes.
// Only one lane runs it while the others wait, so ThreadSanitizer is switched off.
#define SIMT_LANES(l) [](void* const* l) __attribute__((no_sanitize("thread")))

inline void ldmatrix_x4(std::uint32_t (&r)[4], const void* row, SourceLocation at = SourceLocation::current()) {
  if ((reinterpret_cast<std::uintptr_t>(row) & 15) != 0) fail(at, "ldmatrix_x4: the row is not 16-byte aligned");
  struct Lane {
    uint4 mine;
    const void* row;
    std::uint32_t* out;
  } lane{*static_cast<const uint4*>(row), row, r};
  collective(
      &lane,
      SIMT_LANES(l) {
        stats.ldmatrix++;
        for (int m = 0; m < 4; m++) {
          unsigned banks = 0;
          for (int i = 0; i < 8; i++) {
            const Lane& from = *static_cast<Lane*>(l[8 * m + i]);
            for (int j = 0; j < 4; j++) static_cast<Lane*>(l[4 * i + j])->out[m] = (&from.mine.x)[j];
            const unsigned bank = 1u << (reinterpret_cast<std::uintptr_t>(from.row) / 16 % 8);
            stats.bank_conflicts += (banks & bank) != 0;
            banks |= bank;
          }
        }
      },
      ~0u, false, at);
}

// One lane's fragments of an mma: registers of a (16 x K), b (K x 8) and d (16 x 8).
struct MmaLane {
  float* d;
  const std::uint32_t* a;
  std::uint32_t b[2];
};
template <int K, class Get> __attribute__((no_sanitize("thread"))) void mma_lanes(void* const* l, Get get) {
  constexpr int P = K / 8; // elements in one 32-bit register
  stats.mma++;
  float a[16][K], b[K][8];
  for (int i = 0; i < 32; i++) {
    const MmaLane& lane = *static_cast<MmaLane*>(l[i]);
    for (int p = 0; p < P; p++) {
      for (int r = 0; r < 4; r++) a[i / 4 + 8 * (r & 1)][P * (i % 4 + 4 * (r >> 1)) + p] = get(lane.a[r], p);
      for (int r = 0; r < 2; r++) b[P * (i % 4 + 4 * r) + p][i / 4] = get(lane.b[r], p);
    }
  }
  for (int m = 0; m < 16; m++) {
    float c[8] = {};
    for (int k = 0; k < K; k++) {
      for (int n = 0; n < 8; n++) c[n] += a[m][k] * b[k][n];
    }
    for (int n = 0; n < 8; n++) static_cast<MmaLane*>(l[m % 8 * 4 + n / 2])->d[m / 8 * 2 + n % 2] += c[n];
  }
}
inline void mma32(half, float (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1,
                  SourceLocation at = SourceLocation::current()) {
  MmaLane lane{d, a, {b0, b1}};
  collective(
      &lane, SIMT_LANES(l) { mma_lanes<16>(l, [](std::uint32_t r, int p) { return __half2float({std::uint16_t(r >> 16 * p)}); }); }, ~0u, false, at);
}
inline void mma32(float, float (&d)[4], const std::uint32_t (&a)[4], std::uint32_t b0, std::uint32_t b1,
                  SourceLocation at = SourceLocation::current()) {
  MmaLane lane{d, a, {b0, b1}};
  collective(
      &lane, SIMT_LANES(l) { mma_lanes<8>(l, [](std::uint32_t r, int) { return std::bit_cast<float>(r & ~0x1fffu); }); }, ~0u, false, at);
}

// Returns the value of lane `src`, or the lane's own value when src is not in the mask.
template <class T> T shuffle(std::uint32_t mask, T v, int src, SourceLocation at) {
  struct Lane {
    T v, out;
    int src;
  } lane{v, v, src};
  collective(
      &lane,
      SIMT_LANES(l) {
        for (int i = 0; i < 32; i++) {
          Lane* to = static_cast<Lane*>(l[i]);
          if (to == nullptr) continue;
          const Lane* from = static_cast<Lane*>(l[to->src]);
          if (from != nullptr) to->out = from->v;
        }
      },
      mask, false, at);
  return lane.out;
}
inline int lane_id() {
  return int((threadIdx.z * blockDim.y + threadIdx.y) * blockDim.x + threadIdx.x) % 32;
}

// Returns the predicates of the mask's lanes, one bit each.
inline unsigned ballot(std::uint32_t mask, bool predicate, SourceLocation at) {
  struct Lane {
    bool in;
    unsigned bits;
  } lane{predicate, 0};
  collective(
      &lane,
      SIMT_LANES(l) {
        unsigned bits = 0;
        for (int i = 0; i < 32; i++) bits |= l[i] != nullptr && static_cast<Lane*>(l[i])->in ? 1u << i : 0u;
        for (int i = 0; i < 32; i++) {
          if (l[i] != nullptr) static_cast<Lane*>(l[i])->bits = bits;
        }
      },
      mask, false, at);
  return lane.bits;
}

} // namespace simt

inline void __syncthreads(simt::SourceLocation at = simt::SourceLocation::current()) {
  simt::barrier(0, 0, at);
}
inline void __syncwarp(std::uint32_t mask = ~0u, simt::SourceLocation at = simt::SourceLocation::current()) {
  simt::collective(
      nullptr, [](void* const*) {}, mask, true, at);
}
// Shuffle within segments of `width` lanes.  A lane whose source is outside its segment keeps its own value.
template <class T> T __shfl_sync(std::uint32_t mask, T v, int src, int width = 32, simt::SourceLocation at = simt::SourceLocation::current()) {
  const int me = simt::lane_id();
  return simt::shuffle(mask, v, (me & -width) + (src & (width - 1)), at);
}
template <class T> T __shfl_xor_sync(std::uint32_t mask, T v, int bits, int width = 32, simt::SourceLocation at = simt::SourceLocation::current()) {
  const int me = simt::lane_id(), src = me ^ bits;
  return simt::shuffle(mask, v, src > (me | (width - 1)) ? me : src, at);
}
template <class T>
T __shfl_down_sync(std::uint32_t mask, T v, unsigned delta, int width = 32, simt::SourceLocation at = simt::SourceLocation::current()) {
  const int me = simt::lane_id(), src = me + int(delta);
  return simt::shuffle(mask, v, src > (me | (width - 1)) ? me : src, at);
}
template <class T>
T __shfl_up_sync(std::uint32_t mask, T v, unsigned delta, int width = 32, simt::SourceLocation at = simt::SourceLocation::current()) {
  const int me = simt::lane_id(), src = me - int(delta);
  return simt::shuffle(mask, v, src < (me & -width) ? me : src, at);
}
inline unsigned __ballot_sync(std::uint32_t mask, int predicate, simt::SourceLocation at = simt::SourceLocation::current()) {
  return simt::ballot(mask, predicate != 0, at);
}
inline int __any_sync(std::uint32_t mask, int predicate, simt::SourceLocation at = simt::SourceLocation::current()) {
  return simt::ballot(mask, predicate != 0, at) != 0;
}
inline int __all_sync(std::uint32_t mask, int predicate, simt::SourceLocation at = simt::SourceLocation::current()) {
  return simt::ballot(mask, predicate == 0, at) == 0;
}
template <class T> T __ldg(const T* p) {
  return *p;
}
inline void __threadfence() {
  simt::fence();
}
