// Drawing primitives on 8-bit images, in OpenCV's geometry (integer centers, thickness in pixels), clipped to the image.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/image.h"

#include <array>
#include <span>
#include <string>

namespace pose {

using Color = std::array<std::uint8_t, 3>; // B, G, R

struct Pixel {
  int x = 0, y = 0;
};

void fill_circle(BgrImage& image, Pixel center, int radius, Color color);      // reaches from center - radius to center + radius
void draw_line(BgrImage& image, Pixel a, Pixel b, int thickness, Color color); // round ends
void draw_rectangle(BgrImage& image, Pixel a, Pixel b, int thickness, Color color);
void fill_rectangle(BgrImage& image, Pixel a, Pixel b, Color color);
// Fills an ellipse: half axes, rotation of the first axis in degrees clockwise (y points down).
void fill_ellipse(BgrImage& image, Pixel center, int axis_x, int axis_y, int degrees, Color color);
// Draws UTF-8 text with FreeType; the baseline starts at `at`.  Returns the width in pixels.  The font is $POSE_FONT if set, else DejaVu Sans.
// Without a font it draws nothing and returns 0.
int draw_text(BgrImage& image, Pixel at, const std::string& text, int pixel_height, Color color);
// Computes image = alpha * top + (1 - alpha) * image, rounded and saturated.  Both images have the same size.
void blend(BgrImage& image, const BgrImage& top, float alpha);

} // namespace pose
