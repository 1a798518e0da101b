// Tests letterboxes: sizes with the original's rounding, placement, and the conversion to a network input.
// SPDX-License-Identifier: MIT
#include "image/letterbox.h"
#include "image/resize.h"
#include "tensor/compare.h"
#include "tensor/error.h"
#include "tensor/tensor.h"
#include "tests/image/pictures.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

using namespace pose;
using namespace pose::test;

namespace {

std::vector<float> nchw(const Tensor& t) {
  std::vector<float> values(static_cast<std::size_t>(t.shape().count()));
  to_nchw(t.view(), values.data());
  return values;
}

} // namespace

TEST_CASE("some widths lose a pixel at 608") {
  for (int w : {263, 293, 526, 586, 591, 1052, 1117, 1172, 1179, 1181, 1182, 1187}) {
    CAPTURE(w);
    const LetterboxGeometry g = letterbox_geometry(w / 2, w, 608);
    CHECK(g.new_w == 607);
    CHECK(g.left == 0);
    CHECK(letterbox_geometry(w, w / 2, 608).new_h == 607);
  }
  for (int w : {262, 264, 608, 854, 1053, 1920}) CHECK(letterbox_geometry(w / 2, w, 608).new_w == 608);
}

TEST_CASE("the image fills one side and is centered on the other") {
  for (int inp : {320, 416, 608}) {
    for (int h = 2; h < 2500; h += 131) {
      for (int w = 2; w < 2500; w += 97) {
        if (std::max(h, w) > inp * std::min(h, w)) continue;
        const LetterboxGeometry g = letterbox_geometry(h, w, inp);
        CHECK(std::max(g.new_h, g.new_w) <= inp);
        CHECK(std::max(g.new_h, g.new_w) >= inp - 1);
        CHECK(std::min(g.new_h, g.new_w) >= 1);
        CHECK(g.top == (inp - g.new_h) / 2);
        CHECK(g.left == (inp - g.new_w) / 2);
        CHECK(std::abs(double(g.new_h) * w - double(g.new_w) * h) <= std::max(h, w)); // aspect ratio kept to a pixel
      }
    }
  }
}

TEST_CASE("an image that would vanish is refused") {
  CHECK(letterbox_geometry(1, 608, 608).new_h == 1);
  CHECK_THROWS_AS(letterbox_geometry(1, 609, 608), InputError);
  CHECK_THROWS_AS(letterbox_geometry(5000, 1, 608), InputError);
  CHECK_THROWS_AS(letterbox_geometry(0, 10, 608), Error);
  CHECK_THROWS_AS(letterbox(BgrImage(), 608), Error);
}

TEST_CASE("the canvas is the bicubic image on gray 128") {
  for (const auto& [h, w] : {std::pair{30, 71}, {71, 30}, {64, 64}, {1, 50}}) {
    const BgrImage image = noise_image(h, w, 2);
    const LetterboxGeometry g = letterbox_geometry(h, w, 96);
    const BgrImage canvas = letterbox(image, 96), inner = resize_bicubic(image, g.new_h, g.new_w);
    for (int y = 0; y < 96; ++y) {
      for (int x = 0; x < 96; ++x) {
        const int py = y - g.top, px = x - g.left;
        const bool inside = py >= 0 && py < g.new_h && px >= 0 && px < g.new_w;
        for (int c = 0; c < 3; ++c) CHECK(canvas.row(y)[x * 3 + c] == (inside ? inner.row(py)[px * 3 + c] : 128));
      }
    }
  }
}

