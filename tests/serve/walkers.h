// Results for tests: people who walk through the image.
// SPDX-License-Identifier: MIT
#pragma once

#include "results/frame_result.h"

#include <cmath>

namespace pose::testing {

// Returns frame `index` of a clip with 25 frames/s, 320 x 240, and `count` people.
inline FrameResult walkers(std::int64_t index, int count, const std::string& source = "walk.mp4") {
  FrameResult frame;
  frame.source = source;
  frame.frame = index;
  frame.time = double(index) / 25;
  frame.width = 320;
  frame.height = 240;
  frame.key = "0123456789abcdef";
  for (int i = 0; i < count; i++) {
    ResultPerson one;
    one.id = i + 1;
    const float x = 40 + 60 * float(i) + 10 * std::sin(float(index) / 10), y = 60;
    for (std::size_t k = 0; k < kJoints; k++) {
      one.person.joints[k] = {x + float(k % 2) * 12, y + float(k) * 8};
      one.person.scores[k] = 0.9f;
    }
    one.person.proposal_score = 2.5f;
    one.person.box = {x - 10, y - 10, x + 30, y + 150};
    one.smooth = one.person.joints;
    frame.people.push_back(one);
  }
  return frame;
}

} // namespace pose::testing
