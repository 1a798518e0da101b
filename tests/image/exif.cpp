// Tests EXIF orientation: the eight values in both byte orders, malformed blocks, and the position of every pixel.
// SPDX-License-Identifier: MIT
#include "image/exif.h"
#include "tests/image/pictures.h"

#include <doctest/doctest.h>

#include <string>

using namespace pose;
using namespace pose::test;

TEST_CASE("the orientation is read in both byte orders") {
  for (bool big_endian : {false, true}) {
    for (int orientation = 1; orientation <= 8; ++orientation) CHECK(exif_orientation(make_tiff(orientation, big_endian)) == orientation);
    CHECK(exif_orientation(make_tiff(0, big_endian)) == 1);
    CHECK(exif_orientation(make_tiff(9, big_endian)) == 1);
    CHECK(exif_orientation(make_tiff(0x0600, big_endian)) == 1);
  }
}

TEST_CASE("the orientation is the first 16 bits of the value, whatever its type and count are, as in cv2.imread") {
  const auto changed = [](bool big_endian, std::size_t at, std::uint8_t value) {
    Bytes tiff = make_tiff(6, big_endian);
    tiff[10 + 12 + at] = value;
    return exif_orientation(tiff);
  };
  for (std::uint8_t type : {0, 1, 2, 3, 4, 6, 7, 8, 9, 255}) {
    CHECK(changed(false, 2, type) == 6);
    CHECK(changed(true, 3, type) == 6);
  }
  for (std::uint8_t count : {0, 2, 255}) {
    CHECK(changed(false, 4, count) == 6);
    CHECK(changed(true, 7, count) == 6);
  }
  Bytes byte = make_tiff(6, true), with_long = byte;
  std::swap(byte[10 + 12 + 8], byte[10 + 12 + 9]);            // a BYTE of a big-endian block
  std::swap(with_long[10 + 12 + 9], with_long[10 + 12 + 11]); // a LONG
  CHECK(exif_orientation(byte) == 1);
  CHECK(exif_orientation(with_long) == 1);
}

TEST_CASE("a malformed TIFF block has no orientation") {
  const Bytes good = make_tiff(6, false);
  const auto broken = [&](std::size_t at, std::uint8_t value) {
    Bytes tiff = good;
    tiff[at] = value;
    return exif_orientation(tiff);
  };
  CHECK(exif_orientation(good) == 6);
  CHECK(exif_orientation({}) == 0);
  CHECK(broken(0, 'M') == 0);  // byte order marks differ
  CHECK(broken(2, 43) == 0);   // not 42
  CHECK(broken(4, 0xff) == 0); // directory past the end
  CHECK(broken(7, 0xff) == 0); // far past the end
  CHECK(broken(8, 1) == 0);    // directory too short to hold the tag
  CHECK(broken(8, 0xff) == 6); // more entries than bytes: existing entries count
  for (std::size_t size = 0; size < 32; ++size) CHECK(exif_orientation(std::span(good).first(size)) < 2);
}

TEST_CASE("random TIFF blocks give a valid orientation") {
  Noise noise(1);
  for (int round = 0; round < 20000; ++round) {
    Bytes tiff = make_tiff(1 + noise.below(8), noise.below(2) != 0);
    for (int i = noise.below(6); i >= 0; --i) tiff[std::size_t(noise.below(int(tiff.size())))] = std::uint8_t(noise.next());
    tiff.resize(std::size_t(noise.below(int(tiff.size()) + 1)));
    const int orientation = exif_orientation(tiff);
    CHECK((orientation >= 0 && orientation <= 8));
  }
}

TEST_CASE("upright turns and mirrors as TIFF 6.0 specifies") {
  // Pixels a b c / d e f; each letter has different bytes in its three channels.
  BgrImage image(2, 3);
  for (std::size_t i = 0; i < image.bytes.size(); ++i) image.bytes[i] = std::uint8_t(3 * i + i % 3);
  const auto letters = [](const BgrImage& picture) {
    std::string text;
    for (int y = 0; y < picture.h; ++y) {
      for (int x = 0; x < picture.w; ++x) text += char('a' + picture.row(y)[x * 3] / 9);
      text += '/';
    }
    return text;
  };
  // The stored first row is the visual top (1, 2), bottom (3, 4), left (5, 8) or right (6, 7) side.
  const char* expected[] = {"abc/def/", "cba/fed/", "fed/cba/", "def/abc/", "ad/be/cf/", "da/eb/fc/", "fc/eb/da/", "cf/be/ad/"};
  for (int orientation = 1; orientation <= 8; ++orientation) {
    const BgrImage turned = upright(image, orientation);
    CHECK(letters(turned) == expected[orientation - 1]);
    for (std::size_t i = 0; i < turned.bytes.size(); ++i) CHECK(turned.bytes[i] % 3 == i % 3); // channels keep their order
  }
  CHECK(upright(image, 0) == image);
  CHECK(upright(image, 9) == image);
}
