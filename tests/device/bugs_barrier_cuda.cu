// Planted bugs in the synchronization of threads.
// SPDX-License-Identifier: MIT
#include "tests/device/bugs_numbers.h"

namespace pose::bugs {
namespace {

template <bool Bug> __global__ void read_after_write(const float* x, float* out) {
  Numbers& s = simt::shared<Numbers>();
  const int t = int(threadIdx.x);
  s.a[t] = x[t];
  if (!Bug) __syncthreads();
  out[255 - t] = s.a[255 - t];
}

template <bool Bug> __global__ void write_after_read(const float* x, float* out) {
  Numbers& s = simt::shared<Numbers>();
  const int t = int(threadIdx.x);
  s.a[t] = x[t];
  __syncthreads();
  const float v = s.a[255 - t];
  if (!Bug) __syncthreads();
  s.a[t] = -1;
  out[255 - t] = v;
}

template <bool Bug> __global__ void two_barriers(const float* x, float* out) {
  const int t = int(threadIdx.x);
  if (!Bug || t < 128)
    __syncthreads();
  else
    __syncthreads();
  out[t] = x[t];
}

template <bool Bug> __global__ void skipped_barrier(const float* x, float* out) {
  const int t = int(threadIdx.x);
  if (!Bug || t < 128) __syncthreads();
  out[t] = x[t];
}

template <bool Bug> __global__ void early_return(const float* x, float* out) {
  const int t = int(threadIdx.x);
  out[t] = x[t];
  if (t >= (Bug ? 200 : 256)) return;
  __syncthreads();
}

template <bool Bug> __global__ void uneven_loop(const float* x, float* out) {
  const int t = int(threadIdx.x);
  for (int i = 0; i < (Bug ? 2 + t / 128 : 3); i++) __syncthreads();
  __syncthreads();
  out[t] = x[t];
}

template <bool Bug> __global__ void half_a_warp_shuffles(const float* x, float* out) {
  const int t = int(threadIdx.x);
  float v = x[t];
  if (!Bug || t % 32 < 16) v = __shfl_xor_sync(~0u, v, 1);
  out[t ^ 1] = v;
}

template <bool Bug> __global__ void two_shuffles(const float* x, float* out) {
  const int t = int(threadIdx.x);
  float v = x[t];
  if (!Bug || t % 32 < 16)
    v = __shfl_xor_sync(~0u, v, 1);
  else
    v = __shfl_xor_sync(~0u, v, 1);
  out[t ^ 1] = v;
}

template <bool Bug> __global__ void not_in_its_mask(const float* x, float* out) {
  const int t = int(threadIdx.x);
  out[t ^ 1] = __shfl_xor_sync(Bug ? 0x7fffffffu : ~0u, x[t], 1);
}

template <bool Bug> __global__ void no_syncwarp(const float* x, float* out) {
  Numbers& s = simt::shared<Numbers>();
  const int t = int(threadIdx.x);
  s.a[t] = x[t];
  if (!Bug) __syncwarp();
  out[t ^ 1] = s.a[t ^ 1];
}

template <bool Bug> __global__ void shuffle_as_fence(const float* x, float* out) {
  Numbers& s = simt::shared<Numbers>();
  const int t = int(threadIdx.x);
  s.a[t] = x[t];
  if (!Bug) __syncwarp();
  const int other = __shfl_xor_sync(~0u, t, 1); // does not order memory accesses
  out[other] = s.a[other];
}

template <bool Bug> __global__ void warp_barrier_for_block(const float* x, float* out) {
  Numbers& s = simt::shared<Numbers>();
  const int t = int(threadIdx.x);
  s.a[t] = x[t];
  if (Bug)
    __syncwarp();
  else
    __syncthreads();
  out[t ^ 32] = s.a[t ^ 32];
}

template <bool Bug> __global__ void named_barrier_count(const float* x, float* out) {
  Numbers& s = simt::shared<Numbers>();
  const int t = int(threadIdx.x), half = t / 128;
  s.a[t] = x[t];
  simt::named_barrier(1 + half, Bug && half == 1 ? 160 : 128);
  out[t ^ 127] = s.a[t ^ 127];
}

template <bool Bug> __global__ void one_named_barrier_for_two(const float* x, float* out) {
  Numbers& s = simt::shared<Numbers>();
  const int t = int(threadIdx.x), half = t / 128;
  s.a[t] = x[t];
  simt::named_barrier(Bug ? 1 : 1 + half, 128); // with one id, any four warps meet
  out[t ^ 127] = s.a[t ^ 127];
}

constexpr Bug kBugs[] = {
    {"no barrier before a read", numbers<read_after_write<true>, read_after_write<false>>, kWrong, nullptr, kRace},
    {"no barrier before a write", numbers<write_after_read<true>, write_after_read<false>>, kWrong, nullptr, kRace},
    {"barriers on two lines", numbers<two_barriers<true>, two_barriers<false>>, "divergent barrier", nullptr, nullptr},
    {"barrier skipped by half", numbers<skipped_barrier<true>, skipped_barrier<false>>, "__syncthreads", nullptr, nullptr},
    {"return before a barrier", numbers<early_return<true>, early_return<false>>, "__syncthreads", nullptr, nullptr},
    {"barrier in an uneven loop", numbers<uneven_loop<true>, uneven_loop<false>>, "divergent barrier", nullptr, nullptr},
    {"shuffle by half a warp", numbers<half_a_warp_shuffles<true>, half_a_warp_shuffles<false>>, "lanes of its warp wait", nullptr, nullptr},
    {"shuffles on two lines", numbers<two_shuffles<true>, two_shuffles<false>>, "divergent warp", nullptr, nullptr},
    {"lane outside of its mask", numbers<not_in_its_mask<true>, not_in_its_mask<false>>, "not in its own mask", nullptr, nullptr},
    {"no __syncwarp", numbers<no_syncwarp<true>, no_syncwarp<false>>, kWrong, nullptr, kRace},
    {"shuffle taken for a fence", numbers<shuffle_as_fence<true>, shuffle_as_fence<false>>, nullptr, nullptr, kRace},
    {"__syncwarp for __syncthreads", numbers<warp_barrier_for_block<true>, warp_barrier_for_block<false>>, kWrong, nullptr, kRace},
    {"named barrier's wrong count", numbers<named_barrier_count<true>, named_barrier_count<false>>, "deadlock", nullptr, nullptr},
    {"one named barrier for two", numbers<one_named_barrier_for_two<true>, one_named_barrier_for_two<false>>, kWrong, nullptr, kRace},
};

} // namespace

const std::span<const Bug> barrier_bugs = kBugs;

} // namespace pose::bugs
