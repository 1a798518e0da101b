// Error bounds: the largest difference between an element that a float32 kernel computed and the exact one.  For tests and `layers diff`.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/ops.h"

#include <span>

namespace pose {

inline constexpr double kRounding = 0x1p-24; // unit roundoff of float32

// Bounds the error of a sum of `terms` products or terms, in any order.  Each rounding is a factor of at most 1 + 2^-24.
// magnitude is the sum of |terms|.
inline double sum_bound(double terms, double magnitude) {
  return (terms + 4) * kRounding * magnitude;
}

// Bounds the error of act: the figure that ops/vec/f32x8.h documents for an exact argument, plus one more rounding.
double act_bound(const Act& act, double want);

// One element of an op's result.
struct ExactElement {
  int channel = 0;      // in YOLO outputs: the attribute
  double want = 0;      // exact, or nearly exact
  double magnitude = 0; // the op without activations on |inputs| and |parameters|: the sum of |terms|; not read for ops that only move data
};

// Bounds the error of one element of an op whose inputs have these shapes.  Returns 0 for ops that move data and for maxima.
// For a Winograd kernel, pass the magnitude that ops/conv2d/winograd/magnitude.h computes.
double rounding_bound(const Op& op, std::span<const Shape> in, const ExactElement& element);

// Bounds the error of a layer that ends a chain of `depth` rounded layers, itself included: about depth * 2^-24 of its scale.
// The scale is its largest |value|.  The factor covers the sums within a layer (K terms give sqrt(K) to K roundings).
double inherited_bound(int depth, double scale);

} // namespace pose
