// The JSON of a frame that the page reads.
// SPDX-License-Identifier: MIT
#pragma once

#include "results/frame_result.h"

#include <string>

namespace pose::serve {

// Returns one object: source, frame, time, width, height, detected, error, and people with id, score, box (x1, y1, x2, y2), keypoints (of each x, y,
// score), smooth (of each x, y; or null), and limbs (pairs of keypoints) where the keypoints are not COCO's.  Coordinates are rounded to 0.1 pixels;
// what is not finite is null; what is not UTF-8 is replaced.
std::string frame_json(const FrameResult& result);

} // namespace pose::serve
