// When two poses are the same person, for pose NMS.
// SPDX-License-Identifier: MIT
#pragma once

#include "postprocess/pose_nms.h"

namespace pose {

float distance(Point a, Point b);
// Adds in torch's order, so that the last bit, and with it the JSON, equals the original's.
float torch_sum(const PerJoint<float>& values);
// Returns a share of the detector box's longer side.
float reference_distance(const Box& box, const NmsRule& rule);

// Returns whether q is the same person as p.  remaining: the number of candidates that p is compared with.
bool is_same_person(const Candidate& p, const Candidate& q, std::size_t remaining, const NmsRule& rule);

} // namespace pose
