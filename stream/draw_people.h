// Draws the people of a frame of a stream, with their ids.
// SPDX-License-Identifier: MIT
#pragma once

#include "postprocess/render.h"
#include "results/frame_result.h"

namespace pose {

// Returns the image with skeletons, of the smoothed keypoints where there are any.  ids: also writes each person's id above the highest keypoint, in
// the color that belongs to the id.  Without people the image stays as it is.
BgrImage draw_people(const BgrImage& image, const std::vector<ResultPerson>& people, RenderStyle style, bool ids);

} // namespace pose
