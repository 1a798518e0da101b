// Tests broken image files: every prefix of a file, and files with random bytes changed.  The result must be an Error or an image.
// SPDX-License-Identifier: MIT
#include "image/codec.h"
#include "tensor/error.h"
#include "tests/error_of.h"
#include "tests/image/pictures.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <iterator>
#include <string>

using namespace pose;
using namespace pose::test;
using namespace pose::testing;

namespace {

constexpr DecodeLimits kSmall{1 << 14, true};

struct Seed {
  std::string name;
  Bytes bytes;
  std::size_t spare = 0; // bytes at the end that a reader does not need
};

// The end marker of a JPEG, what fills up the last row of a BMP, the place of the next page of a TIFF, that page.
std::size_t spare_of(const std::string& name, const Bytes& bytes) {
  if (name.ends_with(".jpg")) return 2;
  return name == "bmp/bits1" ? 1 : name == "tiff/fax4" ? 4 : name == "tiff/pages" ? bytes.size() : 0;
}

std::vector<Seed> seeds() {
  const BgrImage image = smooth_image(24, 20);
  const Bytes gray(image.bytes.begin(), image.bytes.begin() + 24 * 20), cmyk(std::size_t(24 * 20 * 4), 100);
  const Sample sample = [&](int y, int x, int c) { return image.row(y)[x * 3 + c % 3]; };
  const Bytes tiff = make_tiff(6, true);
  std::vector<Seed> all{
      {"baseline.jpg", with_exif(make_jpeg(image.bytes, 24, 20, {3}), tiff)},
      {"progressive.jpg", make_jpeg(image.bytes, 24, 20, {3, true})},
      {"gray.jpg", make_jpeg(gray, 24, 20, {1})},
      {"cmyk.jpg", make_jpeg(cmyk, 24, 20, {4, false, true})},
      {"rgb.png", make_png(24, 20, {8, 2, false, {}, {}, tiff, {}}, sample)},
      {"interlaced.png", make_png(24, 20, {8, 6, true, {}, {}, {}, tiff}, sample)},
      {"palette.png", make_png(24, 20, {4, 3, false, Bytes(12, 40), {1, 2}, {}, {}}, [](int y, int x, int) { return (x + y) % 4; })},
      {"deep.png", make_png(24, 20, {16, 4, false, {}, {}, {}, {}}, sample)},
      {"runs.bmp", make_bmp(3, 5, {8, 40, false, 1, {}, Bytes(12, 40), {5, 1, 0, 0, 0, 3, 1, 2, 3, 0, 0, 2, 0, 1, 2, 2, 0, 1}}, nullptr)}};
  for (const char* format : {"bmp", "webp", "tiff", "heif"}) {
    for (const std::string& name : corpus_names(format)) {
      Bytes bytes = corpus_file(name);
      if (error_of([&] { decode_image(bytes, name, kSmall); }).empty()) all.push_back({name, std::move(bytes)}); // not of a library that is missing
    }
  }
  for (Seed& seed : all) seed.spare = spare_of(seed.name, seed.bytes);
  return all;
}

bool decodes(const Seed& seed, std::span<const std::uint8_t> bytes) {
  try {
    const BgrImage image = decode_image(bytes, seed.name, kSmall);
    CHECK(image.bytes.size() == std::size_t(image.h) * std::size_t(image.w) * 3);
    return true;
  } catch (const Error& error) {
    const std::string text = error.what();
    CHECK(text.substr(0, seed.name.size()) == seed.name);
    CHECK(text.find('\n') == std::string::npos);
    return false;
  }
}

} // namespace

TEST_CASE("a file cut at any byte is an error, except where it has bytes to spare") {
  for (const Seed& seed : seeds()) {
    CAPTURE(seed.name);
    CHECK(decodes(seed, seed.bytes));
    for (std::size_t size = 0; size < seed.bytes.size(); ++size) {
      CAPTURE(size);
      const Bytes exact(seed.bytes.begin(), seed.bytes.begin() + std::ptrdiff_t(size)); // an exact buffer, so that a read past the end is detected
      const bool decoded = decodes(seed, exact);
      CHECK((!decoded || size + seed.spare >= seed.bytes.size()));
    }
  }
}

TEST_CASE("a JPEG that was cut and then ended properly is an error") {
  const Seed seed{"closed.jpg", make_jpeg(noise_image(64, 64, 1).bytes, 64, 64, {3})};
  Bytes closed(seed.bytes.begin(), seed.bytes.begin() + std::ptrdiff_t(seed.bytes.size() / 2));
  closed.insert(closed.end(), {0xff, 0xd9});
  CHECK(decodes(seed, seed.bytes));
  CHECK(!decodes(seed, closed));
}

TEST_CASE("a progressive JPEG of endless scans is an error and is not decoded forever") {
  const Seed seed{"scans.jpg", make_jpeg(smooth_image(24, 20).bytes, 24, 20, {3, true})};
  // The first scan, up to the tables of the second one, may be repeated without end.
  const std::uint8_t scan[] = {0xff, 0xda}, table[] = {0xff, 0xc4};
  const auto first = std::search(seed.bytes.begin(), seed.bytes.end(), std::begin(scan), std::end(scan));
  const auto second = std::search(first, seed.bytes.end(), std::begin(table), std::end(table));
  const Bytes repeated(first, second);
  const auto with_more = [&](int times) {
    Bytes bytes(seed.bytes.begin(), first);
    for (int i = 0; i < times; ++i) bytes.insert(bytes.end(), repeated.begin(), repeated.end());
    bytes.insert(bytes.end(), first, seed.bytes.end());
    return bytes;
  };
  CHECK(decodes(seed, with_more(50)));
  CHECK(!decodes(seed, with_more(600)));
}

TEST_CASE("changed bytes give an image or an Error") {
  Noise noise(7);
  for (const Seed& seed : seeds()) {
    int pictures = 0;
    const int rounds = seed.name.find('/') == std::string::npos ? 1500 : 300; // of the many kinds of the corpora
    for (int round = 0; round < rounds; ++round) {
      Bytes bytes = seed.bytes;
      for (int i = noise.below(4); i >= 0; --i) bytes[std::size_t(noise.below(int(bytes.size())))] = std::uint8_t(noise.next());
      if (noise.below(4) == 0) bytes.erase(bytes.begin() + noise.below(int(bytes.size())));
      if (seed.name.find(".png") != std::string::npos && noise.below(8) != 0) fix_checksums(bytes); // pass the checksum test
      pictures += decodes(seed, bytes) ? 1 : 0;
    }
    CAPTURE(seed.name);
    CHECK(pictures > 0);
    CHECK(pictures < rounds);
  }
}
