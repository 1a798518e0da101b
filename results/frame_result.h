// FrameResult: all that is known of one image, or of one frame of a clip or camera.
// SPDX-License-Identifier: MIT
#pragma once

#include "postprocess/pose_nms.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace pose {

struct ResultPerson {
  Person person;
  int id = 0;                                 // of its track, from 1; 0: not tracked
  std::optional<PerJoint<Point>> smooth = {}; // smoothed keypoints
};

struct FrameResult {
  std::string source;              // path or URL, "-" for standard input, "webcam:0" for a camera
  std::int64_t frame = 0;          // index of the frame in its source, from 0, counted before --step; 0 for an image
  std::optional<double> time = {}; // seconds from the start of the source; none for an image
  int width = 0, height = 0;       // pixels
  std::string key;                 // of content and settings (results/key.h)
  std::string error;               // "": none
  bool detected = true;            // false: the boxes came from motion, not from the detector
  std::vector<ResultPerson> people;
};

} // namespace pose