TEST_CASE("to_input divides by 255 and turns BGR to RGB, in every layout") {
  const BgrImage canvas = noise_image(6, 9, 4);
  std::vector<float> want(canvas.bytes.size());
  for (int c = 0; c < 3; ++c) {
    for (std::size_t i = 0; i < 54; ++i) want[std::size_t(c) * 54 + i] = float(canvas.bytes[i * 3 + std::size_t(2 - c)]) / 255.f;
  }
  for (Layout layout : {Layout::blocked, Layout::compact, Layout::rows}) {
    Tensor t({2, 6, 9, 3}, layout, layout == Layout::rows ? 0 : 1);
    View<float> v = t.view();
    for (std::int64_t lane = 3; lane < v.pixel; ++lane) v.pixel_ptr(1, 0, 2, 2)[lane] = 5;
    to_input(canvas, v, 1);
    const std::vector<float> got = nchw(t);
    CHECK(std::all_of(got.begin(), got.begin() + 162, [](float x) { return x == 0; }));
    const Difference d = compare(std::span(got).subspan(162), want, 0);
    CHECK_MESSAGE(d.ok(), d.text());
    for (std::int64_t lane = 3; lane < v.pixel; ++lane) CHECK(v.pixel_ptr(1, 0, 2, 2)[lane] == 0);
  }
  Tensor other({1, 6, 8, 3}, Layout::compact);
  CHECK_THROWS_AS(to_input(canvas, other.view(), 0), Error);
  Tensor same({1, 6, 9, 3}, Layout::compact);
  CHECK_THROWS_AS(to_input(canvas, same.view(), 1), Error);
}

TEST_CASE("Darknet's letterbox has integer sizes and a canvas of one half") {
  struct Expect {
    int h, w, net_h, net_w;
    LetterboxGeometry g;
  };
  for (const Expect& e : {Expect{480, 854, 416, 416, {233, 416, 91, 0}}, Expect{500, 300, 416, 416, {416, 249, 0, 83}},
                          Expect{100, 100, 320, 416, {320, 320, 0, 48}}, Expect{1, 1, 32, 32, {32, 32, 0, 0}}}) {
    Tensor t({1, e.net_h, e.net_w, 3}, Layout::compact);
    const LetterboxGeometry g = darknet_letterbox(BgrImage(e.h, e.w, 255), t.view(), 0);
    CHECK(g.new_h == e.g.new_h);
    CHECK(g.new_w == e.g.new_w);
    CHECK(g.top == e.g.top);
    CHECK(g.left == e.g.left);
    for (int y = 0; y < e.net_h; ++y) {
      for (int x = 0; x < e.net_w; ++x) {
        const bool inside = y >= g.top && y < g.top + g.new_h && x >= g.left && x < g.left + g.new_w;
        CHECK(std::abs(t.view().at(0, y, x, 1) - (inside ? 1.f : 0.5f)) < 1e-6f);
      }
    }
  }
  Tensor t({1, 32, 32, 3}, Layout::compact);
  CHECK_THROWS_AS(darknet_letterbox(BgrImage(1, 100), t.view(), 0), InputError);
  CHECK_THROWS_AS(darknet_letterbox(BgrImage(), t.view(), 0), Error);
}

TEST_CASE("Darknet's resize aligns the corners") {
  for (const auto& [h, w] : {std::pair{24, 40}, {40, 24}, {90, 130}, {1, 30}, {3, 64}}) {
    const BgrImage image = noise_image(h, w, 9);
    Tensor t({1, 64, 64, 3}, Layout::compact);
    const LetterboxGeometry g = darknet_letterbox(image, t.view(), 0);
    std::vector<float> got, want;
    for (int y = 0; y < g.new_h; ++y) {
      for (int x = 0; x < g.new_w; ++x) {
        const double sy = g.new_h > 1 ? double(y) * (h - 1) / (g.new_h - 1) : h - 1, sx = double(x) * (w - 1) / (g.new_w - 1);
        const int y0 = int(sy), x0 = int(sx), y1 = std::min(y0 + 1, h - 1), x1 = std::min(x0 + 1, w - 1);
        for (int c = 0; c < 3; ++c) {
          const auto p = [&](int i, int j) { return image.row(i)[j * 3 + 2 - c] / 255.0; };
          const double top = p(y0, x0) * (1 - (sx - x0)) + p(y0, x1) * (sx - x0), bottom = p(y1, x0) * (1 - (sx - x0)) + p(y1, x1) * (sx - x0);
          want.push_back(float(top * (1 - (sy - y0)) + bottom * (sy - y0)));
          got.push_back(t.view().at(0, g.top + y, g.left + x, c));
        }
      }
    }
    const Difference d = compare(got, want, 4e-5); // positions up to 130 in float32
    CHECK_MESSAGE(d.ok(), d.text());
  }
}
