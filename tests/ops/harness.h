// harness: runs every kernel of an op's table on a case and checks the whole contract of ops/kernel.h.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/bounds.h"
#include "ops/infer.h"
#include "tests/ops/case.h"

#include <functional>

namespace pose::harness {

// Returns the allowed |got - want| of one element.  index: into the output as dense [n, c, h, w]; want: the reference's value; magnitude: the
// reference's value for |inputs| and |weights|, which is the sum of |terms| (0 if the case has no `magnitude`).
using Tolerance = std::function<double(std::int64_t index, double want, double magnitude)>;

Tolerance exact(); // data movement and maxima

// For a sum of `terms` products (or of terms) in any order, then `act`: (terms + 4) * 2^-24 * magnitude, times the Lipschitz constant of act, plus
// act's error.
Tolerance sum_of(std::int64_t terms, const Act& act = kLinear);

template <class P> using Case = BasicCase<P, Tolerance>;

// A kernel bound to its parameters, so that the checks are not templates.
struct BoundKernel {
  std::string name;
  Target target = Target::ref;
  std::function<bool(const Maps&)> accepts;
  std::function<std::int64_t()> packed_floats;
  std::function<void(const RawWeights&, float*)> pack;
  std::function<std::int64_t(const Maps&, int)> scratch_floats;
  std::function<void(const Call&)> run;
};

template <class P> BoundKernel bind(const Kernel<P>& k, const P& op) {
  BoundKernel b;
  b.name = k.name;
  b.target = k.target;
  b.accepts = [&k, op](const Maps& m) { return k.accepts == nullptr || k.accepts(op, m); };
  b.packed_floats = [&k, op] { return k.packed_floats == nullptr ? 0 : k.packed_floats(op); };
  b.pack = [&k, op](const RawWeights& w, float* packed) {
    if (k.pack != nullptr) k.pack(op, w, packed);
  };
  b.scratch_floats = [&k, op](const Maps& m, int threads) { return k.scratch_floats == nullptr ? 0 : k.scratch_floats(op, m, threads); };
  b.run = [&k, op](const Call& c) { k.run(op, c); };
  return b;
}

// Runs `kernel` on the case with the output alone and as a slice of a larger map, 1 and 3 threads, batch 3 and single images.  Compares its scratch
// sizes for growing batches.  `out` has n = 1.
Verdict examine(const BoundKernel& kernel, const BoundKernel& reference, const BoundKernel* magnitude, const Data& data, const Shape& out,
                const Tolerance& tolerance);

// Returns the dense output of one run on a batch of one; inputs and output without gaps.  For tests against known values.
Values run_once(const BoundKernel& kernel, const Data& data, const std::vector<Values>& inputs, const Shape& out);

bool available(Target target);

// Reports as doctest checks (harness_report.cpp); programs without doctest report by themselves.
void report_skipped(const std::string& kernel);
void report(const std::string& kernel, std::size_t index, const Data& data, const Shape& out, const Verdict& verdict);
void report_never_run(const std::string& kernel);

// Returns the shape of the case's result, n = 1.
template <class P> Shape out_of(const Case<P>& c) {
  std::vector<Shape> in = c.data.in;
  for (Shape& s : in) s.n = 1;
  return infer(c.op, in);
}

// Examines any kernel of the op, also one outside the table.  `magnitude` computes the magnitudes where the kernel's terms differ from the
// reference's; null: the reference.
template <class P> Verdict examine_case(const Kernel<P>& kernel, const Case<P>& c, const Kernel<P>* magnitude = nullptr) {
  const Kernel<P>& reference = **(std::end(kernels_of<P>) - 1);
  const BoundKernel by = bind(magnitude != nullptr ? *magnitude : reference, c.magnitude.value_or(c.op));
  return examine(bind(kernel, c.op), bind(reference, c.op), c.magnitude ? &by : nullptr, c.data, out_of(c), c.tolerance);
}

// Examines every kernel of the table that this machine can run, on every case.  Fails if a kernel accepted no case.
template <class P> void check_kernels(const std::vector<Case<P>>& cases, const Kernel<P>* (*magnitude_of)(const Kernel<P>&, const P&) = nullptr) {
  for (const Kernel<P>* k : kernels_of<P>) {
    if (!available(k->target)) {
      report_skipped(k->name);
      continue;
    }
    bool ran = false;
    for (std::size_t i = 0; i < cases.size(); i++) {
      if (is_left_out(i, ran)) continue;
      const Verdict v = examine_case(*k, cases[i], magnitude_of != nullptr ? magnitude_of(*k, cases[i].op) : nullptr);
      report(k->name, i, cases[i].data, out_of(cases[i]), v);
      ran = ran || v.ran;
    }
    if (!ran) report_never_run(k->name);
  }
}

// Calls f(name, dense output) for every kernel of the op's table that runs here and accepts the case, on given inputs.
template <class P, class F> void for_each_result(const P& op, const Data& data, const std::vector<Values>& inputs, F f) {
  const Shape out = infer(op, std::span<const Shape>(data.in));
  for (const Kernel<P>* k : kernels_of<P>) {
    if (!available(k->target)) continue;
    const Values y = run_once(bind(*k, op), data, inputs, out);
    if (!y.empty()) f(std::string(k->name), y);
  }
}

} // namespace pose::harness
