// Models and images of the tests of the public interface.
// SPDX-License-Identifier: MIT
#pragma once

#include <alphapose/pose.h>

#include "tests/temp_dir.h"

#include <algorithm>
#include <cstdint>
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

// Writes a pose network of one convolution, whose heatmaps are the keypoints of halpe26.
inline std::string write_halpe(const std::filesystem::path& folder) {
  constexpr int kMaps = 26;
  std::vector<float> values(kMaps * 3 * 4 * 4 + kMaps);
  for (std::size_t i = 0; i < values.size(); i++) values[i] = float(i * 7919 % 101) / 1000;
  const std::string graph = R"({\"format\":1,\"title\":\"halpe\",\"nodes\":[{\"name\":\"data\",\"op\":\"input\",\"inputs\":[],\"params\":[],)"
                            R"(\"shape\":{\"n\":1,\"h\":64,\"w\":48,\"c\":3}},{\"name\":\"maps\",\"op\":\"conv2d\",\"inputs\":[\"data\"],)"
                            R"(\"params\":[\"w\",\"b\"],\"in_c\":3,\"out_c\":26,\"kernel_h\":4,\"kernel_w\":4,\"stride_h\":4,\"stride_w\":4,)"
                            R"(\"pad_top\":0,\"pad_left\":0,\"pad_bottom\":0,\"pad_right\":0,\"groups\":1,\"bias\":true,)"
                            R"(\"act\":{\"kind\":\"linear\",\"slope\":0},\"residual\":false,\"post\":{\"kind\":\"linear\",\"slope\":0}}],)"
                            R"(\"outputs\":[\"maps\"],\"pose\":{\"mean\":[0,0,0],\"std\":[1,1,1],\"joints\":26,\"keypoints\":\"halpe26\",)"
                            R"(\"crop\":\"centered\",\"decode\":\"maxima\"}})";
  std::string header = R"({"__metadata__":{"graph":")" + graph + R"("},"w":{"dtype":"F32","shape":[26,3,4,4],"data_offsets":[0,4992]},)" +
                       R"("b":{"dtype":"F32","shape":[26],"data_offsets":[4992,5096]}})";
  header.resize((header.size() + 7) / 8 * 8, ' ');
  const std::uint64_t size = header.size();
  const std::filesystem::path path = folder / "halpe.safetensors";
  std::ofstream file(path, std::ios::binary);
  file.write(reinterpret_cast<const char*>(&size), sizeof size);
  file << header;
  file.write(reinterpret_cast<const char*>(values.data()), std::streamsize(values.size() * sizeof(float)));
  return path.string();
}

// Returns options with that detector.  The files are needed only until an object is made.
inline PoseOptions small_pose(const pose::testing::TempDir& dir) {
  return {.detector = write_detector(dir.path()), .network = "pose-nano", .input_size = kSide, .people_per_run = 3, .device = cpu()};
}

} // namespace alphapose::testing
