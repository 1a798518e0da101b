// Implements intrinsics.h, except for Hopper.
// SPDX-License-Identifier: MIT
#include "tests/device/intrinsics.h"

#include "device/simt.h"

namespace pose::intrinsics {
namespace {

constexpr int kBlock = kThreads;

struct Room {
  int block[kBlock], warp[kBlock], half[kBlock];
  unsigned char rest[60 * 1024 - 3 * kBlock * sizeof(int)]; // more than the default limit of a kernel
};

__global__ void exchange_kernel(Exchanged* out) {
  Room& s = simt::shared<Room>();
  const int t = int(threadIdx.x), lane = t % warpSize, warp = t - lane, half_size = kBlock / 2, first = t < half_size ? 0 : half_size;
  s.block[t] = s.warp[t] = s.half[t] = t;
  __syncwarp();
  const int by_warp = s.warp[warp + warpSize - 1 - lane];
  simt::named_barrier(t < half_size ? 1 : 2, half_size);
  const int by_half = s.half[first + half_size - 1 - (t - first)];
  __syncthreads();
  out[t] = {s.block[kBlock - 1 - t], by_warp, by_half, int(simt::smem_addr(&s) % 1024)};
}

struct Units {
  uint4 unit[3][kBlock];
};

__global__ void copy_units_kernel(const uint4* in, const int* valid, uint4* out) {
  Units& s = simt::shared<Units>();
  const int t = int(threadIdx.x), other = kBlock - 1 - t;
  simt::cp_async16(&s.unit[0][t], &in[t], valid[t] != 0);
  simt::cp_async_commit();
  simt::cp_async_wait<0>();
  __syncthreads();
  out[other] = s.unit[0][other];
}

__global__ void copy_groups_kernel(const uint4* in, uint4* out) {
  Units& s = simt::shared<Units>();
  const int t = int(threadIdx.x), other = kBlock - 1 - t;
  SIMT_UNROLL
  for (int g = 0; g < 3; g++) {
    simt::cp_async16(&s.unit[g][t], &in[g * kBlock + t], true);
    simt::cp_async_commit();
  }
  simt::cp_async_wait<2>();
  __syncthreads();
  out[other] = s.unit[0][other];
  simt::cp_async_wait<1>();
  __syncthreads();
  out[kBlock + other] = s.unit[1][other];
  simt::cp_async_wait<0>();
  __syncthreads();
  out[2 * kBlock + other] = s.unit[2][other];
}

struct YoloOutput {
  uint4 row[kLanes];
};

__global__ void load_matrices_kernel(const uint4* rows, const int* row_of, uint4* r) {
  YoloOutput& s = simt::shared<YoloOutput>();
  const int lane = int(threadIdx.x);
  s.row[lane] = rows[lane];
  __syncwarp();
  std::uint32_t mine[4];
  simt::ldmatrix_x4(mine, &s.row[row_of[lane]]);
  r[lane] = make_uint4(mine[0], mine[1], mine[2], mine[3]);
}

template <class T> __global__ void multiply_kernel(const uint4* a, const uint2* b, float4* d) {
  const int lane = int(threadIdx.x);
  const std::uint32_t left[4] = {a[lane].x, a[lane].y, a[lane].z, a[lane].w};
  float sum[4] = {d[lane].x, d[lane].y, d[lane].z, d[lane].w};
  simt::mma32(T(), sum, left, b[lane].x, b[lane].y);
  d[lane] = make_float4(sum[0], sum[1], sum[2], sum[3]);
}

template <class T> __global__ void shuffle_kernel(const T* in, T* out) {
  const int lane = int(threadIdx.x);
  const T v = in[lane];
  out[0 * kLanes + lane] = __shfl_sync(~0u, v, 7 * lane); // modulo 32
  out[1 * kLanes + lane] = __shfl_sync(~0u, v, lane + 3, 8);
  out[2 * kLanes + lane] = __shfl_xor_sync(~0u, v, 21);
  out[3 * kLanes + lane] = __shfl_xor_sync(~0u, v, 8, 8);
  out[4 * kLanes + lane] = __shfl_down_sync(~0u, v, 5);
  out[5 * kLanes + lane] = __shfl_down_sync(~0u, v, 3, 16);
  out[6 * kLanes + lane] = __shfl_up_sync(~0u, v, 5);
  out[7 * kLanes + lane] = __shfl_up_sync(~0u, v, 3, 16);
  T half_warp = v;
  if (lane < 16) half_warp = __shfl_xor_sync(0xffffu, v, 1); // the other lanes continue
  out[8 * kLanes + lane] = half_warp;
}

__global__ void vote_kernel(const int* predicate, Votes* out) {
  const int t = int(threadIdx.x), p = predicate[t];
  out[t].ballot = __ballot_sync(~0u, p);
  out[t].any = __any_sync(~0u, p);
  out[t].all = __all_sync(~0u, p);
}

__global__ void count_kernel(const int* in, Counters* c, int* before) {
  const int t = int(threadIdx.x), v = in[t];
  atomicAdd(&c->sum, v);
  atomicMin(&c->least, v);
  atomicMax(&c->most, v);
  atomicAdd(&c->unsigned_sum, unsigned(v));
  atomicMin(&c->unsigned_least, unsigned(v));
  atomicMax(&c->unsigned_most, unsigned(v));
  atomicAdd(&c->float_sum, float(v));
  atomicExch(&c->last, v);
  int seen = 0, found = atomicCAS(&c->counted, 0, 1);
  while (found != seen) {
    seen = found;
    found = atomicCAS(&c->counted, seen, seen + 1);
  }
  before[t] = found;
}

__global__ void to_float_kernel(const std::uint16_t* bits, float* out, std::int64_t n) {
  for (std::int64_t i = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += std::int64_t(gridDim.x) * blockDim.x)
    out[i] = __half2float(__ushort_as_half(bits[i]));
}
__global__ void to_half_kernel(const float* in, std::uint16_t* bits, std::int64_t n) {
  for (std::int64_t i = std::int64_t(blockIdx.x) * blockDim.x + threadIdx.x; i < n; i += std::int64_t(gridDim.x) * blockDim.x)
    bits[i] = __half_as_ushort(__float2half_rn(in[i]));
}

__global__ void round_kernel(const float* as, const float* bs, const float* cs, Rounded* out, int n) {
  const int t = int(threadIdx.x);
  if (t >= n) return;
  const float a = as[t], b = bs[t], c = cs[t];
  Rounded r;
  r.product = __fmul_rn(a, b);
  r.sum = __fadd_rn(a, b);
  r.difference = __fsub_rn(a, b);
  r.quotient = __fdiv_rn(a, b);
  r.root = __fsqrt_rn(fabsf(a));
  r.fused = __fmaf_rn(a, b, c);
  r.product_and_sum = __fadd_rn(__fmul_rn(a, b), c);
  r.wide_product = __dmul_rn(double(a) / 3, double(b));
  r.wide_sum = __dadd_rn(double(a) / 3, double(b));
  r.wide_quotient = __ddiv_rn(double(a), double(b));
  r.wide_fused = __fma_rn(double(a) / 3, double(b) / 3, double(c));
  r.nearest = __float2int_rn(a);
  r.down = __float2int_rd(a);
  r.up = __float2int_ru(a);
  r.cut = __float2int_rz(a);
  r.least = min(a, b);
  r.most = max(a, b);
  out[t] = r;
}

__global__ void to_tf32_kernel(const std::uint32_t* in, std::uint32_t* out, int n) {
  const int t = int(threadIdx.x);
  if (t < n) out[t] = simt::tf32_nearest(in[t]);
}

__global__ void bits_kernel(const int* in, Bits* out, int n) {
  const int t = int(threadIdx.x);
  if (t >= n) return;
  const int v = in[t], w = in[t + 1];
  out[t] = {__popc(unsigned(v)), __ffs(v), __clz(v), min(v, w), max(v, w), min(unsigned(v), unsigned(w)), max(unsigned(v), unsigned(w))};
}

template <class T> const T* as(const std::uint32_t* p) {
  return reinterpret_cast<const T*>(p);
}

} // namespace

void exchange(StreamHandle stream, Exchanged* out) {
  simt::launch("exchange", exchange_kernel, 1, kBlock, sizeof(Room), stream, out);
}
void copy_units(StreamHandle stream, const std::uint32_t* in, const int* valid, std::uint32_t* out) {
  simt::launch("copy_units", copy_units_kernel, 1, kBlock, sizeof(Units), stream, as<uint4>(in), valid, reinterpret_cast<uint4*>(out));
}
void copy_groups(StreamHandle stream, const std::uint32_t* in, std::uint32_t* out) {
  simt::launch("copy_groups", copy_groups_kernel, 1, kBlock, sizeof(Units), stream, as<uint4>(in), reinterpret_cast<uint4*>(out));
}
void load_matrices(StreamHandle stream, const std::uint32_t* rows, const int* row_of, std::uint32_t* r) {
  simt::launch("load_matrices", load_matrices_kernel, 1, kLanes, sizeof(YoloOutput), stream, as<uint4>(rows), row_of, reinterpret_cast<uint4*>(r));
}
void multiply_f16(StreamHandle stream, const std::uint32_t* a, const std::uint32_t* b, float* d) {
  simt::launch("multiply_f16", multiply_kernel<half>, 1, kLanes, 0, stream, as<uint4>(a), as<uint2>(b), reinterpret_cast<float4*>(d));
}
void multiply_tf32(StreamHandle stream, const std::uint32_t* a, const std::uint32_t* b, float* d) {
  simt::launch("multiply_tf32", multiply_kernel<float>, 1, kLanes, 0, stream, as<uint4>(a), as<uint2>(b), reinterpret_cast<float4*>(d));
}
template <class T> void shuffle(StreamHandle stream, const T* in, T* out) {
  simt::launch("shuffle", shuffle_kernel<T>, 1, kLanes, 0, stream, in, out);
}
template void shuffle(StreamHandle, const int*, int*);
template void shuffle(StreamHandle, const unsigned*, unsigned*);
template void shuffle(StreamHandle, const float*, float*);
void vote(StreamHandle stream, const int* predicate, Votes* out) {
  simt::launch("vote", vote_kernel, 1, kBlock, 0, stream, predicate, out);
}
void count(StreamHandle stream, const int* in, Counters* counters, int* before) {
  simt::launch("count", count_kernel, 1, kBlock, 0, stream, in, counters, before);
}
void to_float(StreamHandle stream, const std::uint16_t* half_bits, float* out, std::int64_t n) {
  simt::launch("to_float", to_float_kernel, 64, kBlock, 0, stream, half_bits, out, n);
}
void to_half(StreamHandle stream, const float* in, std::uint16_t* half_bits, std::int64_t n) {
  simt::launch("to_half", to_half_kernel, 64, kBlock, 0, stream, in, half_bits, n);
}
void to_tf32(StreamHandle stream, const std::uint32_t* in, std::uint32_t* out, int n) {
  simt::launch("to_tf32", to_tf32_kernel, 1, kBlock, 0, stream, in, out, n);
}
void round(StreamHandle stream, const float* a, const float* b, const float* c, Rounded* out, int n) {
  simt::launch("round", round_kernel, 1, kBlock, 0, stream, a, b, c, out, n);
}
void look_at_bits(StreamHandle stream, const int* in, Bits* out, int n) {
  simt::launch("look_at_bits", bits_kernel, 1, kBlock, 0, stream, in, out, n);
}

} // namespace pose::intrinsics
