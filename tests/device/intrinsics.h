// Kernels that each use one or a few intrinsics of simt.h or hopper.h, so that tests can compare the results with the documentation.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/device.h"

#include <cstdint>

namespace pose::intrinsics {

constexpr int kThreads = 256; // of a block, unless stated otherwise; n is at most that many
constexpr int kLanes = 32;

// Shared memory.
struct Exchanged { // of each thread t; w and h: its warp and its half of the block
  int by_block;    // t's number reversed within the block, through __syncthreads
  int by_warp;     // within the warp, through __syncwarp
  int by_half;     // within the half of the block, through a named barrier of each half
  int address;     // smem_addr of the block's shared memory, modulo 1024
};
void exchange(StreamHandle stream, Exchanged* out); // out[kThreads]; the shared memory is 60 KiB

// Asynchronous copies of units of 16 bytes.
void copy_units(StreamHandle stream, const std::uint32_t* in, const int* valid, std::uint32_t* out); // kThreads units; zeros where !valid
void copy_groups(StreamHandle stream, const std::uint32_t* in, std::uint32_t* out); // 3 groups of kThreads units, each read as early as it may be

// Tensor cores.  Registers of the lanes: r[lane][i].
void load_matrices(StreamHandle stream, const std::uint32_t* rows, const int* row_of, std::uint32_t* r); // rows[32][4]; r[32][4]
void multiply_f16(StreamHandle stream, const std::uint32_t* a, const std::uint32_t* b, float* d);        // a[32][4], b[32][2], d[32][4]
void multiply_tf32(StreamHandle stream, const std::uint32_t* a, const std::uint32_t* b, float* d);

// Lanes: kLanes threads.
constexpr int kShuffles = 9;
template <class T> void shuffle(StreamHandle stream, const T* in, T* out); // out[kShuffles][32]; int, unsigned, float
struct Votes {
  unsigned ballot;
  int any, all;
};
void vote(StreamHandle stream, const int* predicate, Votes* out); // kThreads of each

// Atomics: all n threads on one Counters.
struct Counters {
  int sum, least, most, counted;
  unsigned unsigned_sum, unsigned_least, unsigned_most;
  float float_sum;
  int last; // some thread's value, by atomicExch
};
void count(StreamHandle stream, const int* in, Counters* counters, int* before); // before[t]: what `counted` was when t added 1

// Numbers, element by element.
void to_float(StreamHandle stream, const std::uint16_t* half_bits, float* out, std::int64_t n);
void to_half(StreamHandle stream, const float* in, std::uint16_t* half_bits, std::int64_t n);
struct Rounded {
  float product, sum, difference, quotient, root, fused, product_and_sum; // of a, b, c: a b, a + b, a - b, a / b, sqrt |a|, a b + c, once and twice
  double wide_product, wide_sum, wide_quotient, wide_fused;
  int nearest, down, up, cut; // a as an integer
  float least, most;          // of a and b
};
void to_tf32(StreamHandle stream, const std::uint32_t* in, std::uint32_t* out, int n); // bits of floats
void round(StreamHandle stream, const float* a, const float* b, const float* c, Rounded* out, int n);
struct Bits {
  int ones, lowest, leading; // __popc, __ffs, __clz
  int least, most;           // of it and its right neighbor
  unsigned unsigned_least, unsigned_most;
};
void look_at_bits(StreamHandle stream, const int* in, Bits* out, int n); // in[n + 1]

// Hopper.
constexpr int kPhases = 7;
void pass_through_phases(StreamHandle stream, int* out); // out[kPhases][128]: what 128 consumers read of 128 producers, through two stages
void copy_in_bulk(StreamHandle stream, const std::uint32_t* in, std::uint32_t* out, int bytes); // at most 4096
void copy_and_arrive(StreamHandle stream, const std::uint32_t* in, std::uint32_t* out);         // kThreads units by cp_async16
// a and b as tiles of 64 and of 128 or 256 rows, `steps` times 16 of K; d[128][columns / 2] holds what is added to.
void multiply_tiles(StreamHandle stream, const std::uint16_t* a, const std::uint16_t* b, float* d, int columns, int steps, bool add);

} // namespace pose::intrinsics
