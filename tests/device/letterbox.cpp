// Tests letterboxes on the device against the CPU: every pixel is bit-identical, enlarged and reduced, tall and wide.
// SPDX-License-Identifier: MIT
#include "image/letterbox_device.h"
#include "tests/device/picture_on_device.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::device_test;

namespace {

constexpr int kPictures = 3, kPicture = 1; // the image that is written

// From 53 to 72 pixels the last float position is short of the last pixel.
constexpr Sizes kSizes[] = {{64, 64}, {31, 47}, {47, 31}, {200, 151}, {9, 13}, {2, 33}, {1, 1}, {131, 5}, {20, 53}};

// Checks enqueue(image, map, stream) against `want`.
template <class Enqueue> void check(const BgrImage& image, const Tensor& want, Enqueue enqueue) {
  const PictureOnDevice picture(image);
  for (Element element : {Element::f32, Element::f16}) {
    under_each_schedule([&](Stream& stream) {
      MapOnDevice map(want.shape(), element);
      enqueue(picture.picture(), map.map(), stream.handle());
      map.download(stream);
      CHECK(input_fault(want.view(), map, kPicture) == "");
      CHECK((untouched(map, kPicture - 1) && untouched(map, kPicture + 1)));
    });
  }
}

void check_letterbox(const BgrImage& image, int side) {
  CAPTURE(image.h);
  CAPTURE(image.w);
  CAPTURE(side);
  Tensor want({kPictures, side, side, 3}, Layout::compact);
  to_input(letterbox(image, side), want.view(), kPicture);
  check(image, want, [&](const DeviceImage& p, const DeviceMap& input, StreamHandle stream) {
    enqueue_letterbox(p, letterbox_geometry(image.h, image.w, side), input, kPicture, stream);
  });
}

} // namespace

TEST_CASE("AlphaPose's letterbox on the device is the CPU's") {
  for (const Sizes s : kSizes) check_letterbox(noise(s.h, s.w, unsigned(s.h + s.w)), 64);
  check_letterbox(noise(50, 40, 1), 35); // tiles that do not fill the input
}

TEST_CASE("overshoot of the bicubic filter is clamped") {
  BgrImage stripes(24, 40);
  for (std::size_t i = 0; i < stripes.bytes.size(); i++) stripes.bytes[i] = i / 6 % 2 == 0 ? 0 : 255;
  check_letterbox(stripes, 57);
  check_letterbox(BgrImage(16, 16, 255), 32);
}

TEST_CASE("Darknet's letterbox on the device is the CPU's") {
  for (const Sizes net : {Sizes{64, 64}, {32, 72}, {35, 33}}) {
    for (const Sizes s : kSizes) {
      if (s.w > 60 * s.h || s.h > 20 * s.w) continue; // too thin
      const BgrImage image = noise(s.h, s.w, unsigned(s.h * s.w));
      Tensor want({kPictures, net.h, net.w, 3}, Layout::compact);
      const LetterboxGeometry g = darknet_letterbox(image, want.view(), kPicture);
      CHECK(darknet_letterbox_geometry(s.h, s.w, net.h, net.w).new_w == g.new_w);
      check(image, want, [&](const DeviceImage& p, const DeviceMap& input, StreamHandle stream) {
        enqueue_darknet_letterbox(p, darknet_letterbox_geometry(s.h, s.w, net.h, net.w), input, kPicture, stream);
      });
    }
  }
}
