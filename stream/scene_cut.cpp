// Implements scene_cut.h.
// SPDX-License-Identifier: MIT
#include "stream/scene_cut.h"

#include <algorithm>
#include <cmath>

namespace pose {
namespace {

constexpr int kSamples = 4;                 // pixels read per cell, along a side
constexpr float kNewDifference = 1.0f / 16; // weight of a new difference in the usual one

} // namespace

SceneCut::Grid SceneCut::grid_of(const BgrImage& image) {
  Grid grid{};
  constexpr int kPoints = kSide * kSamples;
  for (int y = 0; y < kPoints; y++) {
    const std::uint8_t* row = image.row(int(std::int64_t(y) * image.h / kPoints));
    for (int x = 0; x < kPoints; x++) {
      const std::uint8_t* pixel = row + std::int64_t(x) * image.w / kPoints * 3;
      float* cell = &grid[std::size_t(y / kSamples * kSide + x / kSamples) * 3];
      for (int c = 0; c < 3; c++) cell[c] += float(pixel[c]) / (kSamples * kSamples);
    }
  }
  return grid;
}

bool SceneCut::update(const BgrImage& image) {
  if (image.h == 0 || image.w == 0) return false;
  const Grid grid = grid_of(image);
  const bool first = h_ == 0, resized = !first && (image.h != h_ || image.w != w_);
  float difference = 0;
  for (std::size_t i = 0; i < grid.size(); i++) difference += std::abs(grid[i] - last_[i]) / float(grid.size());
  const bool cut = resized || (!first && difference > kLeast && difference > kTimesUsual * usual_);
  if (!first && !cut) usual_ += (difference - usual_) * kNewDifference;
  last_ = grid;
  h_ = image.h;
  w_ = image.w;
  return cut;
}

} // namespace pose
