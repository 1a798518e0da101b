// Models and images of the tests of the public interface.
// SPDX-License-Identifier: MIT
#pragma once

#include <alphapose/pose.h>

#include "tests/temp_dir.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace alphapose::testing {

inline constexpr int kSide = 64;
inline constexpr const char* kDetector = "yolov3-tiny@random"; // finds no object

inline DeviceOptions cpu(int threads = 1) {
  return {.device = "cpu", .threads = threads};
}

inline std::vector<std::uint8_t> noise(std::size_t bytes) {
  std::vector<std::uint8_t> pixels(bytes);
  for (std::size_t i = 0; i < bytes; i++) pixels[i] = std::uint8_t(i * 2654435761u >> 13);
  return pixels;
}

// Writes a detector that finds a person in each of 2 x 2 cells, for any image.
inline std::string write_detector(const std::filesystem::path& folder) {
  std::ofstream(folder / "cells.cfg")
      << "[net]\nwidth=64\nheight=64\nchannels=3\n\n[convolutional]\nfilters=18\nsize=32\nstride=32\npad=0\nactivation=linear\n"
         "\n[yolo]\nmask=0\nanchors=24,24\nclasses=13\nnum=1\n";
  std::ofstream weights(folder / "cells.weights", std::ios::binary);
  const std::int32_t version[3] = {0, 2, 0};
  const std::int64_t seen = 0;
  std::vector<float> values(18 + 18 * 3 * 32 * 32); // bias, weights
  std::fill_n(values.begin() + 6, 12, -6.0f);
  values[4] = 4; // objectness
  values[5] = 3; // person
  weights.write(reinterpret_cast<const char*>(version), sizeof version);
  weights.write(reinterpret_cast<const char*>(&seen), sizeof seen);
  weights.write(reinterpret_cast<const char*>(values.data()), std::streamsize(values.size() * sizeof(float)));
  return (folder / "cells.cfg").string();
}

// Returns options with that detector.  The files are needed only until an object is made.
inline PoseOptions small_pose(const pose::testing::TempDir& dir) {
  return {.detector = write_detector(dir.path()), .network = "pose-nano", .input_size = kSide, .people_per_run = 3, .device = cpu()};
}

} // namespace alphapose::testing
