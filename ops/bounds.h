// Bounds: how far an element that a float32 kernel computed may be from the exact one, for tests and `layers diff`.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/ops.h"

#include <span>

namespace pose {

inline constexpr double kRounding = 0x1p-24; // unit roundoff of float32

// A sum of `terms` products, or of terms, in any order: each rounding is a factor of at most 1 + 2^-24.  magnitude: the sum of |terms|.
inline double sum_bound(double terms, double magnitude) {
  return (terms + 4) * kRounding * magnitude;
}

// The error that ops/vec/f32x8.h documents for act on an exact argument, with room for one more rounding.
double act_bound(const Act& act, double want);

// One element of an op's result.
struct ExactElement {
  int channel = 0;      // of rows: the attribute
  double want = 0;      // exact, or nearly
  double magnitude = 0; // the op's value without activations on |inputs| and |parameters|: the sum of |terms|.  Not read for ops that only move data
};

// For one op from inputs of these shapes.  0 for ops that move data and for maxima.  For a kernel of Winograd's take what
// conv2d_winograd_magnitude.h computes as the magnitude.
double rounding_bound(const Op& op, std::span<const Shape> in, const ExactElement& element);

// A layer with `depth` rounded layers up to it, itself included, may be off by some depth * 2^-24 of its own scale, its largest |value|; the factor
// covers the sums within a layer (K terms give sqrt(K) to K roundings).
double inherited_bound(int depth, double scale);

} // namespace pose
