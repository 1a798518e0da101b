// Kernel: one way to compute an op, and what the planner, the tests and the benchmarks need to know about it.
// Plain data, safe to include in ISA-specific files.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/parallel.h"
#include "tensor/shape.h"
#include "tensor/target.h"

namespace pose {

// The maps a kernel works on.  At plan time the data pointers are null and only shapes and strides may be read.
struct Maps {
  const View<const float>* in = nullptr; // as many as the op takes; see its header
  int inputs = 0;
  View<float> out;
};

// An op's parameters as they come from the file, before a kernel packs them.
// scale and shift are the folded batch norm, or null: the op must compute (w * x) * scale[c] + shift[c].
struct RawWeights {
  const float* const* tensors = nullptr; // in the order of the op's header, dense, C order, only 4-byte aligned
  const float* scale = nullptr;          // [out channels]
  const float* shift = nullptr;          // [out channels]; includes the op's own bias when set
};

// Everything a kernel may touch.  No allocation, no exceptions: shapes were proved by the op's infer().
struct Call {
  Maps maps;
  const float* packed = nullptr; // what pack() wrote, 64-byte aligned
  float* scratch = nullptr;      // scratch_floats() floats, 64-byte aligned, contents undefined
  Pool* pool = nullptr;
};

// One line of an op's table.  P is the op's parameter struct.
//
// Contract of run: writes every pixel of maps.out, including zeros to its padding lanes, and nothing else: not the halo,
// not the channels beside a slice.  Reads no lane or halo further out than the view says.  Input padding lanes are zero.
// Results do not depend on maps.out.shape.n, on the number of threads or on which thread takes which tile, to the bit.
// Inputs never overlap the output.
template <class P> struct Kernel {
  const char* name;                                                   // unique in its table
  Target target;                                                      // the machine it needs
  bool (*accepts)(const P&, const Maps&);                             // may it be used here?  null: always
  std::int64_t (*packed_floats)(const P&);                            // null: the kernel has no weights
  void (*pack)(const P&, const RawWeights&, float* packed);           // packed is zero-filled
  std::int64_t (*scratch_floats)(const P&, const Maps&, int threads); // null: none; never less for more pictures, since it serves all smaller batches
  void (*run)(const P&, const Call&) noexcept;
  // Estimated time for one picture on one thread, in multiply-adds of one vector of `target`, so that it can be compared among the kernels of a table
  // that need the same target; a function of its arguments alone.  null: no estimate, the place in the table decides.
  double (*cost)(const P&, const Maps&) = nullptr;
  // Fast at the price of a rounding error some twice that of the others: not for networks of a hundred layers whose values are results.
  bool low_accuracy = false;
};

// rough: may the kernel be rough?
template <class P> bool usable(const Kernel<P>& kernel, Target target, const P& op, const Maps& maps, bool low_accuracy = true) {
  return kernel.target <= target && (low_accuracy || !kernel.low_accuracy) && (kernel.accepts == nullptr || kernel.accepts(op, maps));
}

// The kernel of a table for these maps.  Tables are sorted best first and end with the reference, which accepts everything: the first usable one
// is taken, or, when it has a cost, the cheapest of the usable ones of its target that have one (of equals the first).
template <class P, int N>
const Kernel<P>& choose(const Kernel<P>* const (&table)[N], Target target, const P& op, const Maps& maps, bool low_accuracy = true) {
  const Kernel<P>* best = nullptr;
  double least = 0;
  for (const Kernel<P>* k : table) {
    if (!usable(*k, target, op, maps, low_accuracy)) continue;
    if (best == nullptr) {
      if (k->cost == nullptr) return *k;
    } else if (k->target != best->target || k->cost == nullptr) {
      continue;
    }
    const double cost = k->cost(op, maps);
    if (best != nullptr && !(cost < least)) continue;
    best = k;
    least = cost;
  }
  return best != nullptr ? *best : *table[N - 1];
}

// All that could be chosen by hand: the usable kernels of a table, without the reference unless it is the only one.
template <class P, int N> struct Candidates {
  const Kernel<P>* list[N] = {};
  int count = 0;

  const Kernel<P>* const* begin() const { return list; }
  const Kernel<P>* const* end() const { return list + count; }
};

template <class P, int N>
Candidates<P, N> candidates(const Kernel<P>* const (&table)[N], Target target, const P& op, const Maps& maps, bool low_accuracy = true) {
  Candidates<P, N> all;
  for (const Kernel<P>* k : table) {
    if (usable(*k, target, op, maps, low_accuracy) && (k != table[N - 1] || all.count == 0)) all.list[all.count++] = k;
  }
  return all;
}

} // namespace pose
