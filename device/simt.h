// simt: one kernel source, two machines: CUDA through nvcc, or fibers on the CPU through any C++20 compiler.
// A kernel uses CUDA's own words (__global__, threadIdx, __syncthreads, __shfl_xor_sync, atomicAdd, half, float4, ...) and the wrappers below,
// which have a body for the device (device_words.h) and one for the host (host_words.h).  Only files named *_cuda.cu include this header.
// SPDX-License-Identifier: MIT
//
// simt::launch(name, kernel, grid, block, shared_bytes, stream, arguments...)
//     Enqueues a kernel; throws Error that names it when it cannot be launched.
// T& simt::shared<T>()
//     The block's dynamic shared memory as a T; static __shared__ is not used.  On the host it starts as NaN and is exactly as large as asked for.
// simt::cp_async16(dst, src, valid), simt::cp_async_commit(), simt::cp_async_wait<N>()
//     16 bytes from global to shared memory, or zeros where !valid (src must be a valid address all the same); waits until at most the N newest
//     groups of this thread are under way.  Before sm_80 a plain copy.
// simt::ldmatrix_x4(r, row)
//     Four 8 x 8 matrices of 16-bit elements; lane i gives the address of row i % 8 of matrix i / 8.
// simt::mma32(T(), d, a, b0, b1)
//     d[16 x 8] += a b over 32 bytes of K: m16n8k16 for T = half, m16n8k8 of tf32 for T = float (sm_80; rounds by cutting the low 13 bits).
// simt::tf32_nearest(bits)
//     The nearest float with 10 bits of mantissa, ties away from zero: mma32 cuts nothing off it (sm_80).  Infinities and quiet NaN stay such.
// simt::named_barrier(id, threads)
//     __syncthreads() of `threads` threads, whole warps that all name the same id, 1 to 15.
// simt::smem_addr(p)
//     The 32-bit address of shared memory that PTX and descriptors want.
// SIMT_UNROLL, SIMT_KEEP_LOOP
//     Before a loop: the device's compiler unrolls it, or does not.
#pragma once

#if defined(__CUDACC__)
#include "device/cuda/intrinsics.h"
#else
#include "device/emulator/host_intrinsics.h"
#endif
