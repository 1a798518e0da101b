// simcc_head: decodes keypoints that are two classifications, of the column and of the row (SimCC, arXiv:2107.03332; RTMPose, arXiv:2303.07399).
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/device_kernel.h"
#include "ops/kernel.h"

#include <span>

namespace pose {

// Inputs: columns and rows, each one row of k pixels, the keypoints; the channels are bins that divide the width or the height of the network's
// input. Result: one row of three pixels with k channels: x and y in pixels of the net_w x net_h input, and the score. x = net_w / bins * (first bin
// with the largest value), y alike; score = the smaller of the two values.  A NaN counts as the largest value. A score that is not above 0 gives x =
// y = 0.
struct SimccHead {
  int net_w = 0, net_h = 0;
};

Shape infer(const SimccHead& op, std::span<const Shape> in);
std::int64_t macs(const SimccHead& op, std::span<const Shape> in, const Shape& out);

// Decodes one keypoint into (x, y, score).  get_column(i), get_row(i): the value of bin i
template <class X, class Y> POSE_INLINE void decode_simcc(const SimccHead& op, int columns, int rows, X get_column, Y get_row, float (&out)[3]) {
  const auto best_of = [](int bins, const auto& get, float& best) {
    int at = 0;
    best = get(0);
    for (int i = 1; i < bins && best == best; i++) {
      const float v = get(i);
      if (v > best || v != v) best = v, at = i;
    }
    return at;
  };
  float of_column, of_row;
  const int column = best_of(columns, get_column, of_column), row = best_of(rows, get_row, of_row);
  const float score = of_column != of_column || of_column < of_row ? of_column : of_row;
  const bool placed = !(score <= 0);
  out[0] = placed ? float(column) * (float(op.net_w) / float(columns)) : 0.0f;
  out[1] = placed ? float(row) * (float(op.net_h) / float(rows)) : 0.0f;
  out[2] = score;
}

extern const Kernel<SimccHead> simcc_head_ref;
inline constexpr const Kernel<SimccHead>* simcc_head_kernels[] = {
    &simcc_head_ref, // some thousand comparisons; no faster one is needed
};

extern const DeviceKernel<SimccHead> simcc_head_cuda;
inline constexpr const DeviceKernel<SimccHead>* simcc_head_device_kernels[] = {&simcc_head_cuda};

} // namespace pose
