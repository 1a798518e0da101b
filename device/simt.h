// SIMT kernels: one source for two machines, CUDA through nvcc or fibers on the CPU through any C++20 compiler.
// SPDX-License-Identifier: MIT
//
// A kernel uses CUDA's intrinsics (__global__, threadIdx, __syncthreads, __shfl_xor_sync, atomicAdd, half, float4, ...) and the wrappers below.
// The device implementation is in device/cuda/intrinsics.h, that of the host in device/emulator/host_intrinsics.h.
// Only files named *_cuda.cu include this header.
//
// simt::launch(name, kernel, grid, block, shared_bytes, stream, arguments...)
//     Enqueues a kernel.  Throws Error that names it when it cannot be launched.
// T& simt::shared<T>()
//     Returns the block's dynamic shared memory as a T; static __shared__ is not used.
//     On the host it starts as NaN and has exactly the requested size.
// simt::cp_async16(dst, src, valid)
//     Copies 16 bytes from global to shared memory asynchronously, or writes zeros where !valid.  src must always be a valid address.
//     Before sm_80 this is a plain copy.
// simt::cp_async_commit(), simt::cp_async_wait<N>()
//     Close a group of copies, and wait until at most the N newest groups of this thread are in flight.
// simt::ldmatrix_x4(r, row)
//     Loads four 8 x 8 matrices of 16-bit elements.  Lane i gives the address of row i % 8 of matrix i / 8.
// simt::mma32(T(), d, a, b0, b1)
//     Computes d[16 x 8] += a b over 32 bytes of K: m16n8k16 for T = half, m16n8k8 of tf32 for T = float.
//     tf32 needs sm_80 and truncates the low 13 bits.
// simt::tf32_nearest(bits)
//     Returns the nearest float with 10 bits of mantissa, ties away from zero.  mma32 truncates nothing of it (sm_80).
//     Infinities and quiet NaN are kept.
// simt::named_barrier(id, threads)
//     __syncthreads() for `threads` threads: whole warps that all use the same id, 1 to 15.
// simt::smem_addr(p)
//     Returns the 32-bit shared memory address that PTX and descriptors use.
// SIMT_UNROLL, SIMT_KEEP_LOOP
//     Before a loop: the device compiler unrolls it, or keeps it as a loop.
#pragma once

#if defined(__CUDACC__)
#include "device/cuda/intrinsics.h"
#else
#include "device/emulator/host_intrinsics.h"
#endif
