// Person crops: box -> affine map -> pose network input (docs/spec.md, section 5).
// SPDX-License-Identifier: MIT
#pragma once

#include "image/image.h"
#include "tensor/shape.h"

#include <array>

namespace pose {

struct Box {
  float x1 = 0, y1 = 0, x2 = 0, y2 = 0; // pixels of the picture
};

struct Point {
  float x = 0, y = 0;
};

// The box enlarged and clipped to the picture; stays un-truncated for the way back (section 8).
struct CropBox {
  Point pt1, pt2;
};

enum class CropRule { demo, webcam };

CropBox enlarge(const Box& box, int h, int w, CropRule rule = CropRule::demo);

// How pixels become numbers: (v / 255 - mean) / std in R, G, B order; a picture whose largest byte is <= 1 is not divided by 255.
struct CropNormalise {
  std::array<float, 3> mean{}, std{1, 1, 1};
};

// Does the picture have a byte above 1?
bool has_levels(const BgrImage& image);

// Where a crop lies in the picture and how the network input maps to it.
struct CropGeometry {
  // Source pixel of input pixel (x, y): (m[0] x + m[1] y + m[2], m[3] x + m[4] y + m[5]).  A similarity with a tiny rotation.
  std::array<double, 6> to_picture{};
  int u0 = 0, v0 = 0, u1 = 0, v1 = 0; // the box in whole pixels, inclusive; what lies outside it counts as 0
};

// For a network input of h x w.
CropGeometry crop_geometry(const CropBox& box, int h, int w);

// Writes the crop to picture n of a network input: warpAffine of OpenCV 3/4 (1/32-pixel bilinear) to view.shape.h x w, 0 outside the box after
// normalising.
void crop(const BgrImage& image, const CropBox& box, const CropNormalise& normalise, View<float> input, int n);

} // namespace pose
