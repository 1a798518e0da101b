// Letterboxes: fit an image of any size into the square input of a detector.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/image.h"
#include "tensor/shape.h"

namespace pose {

// Position of the image in the square, in whole pixels.
struct LetterboxGeometry {
  int new_h = 0, new_w = 0, top = 0, left = 0;
};

// Returns the geometry of docs/spec.md, section 2, quirks included (trunc(w * (inp / w)) may lose a pixel).  Throws Error when a side would become 0.
LetterboxGeometry letterbox_geometry(int h, int w, int inp_dim);
// Returns an inp_dim x inp_dim canvas of 128 that contains the image, resized bicubically.
BgrImage letterbox(const BgrImage& image, int inp_dim);
// Writes v / 255 in R, G, B order to image n of a network input (view.shape.h x w must be the canvas's).
void to_input(const BgrImage& canvas, View<float> input, int n);

// Returns the geometry of Darknet's letterbox for a network input of net_h x net_w.  Throws Error when a side would become 0.
LetterboxGeometry darknet_letterbox_geometry(int h, int w, int net_h, int net_w);

// Applies Darknet's letterbox (letterbox_image in darknet's src/image.c): float planes in [0, 1], bilinear with corners aligned, canvas 0.5.  Fills
// image n of the input.  Returns the geometry, which postprocessing needs to map boxes back.
LetterboxGeometry darknet_letterbox(const BgrImage& image, View<float> input, int n);

} // namespace pose
