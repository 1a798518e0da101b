// Writes the clips of test_video.py into the folder $POSE_CLIPS.
// SPDX-License-Identifier: MIT
#include "tests/video/clips.h"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace pose;
using namespace pose::testing;

namespace {

// Colored noise that moves: all neighborhoods differ, so that no heatmap has two equal maxima.
BgrImage noise(int h, int w, int shift) {
  BgrImage image(h, w);
  for (int y = 0; y < h; y++) {
    for (int x = 0; x < 3 * w; x++) {
      const int u = x / 3 + 3 * shift, v = y + shift;
      image.row(y)[x] = std::uint8_t(u * u * 7 + v * v * 13 + u * v * 3 + x % 3 * 50);
    }
  }
  return image;
}

} // namespace

TEST_CASE("the clips are written") {
  const char* const folder = std::getenv("POSE_CLIPS");
  REQUIRE(folder != nullptr);
  const auto write = [&](const char* name, Clip clip) {
    clip.draw = [h = clip.h, w = clip.w](int frame) { return noise(h, w, frame); };
    make_clip((std::filesystem::path(folder) / name).string(), clip);
  };
  write("plain.mp4", {.w = 96, .h = 80, .stamps = steady(40)});
  write("long.mp4", {.w = 96, .h = 80, .stamps = steady(400)});
  write("sound.mp4", {.w = 96, .h = 80, .stamps = steady(60), .sound = "aac", .sound_seconds = 2.4});
  write("one.mp4", {.stamps = steady(1)});
  write("dot.mkv", {.codec = "ffv1", .pixels = "bgr0", .w = 1, .h = 1, .stamps = steady(5)});
  write("small.ts", {.codec = "mpeg2video", .w = 64, .h = 48, .stamps = steady(20)});
  write("large.ts", {.codec = "mpeg2video", .w = 96, .h = 80, .stamps = steady(20)});
  write("sound_only.mp4", {.sound = "aac", .sound_seconds = 1, .video = false});
}
