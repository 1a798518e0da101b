// Resizing of 8-bit images.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/image.h"

namespace pose {

// Resizes as docs/spec.md, section 2: A = -0.75, pixel centers, replicated border, no antialiasing, float32 weights and sums, horizontal then
// vertical, round half to even.  h, w >= 1.
BgrImage resize_bicubic(const BgrImage& image, int h, int w);
// Resizes bilinearly with pixel centers and replicated border, rounded.
BgrImage resize_bilinear(const BgrImage& image, int h, int w);

} // namespace pose
