// Drawing primitives on 8-bit pictures, in OpenCV's geometry (integer centres, thickness in pixels), clipped to the picture.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/image.h"

#include <array>
#include <span>
#include <string>

namespace pose {

using Colour = std::array<std::uint8_t, 3>; // B, G, R

struct Pixel {
  int x = 0, y = 0;
};

void fill_circle(BgrImage& image, Pixel centre, int radius, Colour colour);      // reaches from centre - radius to centre + radius
void draw_line(BgrImage& image, Pixel a, Pixel b, int thickness, Colour colour); // round ends
void draw_rectangle(BgrImage& image, Pixel a, Pixel b, int thickness, Colour colour);
void fill_rectangle(BgrImage& image, Pixel a, Pixel b, Colour colour);
// Filled ellipse: half axes, rotation of the first axis in degrees clockwise (y points down).
void fill_ellipse(BgrImage& image, Pixel centre, int axis_x, int axis_y, int degrees, Colour colour);
// UTF-8 text, baseline starting at `at`, through FreeType; returns the width in pixels.  The font is $POSE_FONT if set, else DejaVu Sans; without
// one on this machine it draws nothing and returns 0.
int draw_text(BgrImage& image, Pixel at, const std::string& text, int pixel_height, Colour colour);
// image = alpha * top + (1 - alpha) * image, rounded and saturated; same size.
void blend(BgrImage& image, const BgrImage& top, float alpha);

} // namespace pose
