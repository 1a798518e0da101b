// Skeletons on pictures (docs/spec.md, section 11).
// SPDX-License-Identifier: MIT
#pragma once

#include "postprocess/pose_nms.h"

namespace pose {

enum class RenderStyle { dense, fast };

// dense: translucent joints and limbs at half size, back to full size; fast: opaque circles and lines.
BgrImage render(const BgrImage& image, const std::vector<Person>& people, RenderStyle style);

} // namespace pose
