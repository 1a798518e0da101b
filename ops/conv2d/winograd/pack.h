// Packs the weights of the Winograd kernels of conv2d, untransformed.  Plain data, safe in ISA-specific files.
// SPDX-License-Identifier: MIT
//
// Transformed weights are 4 times (F(4x4)) to 5 times (F(5x5)) as many, 9 times with stride 2.  In memory they would be the program's largest data,
// and a deep layer would wait for them.  Transforming them in every run, in the cache, costs less than fetching them.
#pragma once

#include "ops/conv2d/pack.h"

namespace pose {

// Layout: [panel][input channel][3 x 3][width], then the shift [panel][width].  Input channels are padded to whole blocks with zeros.
struct WinogradWeights {
  int width = 0; // output channels per panel
  int panels = 0;
  int inputs = 0; // channels, a multiple of kLanes

  POSE_INLINE std::int64_t panel_floats() const { return std::int64_t(inputs) * 9 * width; }
  POSE_INLINE std::int64_t shift_at() const { return panels * panel_floats(); }
};

WinogradWeights winograd_weights(const Conv2d& op, int width);
std::int64_t winograd_packed_floats(const WinogradWeights& layout);
void pack_winograd(const Conv2d& op, const WinogradWeights& layout, const RawWeights& raw, float* packed);

} // namespace pose
