// Hopper (sm_90a) intrinsics: barriers in shared memory that copies arrive on, bulk copies by a separate engine, and products by four warps.
// SPDX-License-Identifier: MIT
//
// As in simt.h, which this header includes, each has one implementation for the device and one for the host.
// A kernel that uses them is compiled for sm_90a only: its body is in #if SIMT_HOPPER ... #endif, and accepts() requires arch 90.
//
// simt::Mbar, in shared memory
//     Counts arrivals and bytes.  A phase ends when all of its arrivals have come and the announced bytes have been copied.
//     Then the next phase begins.  Phases are identified by parity: 0, 1, 0, ...
// simt::mbar_init(b, count); simt::mbar_init_done()
//     One thread calls them; `count` arrivals end a phase.  After all mbar_init(), call mbar_init_done() once.
//     Then call __syncthreads() before other threads use the mbarriers.
// simt::mbar_arrive(b)
//     Arrives: earlier accesses of this thread happen before those of threads that wait for this phase.
// simt::mbar_expect_tx(b, bytes)
//     Arrives, and announces bytes that this phase also waits for.
// simt::mbar_wait(b, parity)
//     Waits until the phase of that parity has ended; parity 0 is the first.
//     On a fresh mbarrier, parity 1 returns at once, as if a phase had ended before.
// simt::cp_async_arrive(b)
//     Arrives when all earlier cp_async16 of this thread have landed.  The count of mbar_init includes this arrival.
// simt::bulk_copy(dst, src, bytes, b)
//     Called by one thread.  Copies global to shared memory and reports the bytes to b as they land.
//     Both addresses and the size are multiples of 16 bytes.
// simt::async_fence()
//     Orders writes to shared memory before wgmma or bulk_copy that read or write the same bytes.
//     The writes are ordinary stores or cp.async that this thread has made or waited for.
//     The emulator does not detect a missing fence.
// simt::wgmma_tile(p)
//     Returns the matrix descriptor of rows of 64 halves (128 bytes, along K), stored row after row at p.
//     p is 1024-byte aligned (64 rows further: 8192 bytes, aligned, too).
//     The 16-byte units of a row are swizzled: unit u of row r is at u ^ (r % 8).  For 16 halves further along K, add 2 to the descriptor.
// simt::wgmma(d, a, b, add)
//     Called by all 128 threads of a warpgroup; asynchronous.  Computes d = a b + (add ? d : 0).
//     a is 64 x 16 and b is N x 16 halves of tiles; d is 64 x N floats.  N is 128 for d[64] and 256 for d[128].
//     d[4 j + 2 h + e] of thread t is row t / 32 * 16 + 8 h + t % 32 / 4, column 8 j + t % 4 * 2 + e.
// simt::wgmma_fence()
//     Call it before the first wgmma, and after ordinary code has accessed d.
// simt::wgmma_commit()
//     Closes a group of wgmma.
// simt::wgmma_wait<N>()
//     Waits until at most the N newest groups are in flight.  The operands of the older ones may then be overwritten.
// simt::wgmma_wait(d)
//     Waits for all groups.  d may then be read.
#pragma once

#include "device/simt.h"

#if defined(__CUDACC__)
#include "device/cuda/hopper_intrinsics.h"
#else
#include "device/emulator/host_hopper.h"
#endif
