// The emulated machine: one fiber a thread of the kernel, one block after another.  How threads interleave is a Schedule's choice; any choice is
// legal on a GPU, so a correct kernel gives the same answer for each. SPDX-License-Identifier: MIT
#pragma once

#include "tensor/device.h"

#include <cstddef>
#include <cstdint>
#include <functional>

namespace simt {

using stream_t = pose::StreamHandle;

// Where a word was spoken in the kernel's source.
struct Place {
  const char* file = "";
  unsigned line = 0;
  static constexpr Place current(const char* f = __builtin_FILE(), unsigned l = __builtin_LINE()) { return {f, l}; }
};

struct Schedule {
  unsigned seed = 0;         // order of threads and blocks: 0 ascending, 1 descending, else random; each thread runs as far ahead as it can
  bool early_copies = false; // asynchronous copies land when they are issued (true) or only when they are waited for
};
inline Schedule schedule;

struct Stats {
  std::uint64_t switches, barriers, warp_ops, mma, ldmatrix, bank_conflicts;
};
inline Stats stats;

struct Extent {
  unsigned x = 1, y = 1, z = 1;
};

// Runs a kernel to its end.  Throws pose::Error that names kernel, block, thread and source line for a deadlock, a divergent barrier or warp, a
// thread that leaves while others wait, a launch that no GPU accepts.
void run(const char* name, Extent grid, Extent block, std::size_t shared_bytes, void (*body)(void*), void* arg);

// Does `work` as the stream's next piece of work: now, or, while the stream is captured, when the graph is launched (device_simt.cpp).
void submit(stream_t stream, const char* name, std::function<void()> work);

void* shared_base();
void barrier(Place);
// A warp-wide operation: each lane of the mask leaves `arg`, the last one calls op with all of them (null for lanes outside of the mask).
void collective(void* arg, void (*op)(void* const* lanes), std::uint32_t mask, bool ordered, Place);

// One asynchronous copy of 16-byte units; src null: zeros.
struct Copy {
  void* dst;
  const void* src;
};
void copy_later(Copy);
void copy_commit();
bool copy_due(int groups_left, Copy&);

} // namespace simt
