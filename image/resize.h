// Resizing of 8-bit pictures.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/image.h"

namespace pose {

// docs/spec.md, section 2: A = -0.75, pixel centres, replicated border, no antialias, float32 weights and sums, horizontal then vertical,
// round half to even.  h, w >= 1.
BgrImage resize_bicubic(const BgrImage& image, int h, int w);
// Bilinear with pixel centres and replicated border, rounded.
BgrImage resize_bilinear(const BgrImage& image, int h, int w);

} // namespace pose
