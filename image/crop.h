// Person crops: box -> affine map -> pose network input (docs/spec.md, section 5).
// SPDX-License-Identifier: MIT
#pragma once

#include "image/image.h"
#include "tensor/shape.h"

#include <array>
#include <optional>

namespace pose {

struct Box {
  float x1 = 0, y1 = 0, x2 = 0, y2 = 0; // pixels of the image
};

struct Point {
  float x = 0, y = 0;
};

// A part of the image with the aspect ratio of the network input, whose surroundings are seen (section 21).
struct Region {
  Point center;
  float width = 0, height = 0; // pixels of the image
  float angle = 0;             // by which it is turned clockwise, in radians
};

// The box enlarged and clipped to the image.  It stays in fractions of a pixel, for the map back (section 8).
struct CropBox {
  Point pt1, pt2;
  std::optional<Region> region = {}; // instead of the box
};

enum class CropRule { demo, webcam };

CropBox enlarge(const Box& box, int h, int w, CropRule rule = CropRule::demo);

// Returns 1.25 times the box, widened to the aspect ratio of a network input of h x w.
CropBox centered(const Box& box, int h, int w);
// Returns the crop of a region; pt1 and pt2 are corners of what it would be without its angle.
CropBox crop_of(const Region& region);

// Normalization of pixels: (v / 255 - mean) / std in R, G, B order.  An image whose largest byte is <= 1 is not divided by 255.
struct CropNormalize {
  std::array<float, 3> mean{}, std{1, 1, 1};
};

// Returns whether the image has a byte above 1.
bool has_levels(const BgrImage& image);

// Position of a crop in the image, and the map from network input to image.
struct CropGeometry {
  // Source pixel of input pixel (x, y): (m[0] x + m[1] y + m[2], m[3] x + m[4] y + m[5]).  A similarity with a tiny rotation.
  std::array<double, 6> to_image{};
  int u0 = 0, v0 = 0, u1 = 0, v1 = 0; // the box in whole pixels, inclusive; pixels outside count as 0
  bool bytes = false;                 // of a region: values are rounded to bytes before they are normalized, and outside of the image there is black
};

// Returns the geometry for a network input of h x w.
CropGeometry crop_geometry(const CropBox& box, int h, int w);

// Writes the crop to image n of a network input of view.shape.h x w.  The warp is warpAffine of OpenCV 3/4 (1/32-pixel bilinear).  Pixels outside the
// box are 0 after normalization, those outside a region are seen.
void crop(const BgrImage& image, const CropBox& box, const CropNormalize& normalize, View<float> input, int n);

} // namespace pose
