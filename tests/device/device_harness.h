// device_harness: runs every kernel of an op's device table on a case and compares it with the op's CPU reference implementation.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/infer.h"
#include "ops/ops.h"
#include "tests/ops/harness.h"

#include <functional>

namespace pose::device_harness {

using harness::Data;
using harness::Values;
using harness::Verdict;

// Returns the allowed |got - want| of one element.  want: the reference's value on inputs and weights as the precision stores them; magnitude: the
// reference's value for |inputs| and |weights| (0 without Case::magnitude).
using Tolerance = std::function<double(Precision precision, double want, double magnitude)>;

Tolerance exact(); // values rounded once to the output's element
Tolerance moved(); // data movement and maxima, which keep stored values

// For a sum of `terms` products, with weights rounded once more where the precision stores fewer bits; then act, then one rounding to the output's
// element.
Tolerance sum_of(std::int64_t terms, const Act& act = kLinear);

// The same where all precisions compute in floats, as ops without weights do.
Tolerance float_sum_of(std::int64_t terms, const Act& act = kLinear, bool wide_out = false);

// An output in Layout::rows (yolo heads) is always f32.
template <class P> using Case = harness::BasicCase<P, Tolerance>;

// A device kernel bound to its parameters, so that the checks are not templates.
struct BoundDeviceKernel {
  std::string name;
  std::function<bool(const DeviceMaps&, Precision, const GpuInfo&)> accepts;
  std::function<std::int64_t(Precision)> packed_bytes;
  std::function<void(const RawWeights&, Precision, std::byte*)> pack;
  std::function<std::int64_t(const DeviceMaps&, const GpuInfo&)> scratch_bytes;
  std::function<void(const DeviceCall&)> run;
};

template <class P> BoundDeviceKernel bind(const DeviceKernel<P>& k, const P& op) {
  BoundDeviceKernel b;
  b.name = k.name;
  b.accepts = [&k, op](const DeviceMaps& m, Precision p, const GpuInfo& g) { return usable(k, op, m, p, g); };
  b.packed_bytes = [&k, op](Precision p) { return k.packed_bytes == nullptr ? 0 : k.packed_bytes(op, p); };
  b.pack = [&k, op](const RawWeights& w, Precision p, std::byte* packed) {
    if (k.pack != nullptr) k.pack(op, w, p, packed);
  };
  b.scratch_bytes = [&k, op](const DeviceMaps& m, const GpuInfo& g) { return k.scratch_bytes == nullptr ? 0 : k.scratch_bytes(op, m, g); };
  b.run = [&k, op](const DeviceCall& c) { k.run(op, c); };
  return b;
}

// The reference implementation of an op: dense NCHW inputs -> dense NCHW output (Layout::rows: [n][boxes][attributes]).  Reads n of data.in.
using Reference = std::function<Values(const Data& data, const std::vector<Values>& inputs)>;

// Runs all accepted precisions; the output alone and as channels of a wider map; batch 1 and 3; four schedules of the emulator.
Verdict examine(const BoundDeviceKernel& kernel, const Reference& reference, const Reference& magnitude, const Data& data, const Shape& out,
                const Tolerance& tolerance);

// Runs a CPU kernel on dense inputs and returns its dense output.
Values run_reference(const harness::BoundKernel& kernel, const Data& data, const std::vector<Values>& inputs, const Shape& out);

// Returns the last kernel of the op's CPU table, which is the reference implementation.
template <class P> Reference reference_of(const P& op) {
  return [kernel = harness::bind(**(std::end(kernels_of<P>) - 1), op), op](const Data& data, const std::vector<Values>& inputs) {
    Shape out = infer(op, std::span<const Shape>(data.in));
    if (data.in.empty()) out.n = harness::kBatch;
    return run_reference(kernel, data, inputs, out);
  };
}

// Examines every device kernel, or those that `which` selects, on every case.  Fails if a kernel accepted no case.
template <class P> void check_device_kernels(const std::vector<Case<P>>& cases, bool (*which)(const DeviceKernel<P>&) = nullptr) {
  for (const DeviceKernel<P>* k : device_kernels_of<P>) {
    if (which != nullptr && !which(*k)) continue;
    bool ran = false;
    for (std::size_t i = 0; i < cases.size(); i++) {
      if (harness::is_left_out(i, ran)) continue;
      const Case<P>& c = cases[i];
      std::vector<Shape> in = c.data.in;
      for (Shape& s : in) s.n = 1;
      const Shape out = infer(c.op, in);
      const Verdict v = examine(bind(*k, c.op), reference_of(c.op), c.magnitude ? reference_of(*c.magnitude) : Reference(), c.data, out, c.tolerance);
      harness::report(k->name, i, c.data, out, v);
      ran = ran || v.ran;
    }
    if (!ran) harness::report_never_run(k->name);
  }
}

} // namespace pose::device_harness
