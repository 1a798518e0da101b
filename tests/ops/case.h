// Test cases of an op, shared by the harnesses for CPU kernels (harness.h) and for device kernels (tests/device/device_harness.h).
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/shape.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace pose::harness {

using Values = std::vector<float>;

inline constexpr int kBatch = 3; // images of a case

// The part of a case that does not depend on the op.
struct Data {
  std::vector<Shape> in = {};       // n is not read: all runs have up to kBatch images
  std::vector<Values> weights = {}; // RawWeights::tensors
  Values scale = {}, shift = {};    // RawWeights; empty: null
  Layout layout = Layout::blocked;  // of the inputs; not read for device kernels
  Layout out_layout = Layout::blocked;
  int halo = 0;             // pixels of zeros around the inputs, and one more in a second run; not read for device kernels
  bool wide_out = false;    // the output is f32 in all precisions; read for device kernels only
  float low = -1, high = 1; // range of the inputs
  bool special = false;     // scatters NaN, infinities, zeros, denormals and huge numbers over the inputs
};

// T: the harness's type of tolerances.
template <class P, class T> struct BasicCase {
  P op;
  Data data;
  T tolerance = {};                // empty: the harness's exact()
  std::optional<P> magnitude = {}; // the op without its activations, where `tolerance` needs a magnitude
};

// The result of one kernel on one case.
struct Verdict {
  bool ran = false;                // false: the kernel accepts no run of this case
  std::vector<std::string> faults; // one line each; empty: no fault
};

Shape with_n(Shape s, int n);

// Returns the same values for the same seed, in [low, high).
Values random_values(std::int64_t count, unsigned seed, float low = -1, float high = 1);

// Writes `count` values of `special`, in turn, to every seventh element of v; starts again at the front where v is too short.
void scatter(Values& v, std::span<const float> special, std::size_t count);

Values absolute(Values v);

// Replaces weights, scale and shift by their absolute values.
Data with_absolute_weights(Data d);

// Returns whether a harness leaves out the case of this index for a kernel that has run other cases.  Under a sanitizer, which is ten times slower,
// it leaves out two of three.
bool is_left_out(std::size_t index, bool ran);

} // namespace pose::harness
