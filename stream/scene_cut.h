// SceneCut: finds the frames at which a clip changes to another scene.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/image.h"

#include <array>

namespace pose {

// Compares coarse color grids of consecutive frames.  A cut is a mean difference above kLeast that is also several times the usual one, so that
// neither noise nor a moving camera is a cut.
class SceneCut {
public:
  static constexpr int kSide = 16;    // the grid has kSide x kSide cells
  static constexpr float kLeast = 18; // mean difference of two scenes, in levels of 0 to 255
  static constexpr float kTimesUsual = 4;

  // Returns whether `image` begins another scene than the frame of the call before.  The first frame begins none.
  bool update(const BgrImage& image);

private:
  using Grid = std::array<float, std::size_t(kSide* kSide * 3)>;
  static Grid grid_of(const BgrImage& image);

  Grid last_{};
  int h_ = 0, w_ = 0;
  float usual_ = 0; // running mean of the differences within a scene
};

} // namespace pose
