// The emulated machine below the kernel intrinsics: one fiber per kernel thread, one block after another, one kernel at a time.
// SPDX-License-Identifier: MIT
#pragma once

#include "device/device.h"

#include <cstddef>
#include <cstdint>
#include <functional>

namespace simt {

using stream_t = pose::StreamHandle;

// The source location of an intrinsic in a kernel.
struct SourceLocation {
  const char* file = "";
  unsigned line = 0;
  static constexpr SourceLocation current(const char* f = __builtin_FILE(), unsigned l = __builtin_LINE()) { return {f, l}; }
};

// Counts since the program started or since the caller last reset them.
struct Stats {
  std::uint64_t mma = 0, ldmatrix = 0, bank_conflicts = 0; // of ldmatrix
};
inline Stats stats;

struct Extent {
  unsigned x = 1, y = 1, z = 1;
};

// Runs a kernel to its end.  Throws pose::Error that names kernel, block, thread and source line for
// - a deadlock
// - a divergent barrier or warp
// - a thread that leaves while others wait
// - a wrong use of an intrinsic
// - a launch that no GPU accepts
void run(const char* name, Extent grid, Extent block, std::size_t shared_bytes, void (*body)(void*), void* arg);

// Appends `work` to the stream.  It runs now or, while the stream is being captured, when the graph is launched (device_emulated.cpp).
void submit(stream_t stream, const char* name, std::function<void()> work);

// Throws the Error of the running thread.
[[noreturn]] void fail(SourceLocation at, const char* what);

void* shared_base();
std::size_t shared_size();
bool copies_are_early(); // Schedule::early_copies

// Waits for `threads` threads of the block; 0 means all of them.
void barrier(unsigned id, unsigned threads, SourceLocation at);

// Runs a warp-wide operation.  Each lane of the mask leaves `arg`; the last one calls op with all of them (null for lanes outside the mask).
// ordered: memory accesses before it happen before those after it.
void collective(void* arg, void (*op)(void* const* lanes), std::uint32_t mask, bool ordered, SourceLocation at);

void fence(); // __threadfence: accesses before it happen before those after a later fence of any thread

// An asynchronous copy of 16-byte units; a null src writes zeros.
struct Copy {
  void* dst = nullptr;
  const void* src = nullptr;
  unsigned units = 1;
};
void land(const Copy& copy); // in host_intrinsics.cpp, where ThreadSanitizer sees it
void copy_later(const Copy& copy, SourceLocation at);
void copy_commit();
void copy_wait(int groups_left);

// Hopper (machine_hopper.cpp): the contents of an mbarrier on the host.
struct alignas(8) Mbar {
  std::uint16_t pending, count;        // arrivals that this phase still expects, and arrivals per phase
  std::uint32_t phase : 1, bytes : 31; // the current phase's parity; announced bytes that have not arrived, modulo 2^31
};
void mbar_init(Mbar& b, unsigned count, SourceLocation at);
void mbar_update(Mbar& b, unsigned arrivals, std::uint32_t bytes, SourceLocation at);
void mbar_wait(Mbar& b, unsigned parity, SourceLocation at);
// Post work that runs later, concurrently with the threads.  post_copy() copies, then completes its bytes on b.
// post_arrival() arrives on b after the thread's earlier cp.async have landed.
void post_copy(const Copy& copy, Mbar& b, SourceLocation at);
void post_arrival(Mbar& b, SourceLocation at);

// One lane's part of a wgmma; d holds the accumulators.
struct Wgmma {
  float* d = nullptr;
  std::uint64_t a = 0, b = 0; // descriptors
  int columns = 0;
  bool add = false;
};
void wgmma_fence();
void wgmma_later(const Wgmma& op, SourceLocation at);
void wgmma_commit(SourceLocation at = SourceLocation::current());
void wgmma_wait(int groups_left, SourceLocation at);
void multiply(const Wgmma (&lanes)[128], SourceLocation at); // in host_hopper.cpp, where ThreadSanitizer sees the reads of shared memory

} // namespace simt
