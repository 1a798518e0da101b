// Implements letterbox.h: the letterboxes of AlphaPose and of Darknet.
// SPDX-License-Identifier: MIT
#include "image/letterbox.h"

#include "image/pixel.h"
#include "image/resize.h"
#include "tensor/error.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace pose {
namespace {

void check_image(const char* what, int h, int w) {
  if (h < 1 || w < 1) fail("{}: expected an image, found {} x {} pixels", what, w, h);
}

// Returns the geometry with the image in the middle of the canvas.  An odd remainder leaves one more line below and to the right.
LetterboxGeometry centered(const char* what, int h, int w, int new_h, int new_w, int canvas_h, int canvas_w) {
  if (new_h < 1 || new_w < 1) fail<InputError>("{}: an image of {} x {} pixels is too thin: it would become {} x {}", what, w, h, new_w, new_h);
  return {new_h, new_w, (canvas_h - new_h) / 2, (canvas_w - new_w) / 2};
}

void check_input(const char* what, const View<float>& input, int n) {
  if (input.shape.c != 3 || n < 0 || n >= input.shape.n) {
    fail("{}: expected an input of 3 channels with image {}, found {} images of {} channels", what, n, input.shape.n, input.shape.c);
  }
}

// Returns v / 255 for every byte: a true division, as in both originals.
std::array<float, 256> unit_values() {
  std::array<float, 256> values;
  for (std::size_t v = 0; v < 256; ++v) values[v] = float(v) / 255.f;
  return values;
}

// A position on an axis with aligned corners: between `at` and `next`, at fraction `t`.  The last one is exactly the last source pixel.
struct AlignedTap {
  int at = 0, next = 0;
  float t = 0;
};

// Computes taps as resize_image in darknet's src/image.c: scale (from - 1) / (to - 1) in float32.  Darknet's last row is black where the float32
// product falls just short of the last source row; this one is not.
std::vector<AlignedTap> aligned_taps(int from, int to) {
  std::vector<AlignedTap> taps(static_cast<std::size_t>(to));
  const float scale = to > 1 ? float(from - 1) / float(to - 1) : 0.f;
  for (int d = 0; d < to; ++d) {
    const float x = float(d) * scale;
    const int at = std::min(int(x), from - 1);
    taps[std::size_t(d)] = {at, std::min(at + 1, from - 1), x - float(at)};
  }
  taps.back() = {from - 1, from - 1, 0.f};
  return taps;
}

// Stretches one source row to the width of the output, R, G, B interleaved.
void stretch_row(const std::uint8_t* bgr, const std::vector<AlignedTap>& taps, const std::array<float, 256>& unit, float* rgb) {
  for (const AlignedTap& tap : taps) {
    for (int c = 2; c >= 0; --c) *rgb++ = (1 - tap.t) * unit[bgr[tap.at * 3 + c]] + tap.t * unit[bgr[tap.next * 3 + c]];
  }
}

void fill_gray(const View<float>& input, int n) {
  for (int y = 0; y < input.shape.h; ++y) {
    for (int x = 0; x < input.shape.w; ++x) store_rgb(input, n, y, x, 0.5f, 0.5f, 0.5f);
  }
}

} // namespace

LetterboxGeometry letterbox_geometry(int h, int w, int inp_dim) {
  check_image("letterbox", h, w);
  const double ratio = std::min(double(inp_dim) / w, double(inp_dim) / h);
  return centered("letterbox", h, w, int(h * ratio), int(w * ratio), inp_dim, inp_dim);
}

LetterboxGeometry darknet_letterbox_geometry(int h, int w, int net_h, int net_w) {
  check_image("darknet_letterbox", h, w);
  const bool full_width = float(net_w) / float(w) < float(net_h) / float(h);
  const int new_h = full_width ? int(std::int64_t(h) * net_w / w) : net_h;
  const int new_w = full_width ? net_w : int(std::int64_t(w) * net_h / h);
  return centered("darknet_letterbox", h, w, new_h, new_w, net_h, net_w);
}

BgrImage letterbox(const BgrImage& image, int inp_dim) {
  const LetterboxGeometry g = letterbox_geometry(image.h, image.w, inp_dim);
  const BgrImage resized = resize_bicubic(image, g.new_h, g.new_w);
  BgrImage canvas(inp_dim, inp_dim, 128);
  for (int y = 0; y < g.new_h; ++y) std::memcpy(canvas.row(g.top + y) + g.left * 3, resized.row(y), std::size_t(g.new_w) * 3);
  return canvas;
}

void to_input(const BgrImage& canvas, View<float> input, int n) {
  check_input("to_input", input, n);
  if (canvas.h != input.shape.h || canvas.w != input.shape.w) {
    fail("to_input: expected a canvas of {} x {} pixels, found {} x {}", input.shape.w, input.shape.h, canvas.w, canvas.h);
  }
  const std::array<float, 256> unit = unit_values();
  for (int y = 0; y < canvas.h; ++y) {
    const std::uint8_t* bgr = canvas.row(y);
    for (int x = 0; x < canvas.w; ++x, bgr += 3) store_rgb(input, n, y, x, unit[bgr[2]], unit[bgr[1]], unit[bgr[0]]);
  }
}

LetterboxGeometry darknet_letterbox(const BgrImage& image, View<float> input, int n) {
  check_input("darknet_letterbox", input, n);
  const LetterboxGeometry g = darknet_letterbox_geometry(image.h, image.w, input.shape.h, input.shape.w);
  const std::array<float, 256> unit = unit_values();
  const auto across = aligned_taps(image.w, g.new_w);
  const auto down = aligned_taps(image.h, g.new_h);
  std::vector<float> upper(std::size_t(g.new_w) * 3), lower(upper.size());

  fill_gray(input, n);
  for (int y = 0; y < g.new_h; ++y) {
    const AlignedTap& tap = down[std::size_t(y)];
    stretch_row(image.row(tap.at), across, unit, upper.data());
    stretch_row(image.row(tap.next), across, unit, lower.data());
    for (std::size_t i = 0; i < upper.size(); ++i) upper[i] = (1 - tap.t) * upper[i] + tap.t * lower[i];
    const float* rgb = upper.data();
    for (int x = 0; x < g.new_w; ++x, rgb += 3) store_rgb(input, n, g.top + y, g.left + x, rgb[0], rgb[1], rgb[2]);
  }
  return g;
}

} // namespace pose
