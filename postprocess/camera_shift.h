// The camera's motion, as far as it shows in how all people of a frame move alike.
// SPDX-License-Identifier: MIT
#pragma once

#include "postprocess/track.h"

#include <span>
#include <vector>

namespace pose {

// Returns the shift that most of the visible tracks and the people of a frame agree on, found by a vote of all pairs that look alike; nothing where
// too few agree.  For frames in which the predictions fail: the camera jumped, or the scene was cut.  `step` is the time since the last frame.
std::optional<Correction> common_jump(const std::vector<const TrackState*>& visible, const std::vector<std::optional<Observation>>& people,
                                      double step);

// Returns what the corrections of the tracks with people have in common: their median, where most of them are near it.  `size` is the people's median
// size in pixels.
std::optional<Correction> common_correction(std::span<const Correction> corrections, double size);

double median(std::vector<double> values); // the upper one of two; values must not be empty

} // namespace pose
