// Clips that tests make with FFmpeg's libraries, and images whose number survives lossy coding.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/image.h"
#include "video/reader.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace pose::testing {

// Returns an image of 4 x 3 blocks, black or white, that show the 12 bits of a number.
BgrImage numbered(int h, int w, int number);
// Reads the number from such an image.
int number_of(const BgrImage& image);
// Returns an image with four quarters: red, green; blue, white.
BgrImage quarters(int h, int w);
// Returns the letters of the quarters' colors (R, G, B, W; ? for others), row by row: "RGBW" for quarters().
std::string quarters_of(const BgrImage& image);
// Returns an image of one color.
BgrImage plain(int h, int w, int blue, int green, int red);
// Returns the largest difference of a byte from that color.
int farthest(const BgrImage& image, int blue, int green, int red);

struct Clip {
  std::string codec = "mpeg4";
  std::string pixels = "yuv420p";
  std::string format = {}; // of the container; "": by the extension
  int w = 64, h = 48;
  std::string muxer = {};                // options, such as "movflags=faststart"
  std::vector<std::int64_t> stamps = {}; // of the frames, in milliseconds
  int ticks = 0;                         // a second, of the time base; 0: 1000
  int key_every = 12, b_frames = 0;
  std::optional<std::vector<std::int32_t>> matrix = {}; // display matrix: a b c d
  int colorspace = 2, range = 0;                        // AVColorSpace and AVColorRange; unspecified
  std::string sound = {};                               // encoder; "": none
  double sound_seconds = 0;
  std::function<BgrImage(int frame)> draw = {}; // default: numbered()
  bool video = true;                            // false: only sound
  bool cover = false;                           // the video stream is one JPEG image, marked as a cover
};

// Returns `count` stamps of a constant rate.
std::vector<std::int64_t> steady(int count, int milliseconds = 40);

// Writes the clip.
void make_clip(const std::string& path, const Clip& clip);

// Returns whether FFmpeg has this encoder.
bool has_encoder(const std::string& name);

struct Seen {
  std::vector<int> numbers;
  std::vector<std::int64_t> indices;
  std::vector<double> times;
  std::vector<std::string> sizes;
  std::string error;
  std::int64_t broken = 0;
};
// Reads frames up to the end or an error.
Seen read_all(VideoReader& reader);
Seen read_all(const std::string& source, const VideoOptions& options = {});

// Returns the times, in milliseconds and rounded, at which packets of sound begin in a file, and the name of its codec.
struct Sound {
  std::string codec;
  std::vector<int> times;
};
Sound sound_of(const std::string& path);

} // namespace pose::testing
