// Planted bugs in memory accesses: wrong addresses, and races between several threads.
// SPDX-License-Identifier: MIT
#include "tests/device/bugs_numbers.h"

namespace pose::bugs {
namespace {

template <bool Bug> __global__ void plain_add(const float* x, float* out) {
  const int t = int(threadIdx.x);
  out[t] = x[t];
  __syncthreads();
  if (Bug)
    out[0] += 0 * x[t];
  else
    atomicAdd(&out[0], 0 * x[t]);
}

template <bool Bug> __global__ void two_writers(const float* x, float* out) {
  const int t = int(threadIdx.x);
  if (Bug)
    out[t] = blockIdx.x == 1 ? x[t] : -1; // the later one wins
  else if (blockIdx.x == unsigned(t) % 2)
    out[t] = x[t];
}

template <bool Bug> __global__ void waits_for_no_block(const float* x, float* out) {
  const int t = int(threadIdx.x), first = int(blockIdx.x) * 128;
  if (t >= 128) return;
  out[first + t] = x[first + t];
  if (Bug && blockIdx.x == 1) out[first + t] = out[t] + 128; // block 0 may not have run
}

// Two blocks add their halves to out[255]; the last one to arrive reads both and writes the result.
template <bool Bug> __global__ void last_block(const float* x, float* out) {
  const int t = int(threadIdx.x), first = int(blockIdx.x) * 128;
  unsigned& tickets = reinterpret_cast<unsigned&>(out[255]);
  if (t < 127) out[first + t] = -x[first + t];
  if (t == 127 && first == 0) out[127] = -127;
  if (!Bug) __threadfence();
  __syncthreads();
  int& last = simt::shared<int>();
  if (t == 0) last = atomicAdd(&tickets, 1u) == 0u; // device memory starts as all ones
  __syncthreads();
  if (last == 0) return;
  if (t < 255)
    out[t] = -out[t];
  else
    atomicExch(&tickets, __float_as_uint(255));
}

template <bool Bug> __global__ void unwritten_shared(const float* x, float* out) {
  Numbers& s = simt::shared<Numbers>();
  const int t = int(threadIdx.x);
  if (t < (Bug ? 255 : 256)) s.a[t] = x[t];
  __syncthreads();
  out[t] = s.a[t];
}

template <bool Bug> __global__ void unwritten_sum(const float* x, float* out) {
  const int t = int(threadIdx.x);
  if (!Bug) out[t] = 0;
  out[t] += x[t];
}

template <bool Bug> __global__ void short_tail(const float* x, float* out) {
  constexpr int kEach = 3;
  const int threads = Bug ? kBlock / kEach : (kBlock + kEach - 1) / kEach, t = int(threadIdx.x); // rounds down
  if (t >= threads) return;
  for (int i = t * kEach; i < (t + 1) * kEach && i < kBlock; i++) out[i] = x[i];
}

template <bool Bug> __global__ void long_tail(const float* x, float* out) {
  const int n = kBlock, each = 3, t = int(threadIdx.x);
  for (int i = t * each; i < (t + 1) * each && (Bug ? i <= n : i < n); i++) out[i] = i < n ? x[i] : 0;
}

template <bool Bug> __global__ void shared_end(const float* x, float* out) {
  float* s = &simt::shared<float>();
  const int t = int(threadIdx.x);
  s[t] = x[t];
  if (t == 7) s[Bug ? 512 : 511] = 1;
  __syncthreads();
  out[t] = s[t];
}

template <bool Bug> __global__ void inside_the_struct(const float* x, float* out) {
  Numbers& s = simt::shared<Numbers>();
  const int t = int(threadIdx.x);
  s.a[t] = x[t];
  if (t == 7) s.a[Bug ? int(x[255]) + 1 : 7] = 7; // a[256] is b[0]
  __syncthreads();
  out[t] = s.a[t];
}

template <bool Bug> __global__ void beyond_input(const float* x, float* out) {
  const int t = int(threadIdx.x);
  out[t] = x[t] + (Bug ? 0 * x[t + 1] : 0);
}

template <bool Bug> __global__ void misaligned_vector(const float* x, float* out) {
  const int t = int(threadIdx.x);
  const float4 v = reinterpret_cast<const float4*>(x + (Bug ? 1 : 0))[t / 8];
  out[t] = x[t] + 0 * v.x;
}

template <bool Bug> __global__ void int_overflow(const float* x, float* out) {
  const int t = int(threadIdx.x), pixels = 1 << 20, pitch = 4000 + int(x[255]);
  const std::int64_t at = Bug ? std::int64_t(pixels * pitch) : std::int64_t(pixels) * pitch; // of a map that is larger than 2^31
  out[t] = at != -1 ? x[t] : 0;
}

template <bool Bug> __global__ void shift_too_far(const float* x, float* out) {
  const int t = int(threadIdx.x);
  const unsigned mask = 1u << (Bug ? t : t % 32);
  out[t] = mask != 0 ? x[t] : x[t] + 0;
}

__global__ void copies(const float* x, float* out) {
  Numbers& s = simt::shared<Numbers>();
  const int t = int(threadIdx.x);
  s.b[t] = x[t];
  out[t] = s.b[t];
}

// A launch that omits half of the shared memory, and one that no GPU accepts.
bool too_little_shared(bool planted) {
  return planted ? numbers<copies, copies, 1, sizeof(Numbers) / 2>(true) : numbers<copies, copies>(false);
}
bool too_much_shared(bool planted) {
  return planted ? numbers<copies, copies, 1, 228 * 1024>(true) : numbers<copies, copies>(false);
}

constexpr char kHeap[] = "heap-buffer-overflow";

constexpr Bug kBugs[] = {
    {"+= for atomicAdd", numbers<plain_add<true>, plain_add<false>>, nullptr, nullptr, kRace},
    {"two blocks, one address", numbers<two_writers<true>, two_writers<false>, 2>, kWrong, nullptr, kRace},
    {"reads what another block writes", numbers<waits_for_no_block<true>, waits_for_no_block<false>, 2>, kWrong, nullptr, kRace},
    {"last block without __threadfence", numbers<last_block<true>, last_block<false>, 2>, nullptr, nullptr, kRace},
    {"unwritten shared memory", numbers<unwritten_shared<true>, unwritten_shared<false>>, kWrong, nullptr, nullptr},
    {"sum that starts as nothing", numbers<unwritten_sum<true>, unwritten_sum<false>>, kWrong, nullptr, nullptr},
    {"tail forgotten", numbers<short_tail<true>, short_tail<false>>, kWrong, nullptr, nullptr},
    {"tail too long by one", numbers<long_tail<true>, long_tail<false>>, nullptr, kHeap, nullptr},
    {"past shared memory", numbers<shared_end<true>, shared_end<false>>, nullptr, kHeap, nullptr},
    {"past an array of a struct", numbers<inside_the_struct<true>, inside_the_struct<false>>, nullptr, "out of bounds", nullptr},
    {"past the input", numbers<beyond_input<true>, beyond_input<false>>, nullptr, kHeap, nullptr},
    {"misaligned vector", numbers<misaligned_vector<true>, misaligned_vector<false>>, nullptr, "misaligned", nullptr},
    {"index overflows", numbers<int_overflow<true>, int_overflow<false>>, nullptr, "signed integer overflow", nullptr},
    {"shift too far", numbers<shift_too_far<true>, shift_too_far<false>>, nullptr, "shift exponent", nullptr},
    {"less shared memory than used", too_little_shared, nullptr, kHeap, nullptr},
    {"more shared memory than there is", too_much_shared, "no GPU takes this launch", nullptr, nullptr},
};

} // namespace

const std::span<const Bug> memory_bugs = kBugs;

} // namespace pose::bugs
