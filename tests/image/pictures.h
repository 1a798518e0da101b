// Images and image files that the tests of this folder generate.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/image.h"

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace pose::test {

using Bytes = std::vector<std::uint8_t>;

// A deterministic source of noise.
class Noise {
public:
  explicit Noise(std::uint32_t seed) : state_(seed * 2654435761u + 1) {}
  std::uint32_t next() {
    state_ ^= state_ << 13;
    state_ ^= state_ >> 17;
    return state_ ^= state_ << 5;
  }
  int below(int n) { return int(next() % std::uint32_t(n)); }

private:
  std::uint32_t state_;
};

BgrImage noise_image(int h, int w, std::uint32_t seed);
BgrImage smooth_image(int h, int w); // survives JPEG
std::vector<float> as_floats(const BgrImage& image);

// The kinds of JPEG.  samples: components of a pixel (1 gray, 3 BGR, 4 CMYK), h * w of them.
struct JpegRecipe {
  int components = 3;
  bool progressive = false;
  bool ycck = false;
};
Bytes make_jpeg(const Bytes& samples, int h, int w, const JpegRecipe& recipe);

// Returns the TIFF block of an EXIF segment with one other entry and the orientation.
Bytes make_tiff(int orientation, bool big_endian);
// Returns the JPEG with an APP1 segment "Exif" after its start marker.
Bytes with_exif(const Bytes& jpeg, const Bytes& tiff);

// The kinds of PNG.  sample(y, x, channel) < 2^depth.
struct PngRecipe {
  int depth = 8, color = 2; // color type as in the PNG specification: 0 gray, 2 RGB, 3 palette, 4 gray + alpha, 6 RGB + alpha
  bool interlaced = false;
  Bytes palette;                 // PLTE
  Bytes transparency;            // tRNS
  Bytes exif_before, exif_after; // eXIf before and after the image data
};
using Sample = std::function<int(int y, int x, int channel)>;
Bytes make_png(int h, int w, const PngRecipe& recipe, const Sample& sample);
// Corrects the checksum of every chunk that can be found.
void fix_checksums(Bytes& png);

// The kinds of BMP.  pixel(y, x) < 2^bits.
struct BmpRecipe {
  std::uint32_t bits = 24, header = 40; // bytes of the header after the file's: 12 has sizes of 16 bits
  bool top_down = false;
  std::uint32_t compression = 0;    // 1 and 2: runs, 3: masks
  std::vector<std::uint32_t> masks; // red, green, blue
  Bytes palette;                    // B, G, R of each color
  Bytes runs;                       // in place of pixels
};
using BmpPixel = std::function<std::uint32_t(int y, int x)>;
Bytes make_bmp(int h, int w, const BmpRecipe& recipe, const BmpPixel& pixel);

// Returns a file of fuzz/corpus.
Bytes corpus_file(const std::string& name);
// Returns the names of the files in a folder of fuzz/corpus.
std::vector<std::string> corpus_names(const std::string& folder);

} // namespace pose::test
