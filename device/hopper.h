// The words that Hopper (sm_90a) adds: barriers in shared memory that copies arrive on, copies by an engine of their own, products by four warps.
// As simt.h, which this includes, they have a body for the device and one for the host.
// SPDX-License-Identifier: MIT
//
// A kernel that speaks them is compiled for sm_90a only: its body stands in #if SIMT_HOPPER ... #endif, and accepts() asks for arch 90.
//
// simt::Mbar, in shared memory
//     Counts arrivals and bytes.  Its phase ends when the phase's arrivals have all come and the bytes announced have been copied; then the next one
//     begins.  Phases are told by parity: 0, 1, 0, ...
// simt::mbar_init(b, count); simt::mbar_init_done()
//     By one thread: count arrivals end a phase.  Then mbar_init_done(), once for all, and __syncthreads() before others use them.
// simt::mbar_arrive(b)
//     This thread arrives: its earlier accesses come before those of threads that wait for this phase.
// simt::mbar_expect_tx(b, bytes)
//     Arrives, and announces bytes that this phase waits for besides.
// simt::mbar_wait(b, parity)
//     Until the phase of that parity has ended: parity 0 at first; parity 1 returns at once on a fresh mbarrier, as if a phase had ended before.
// simt::cp_async_arrive(b)
//     Arrives when all earlier cp_async16 of this thread have landed; count it in mbar_init.
// simt::bulk_copy(dst, src, bytes, b)
//     By one thread: global to shared memory; tells b of its bytes as they land.  Everything a multiple of 16 bytes.
// simt::async_fence()
//     Between writes to shared memory by ordinary stores or cp.async that this thread has made or waited for, and wgmma or bulk_copy that read or
//     write the same bytes.  The emulator does not notice when it is missing.
// simt::wgmma_tile(p)
//     Describes rows of 64 halves (128 bytes, K), row after row at p, which is 1024-byte aligned (64 rows further: 8192 bytes, aligned, too).
//     The row's 16-byte units are swizzled: unit u of row r stands at u ^ (r % 8).  16 halves of K further: add 2 to the description.
// simt::wgmma(d, a, b, add)
//     All 128 threads of a warpgroup, asynchronously: d = a b + (add ? d : 0), with a 64 x 16 and b N x 16 halves of tiles, d 64 x N floats.
//     N = 128 for d[64], 256 for d[128].  Thread t holds in d[4 j + 2 h + e] row t / 32 * 16 + 8 h + t % 32 / 4, column 8 j + t % 4 * 2 + e.
// simt::wgmma_fence(), simt::wgmma_commit(), simt::wgmma_wait<N>(), simt::wgmma_wait(d)
//     fence: before the first wgmma, and after ordinary code has touched d.  commit: closes a group.  wait<N>: until at most the N newest groups
//     are under way; what those before read may be overwritten.  wait(d): for all, d can be read.
#pragma once

#include "device/simt.h"

#if defined(__CUDACC__)
#include "device/cuda/hopper_intrinsics.h"
#else
#include "device/emulator/host_hopper.h"
#endif
