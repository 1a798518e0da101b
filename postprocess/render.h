// Draws skeletons on images (docs/spec.md, section 11).
// SPDX-License-Identifier: MIT
#pragma once

#include "postprocess/pose_nms.h"

namespace pose {

enum class RenderStyle { dense, fast };

// Returns the image with skeletons.  dense: translucent keypoints and limbs at half size, resized back to full size; fast: opaque circles and lines.
BgrImage render(const BgrImage& image, const std::vector<Person>& people, RenderStyle style);

} // namespace pose
