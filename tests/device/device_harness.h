// device_harness: runs every kernel of an op's device table on a case and compares it with the op's reference on the CPU.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/infer.h"
#include "ops/ops.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace pose::device_harness {

using Values = std::vector<float>;

// Allowed |got - want| of one element: want is the reference's value on the inputs and weights as the precision stores them, magnitude the
// reference's value for |inputs| and |weights| (0 without `magnitude`).
using Tolerance = std::function<double(Precision precision, double want, double magnitude)>;

Tolerance exact(); // values rounded once to the output's element
Tolerance moved(); // data movement and maxima: values that were stored before

// A sum of `terms` products, weights rounded once more where the precision stores fewer bits, then act, then one rounding to the output's element.
Tolerance sum_of(std::int64_t terms, const Act& act = kLinear);

// The same where all precisions compute in floats, as ops without weights do.
Tolerance float_sum_of(std::int64_t terms, const Act& act = kLinear, bool wide_out = false);

struct Data {
  std::vector<Shape> in = {};       // n is not read
  std::vector<Values> weights = {}; // RawWeights::tensors
  Values scale = {}, shift = {};    // RawWeights; empty: null
  bool rows = false;                // the output is rows (yolo heads), always f32
  bool wide_out = false;            // the output is f32 whatever the precision
  float low = -1, high = 1;         // range of the inputs
  bool special = false;             // scatters NaN, infinities, zeros, denormals and huge numbers over the inputs
};

template <class P> struct Case {
  P op;
  Data data;
  Tolerance tolerance = exact();
  std::optional<P> magnitude = {}; // the op without its activations, where `tolerance` wants a magnitude
};

// A device kernel with its parameters bound, so that the checking is no template.
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

// The op's definition: dense NCHW inputs and weights -> dense NCHW output (rows: [n][boxes][attributes]) for pictures of shape `in`.
using Reference = std::function<Values(const std::vector<Shape>& in, const std::vector<Values>& inputs, const std::vector<Values>& weights,
                                       const Values& scale, const Values& shift)>;

struct Verdict {
  bool ran = false;                // false: it accepts no precision of this case
  std::vector<std::string> faults; // one line each
};

// All precisions that it accepts; the output alone and as channels of a wider map; batch 1 and 3; four schedules of the emulator.  fp32: batch 3
// equals single pictures to the bit.
Verdict examine(const BoundDeviceKernel& kernel, const Reference& reference, const Reference& magnitude, const Data& data, const Shape& out,
                const Tolerance& tolerance);

void report(const std::string& kernel, std::size_t index, const Data& data, const Shape& out, const Verdict& verdict); // doctest checks
void report_never_run(const std::string& kernel);

// The reference kernel of the op's CPU table.
template <class P> Reference reference_of(const P& op);
Values run_reference(const std::function<void(const Call&)>& run, const std::function<std::int64_t()>& packed_floats,
                     const std::function<void(const RawWeights&, float*)>& pack, const std::vector<Shape>& in, const std::vector<Values>& inputs,
                     const std::vector<Values>& weights, const Values& scale, const Values& shift, const Shape& out, bool rows);

template <class P> Reference reference_of(const P& op) {
  return [op](const std::vector<Shape>& in, const std::vector<Values>& inputs, const std::vector<Values>& weights, const Values& scale,
              const Values& shift) {
    const auto& table = kernels_of<P>;
    const Kernel<P>& k = **(std::end(table) - 1);
    return run_reference([&](const Call& c) { k.run(op, c); }, [&] { return k.packed_floats == nullptr ? 0 : k.packed_floats(op); },
                         [&](const RawWeights& w, float* to) {
                           if (k.pack != nullptr) k.pack(op, w, to);
                         },
                         in, inputs, weights, scale, shift, infer(op, in), std::is_same_v<P, YoloHead>);
  };
}

// Examines every device kernel, or those that `which` names, on every case, and fails if one of them accepted none.
template <class P> void check_device_kernels(const std::vector<Case<P>>& cases, bool (*which)(const DeviceKernel<P>&) = nullptr) {
  for (const DeviceKernel<P>* k : device_kernels_of<P>) {
    if (which != nullptr && !which(*k)) continue;
    bool ran = false;
    for (std::size_t i = 0; i < cases.size(); i++) {
      const Case<P>& c = cases[i];
      std::vector<Shape> in = c.data.in;
      for (Shape& s : in) s.n = 1;
      const Shape out = infer(c.op, in);
      const Verdict v = examine(bind(*k, c.op), reference_of(c.op), c.magnitude ? reference_of(*c.magnitude) : Reference(), c.data, out, c.tolerance);
      report(k->name, i, c.data, out, v);
      ran = ran || v.ran;
    }
    if (!ran) report_never_run(k->name);
  }
}

} // namespace pose::device_harness
