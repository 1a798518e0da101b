// Kernel: one way to compute an op, with the data that the planner, the tests and the benchmarks need.
// SPDX-License-Identifier: MIT
//
// Plain data, safe to include in ISA-specific files.
#pragma once

#include "tensor/parallel.h"
#include "tensor/shape.h"
#include "tensor/target.h"

namespace pose {

// The maps of one call.  At plan time the data pointers are null, and only shapes and strides may be read.
struct Maps {
  const View<const float>* in = nullptr; // one per input of the op; see its header
  int inputs = 0;
  View<float> out;
};

// An op's parameters in file order, before a kernel packs them.
// scale and shift are the folded batch norm or null.  With them the op must compute (w * x) * scale[c] + shift[c].
struct RawWeights {
  const float* const* tensors = nullptr; // in the order of the op's header, dense, C order, only 4-byte aligned
  const float* scale = nullptr;          // [out channels]
  const float* shift = nullptr;          // [out channels]; includes the op's own bias when set
};

// All that a kernel may access.  Kernels do not allocate and do not throw: the op's infer() has checked the shapes.
struct Call {
  Maps maps;
  const float* packed = nullptr; // written by pack(), 64-byte aligned
  float* scratch = nullptr;      // scratch_floats() floats, 64-byte aligned, contents undefined
  Pool* pool = nullptr;
};

// One entry of an op's table.  P is the op's parameter struct.
//
// Contract of run:
// - It writes every pixel of maps.out, including zeros to its padding lanes, and nothing else.
//   It writes neither the halo nor the other channels of a slice.
// - It reads no lane or halo further out than the view allows.  Input padding lanes are zero.
// - Results are bit-identical for every maps.out.shape.n, every number of threads and every assignment of tiles to threads.
// - Inputs never overlap the output.
template <class P> struct Kernel {
  const char* name;                                                   // unique in its table
  Target target;                                                      // the lowest target that has its instructions
  bool (*accepts)(const P&, const Maps&);                             // whether it can compute these maps; null: always
  std::int64_t (*packed_floats)(const P&);                            // null: no weights
  void (*pack)(const P&, const RawWeights&, float* packed);           // packed is zero-filled
  std::int64_t (*scratch_floats)(const P&, const Maps&, int threads); // null: none; never less for a larger batch, since it serves all smaller ones
  void (*run)(const P&, const Call&) noexcept;
  // Estimates the time of one image on one thread, in multiply-adds of one vector of `target`.
  // So costs are comparable among the kernels of a table with the same target.  It depends on its arguments only.
  // null: no estimate; the position in the table decides.
  double (*cost)(const P&, const Maps&) = nullptr;
  // Fast, with about twice the rounding error of the others.  Not for networks of a hundred layers whose values are results.
  bool low_accuracy = false;
};

// Returns whether the kernel can be used here.  low_accuracy: whether low-accuracy kernels are allowed.
template <class P> bool usable(const Kernel<P>& kernel, Target target, const P& op, const Maps& maps, bool low_accuracy = true) {
  return kernel.target <= target && (low_accuracy || !kernel.low_accuracy) && (kernel.accepts == nullptr || kernel.accepts(op, maps));
}

// Returns the kernel of a table for these maps.  Tables are sorted best first and end with the reference, which accepts everything.
// The first usable kernel is taken.  If it has a cost, the cheapest usable kernel of its target with a cost is taken instead (the first of equals).
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

// The kernels that a user may select: the usable kernels of a table.  The reference is included only when it is the only one.
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
