// Tests BMP, which is read without a library, and the formats whose libraries a build may lack.
// SPDX-License-Identifier: MIT
#include "image/codec.h"
#include "image/exif.h"
#include "tensor/compare.h"
#include "tensor/error.h"
#include "tests/error_of.h"
#include "tests/image/pictures.h"

#include <doctest/doctest.h>
#include <fmt/format.h>

using namespace pose;
using namespace pose::test;
using namespace pose::testing;

namespace {

constexpr int kH = 12, kW = 20; // of the images in fuzz/corpus

// A file of fuzz/corpus that holds smooth_image(kH, kW), drawn by another program.
struct Known {
  const char* file;
  float tolerance = 0; // for formats that lose something
  int orientation = 1;
};
constexpr Known kKnown[] = {
    {"bmp/bits24"},
    {"bmp/bits32"},
    {"webp/lossless"},
    {"webp/lossy", 12},
    {"webp/alpha"},
    {"webp/lossy_alpha", 12},
    {"webp/animated"},
    {"webp/exif6", 0, 6},
    {"webp/exif8_bare", 0, 8},
    {"tiff/plain"},
    {"tiff/lzw"},
    {"tiff/deflate"},
    {"tiff/packbits"},
    {"tiff/jpeg", 8},
    {"tiff/big_endian_16"},
    {"tiff/bigtiff"},
    {"tiff/tiles"},
    {"tiff/planes_strips"},
    {"tiff/alpha"},
    {"tiff/pages"},
    {"tiff/cmyk", 1},
    {"tiff/turned2", 0, 2},
    {"tiff/turned5", 0, 5},
    {"tiff/turned7", 0, 7},
    {"heif/hevc", 6},
    {"heif/hevc_420", 12},
    {"heif/hevc_alpha", 12},
    {"heif/hevc_10", 10},
    {"heif/av1", 6},
    {"heif/av1_alpha", 12},
    {"heif/av1_turned", 12, 6},
};

// Returns whether this build reads the format of the file; else checks that the error names the package.
bool is_read(const Bytes& bytes) {
  const std::string error = error_of([&] { decode_image(bytes, "a"); });
  if (!contains(error, "this build cannot read")) return true;
  CHECK(contains(error, "install lib"));
  return false;
}

Bytes patched(Bytes bytes, std::size_t at, const Bytes& with) {
  std::copy(with.begin(), with.end(), bytes.begin() + std::ptrdiff_t(at));
  return bytes;
}

std::size_t place_of(const Bytes& bytes, const Bytes& part) {
  const auto at = std::search(bytes.begin(), bytes.end(), part.begin(), part.end());
  REQUIRE(at != bytes.end());
  return std::size_t(at - bytes.begin());
}

} // namespace

TEST_CASE("BMP: every number of bits is decoded, from the bottom up and from the top down, with every header") {
  const Bytes palette{10, 20, 30, 40, 50, 60, 70, 80, 90};
  for (const std::uint32_t bits : {1u, 4u, 8u, 16u, 24u, 32u}) {
    for (const std::uint32_t header : {12u, 40u, 56u, 108u, 124u}) {
      for (const bool top_down : {false, true}) {
        if (header == 12 && (top_down || bits > 24 || bits == 16)) continue;
        const auto pixel = [&](int y, int x) {
          return bits <= 8 ? std::uint32_t((x + y) % (bits == 1 ? 2 : 3)) : std::uint32_t(y * 0x080307 + x * 0x412935);
        };
        BmpRecipe recipe{bits, header, top_down, 0, {}, bits <= 8 ? palette : Bytes{}, {}};
        const BgrImage image = decode_image(make_bmp(5, 11, recipe, pixel), "a.bmp");
        REQUIRE((image.h == 5 && image.w == 11));
        for (int y = 0; y < 5; y++) {
          for (int x = 0; x < 11; x++) {
            const std::uint32_t p = pixel(y, x);
            for (std::uint32_t c = 0; c < 3; c++) {
              const std::uint32_t want = bits <= 8 ? palette[p * 3 + c] : bits == 16 ? (p >> 5 * c & 31) << 3 : p >> 8 * c & 255;
              CHECK(image.row(y)[x * 3 + int(c)] == want);
            }
          }
        }
      }
    }
  }
}

TEST_CASE("BMP: masks may be any bits") {
  struct Case {
    std::uint32_t bits, red, green, blue, pixel;
    Bytes want;
  };
  const Case cases[] = {
      {16, 0xf800, 0x07e0, 0x001f, 0xffff, {0xf8, 0xfc, 0xf8}},    {16, 0x0f00, 0x00f0, 0x000f, 0x0a53, {0x30, 0x50, 0xa0}},
      {32, 0x0000ff, 0x00ff00, 0xff0000, 0x123456, {18, 52, 86}},  {32, 0xff000000, 0xff0000, 0xff00, 0x12345678, {0x56, 0x34, 0x12}},
      {32, 0x3ff00000, 0xffc00, 0x3ff, 0x3ff003ff, {255, 0, 255}}, {32, 0, 0xff, 0, 0xffffffff, {0, 255, 0}}};
  for (const Case& c : cases) {
    for (const std::uint32_t header : {40u, 108u}) {
      const Bytes file = make_bmp(1, 1, {c.bits, header, false, 3, {c.red, c.green, c.blue}, {}, {}}, [&](int, int) { return c.pixel; });
      CHECK(decode_image(file, "a.bmp").bytes == c.want);
    }
  }
}

TEST_CASE("BMP: runs of 8 and 4 bits are decoded") {
  const Bytes palette{0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3};
  const auto pixels_of = [&](std::uint32_t bits, const Bytes& runs) {
    const BgrImage image = decode_image(make_bmp(3, 5, {bits, 40, false, bits == 8 ? 1u : 2u, {}, palette, runs}, nullptr), "runs.bmp");
    std::string text;
    for (std::size_t i = 0; i < image.bytes.size(); i += 3) text += char('0' + image.bytes[i]);
    return text;
  };
  // The first row is the lowest.  A run, the end of a row, a literal of three, a step by (2, 1), a run, the end.
  CHECK(pixels_of(8, {5, 1, 0, 0, 0, 3, 1, 2, 3, 0, 0, 2, 0, 1, 2, 2, 0, 1}) == "000221230011111");
  CHECK(pixels_of(4, {5, 0x12, 0, 0, 0, 3, 0x12, 0x30, 0, 2, 0, 1, 2, 0x21, 0, 1}) == "000211230012121");
  CHECK(pixels_of(8, {0, 1}) == "000000000000000");
  for (const Bytes& broken : {Bytes{6, 1, 0, 1}, Bytes{5, 1, 1, 1, 0, 1}, Bytes{0, 2, 0, 3, 1, 1, 0, 1}, Bytes{5, 1}, Bytes{0, 3, 1, 2}, Bytes{}})
    CHECK(contains(error_of([&] { pixels_of(8, broken); }), "runs.bmp: broken or unknown BMP"));
}

TEST_CASE("files of other programs are decoded to the image that they were made from") {
  for (const Known& known : kKnown) {
    INFO(known.file);
    const Bytes bytes = corpus_file(known.file);
    if (!is_read(bytes)) continue;
    const BgrImage image = decode_image(bytes, known.file);
    const BgrImage want = upright(smooth_image(kH, kW), known.orientation);
    REQUIRE((image.h == want.h && image.w == want.w));
    const Difference d = compare(as_floats(image), as_floats(want), known.tolerance);
    CHECK_MESSAGE(d.ok(), d.text());
    const bool turned = known.file == std::string_view("heif/av1_turned"); // by the container, not by EXIF
    CHECK(decode_image(bytes, known.file, {1 << 20, false}).w == (turned ? kH : kW));
    CHECK(decode_image(bytes, known.file, {kH * kW}).bytes == image.bytes);
    const std::string error = error_of([&] { decode_image(bytes, "big", {kH * kW - 1}); });
    CHECK(contains(error, fmt::format("big: expected at most 239 pixels (the limit can be raised), found {}", turned ? "12 x 20" : "20 x 12")));
  }
}

TEST_CASE("sizes that a header claims are refused before memory is allocated") {
  const Bytes huge{0xff, 0xff, 0x0f, 0x00}; // 2^20 - 1, little-endian
  const Bytes bmp = make_bmp(kH, kW, {}, [](int, int) { return 0u; });
  CHECK(contains(error_of([&] { decode_image(patched(patched(bmp, 18, huge), 22, huge), "a"); }), "expected at most 268435456 pixels"));
  CHECK(contains(error_of([&] { decode_image(patched(bmp, 18, {0, 64, 0, 0}), "a"); }), "the file ends early"));
  CHECK(contains(error_of([&] { decode_image(patched(bmp, 22, {0, 0, 0, 0x80}), "a"); }), "expected sides of at most 1048576 pixels"));
  CHECK(contains(error_of([&] { decode_image(patched(bmp, 18, {0xff, 0xff, 0xff, 0xff}), "a"); }), "expected an image of at least 1 x 1 pixels"));

  const Bytes webp = corpus_file("webp/animated");
  if (is_read(webp)) {
    const std::size_t canvas = place_of(webp, {'V', 'P', '8', 'X'}) + 12;
    CHECK(contains(error_of([&] { decode_image(patched(webp, canvas, {0xff, 0x7f, 0, 0xff, 0x7f, 0}), "a"); }), "expected at most 268435456 pixels"));
  }
  const Bytes tiff = corpus_file("tiff/plain");
  if (is_read(tiff)) {
    const std::size_t w = place_of(tiff, {0, 1, 4, 0, 1, 0, 0, 0}) + 8, h = w + 12, rows = place_of(tiff, {0x16, 1, 4, 0}) + 8;
    CHECK(contains(error_of([&] { decode_image(patched(patched(tiff, w, huge), h, huge), "a"); }), "expected at most 268435456 pixels"));
    CHECK(contains(error_of([&] { decode_image(patched(patched(tiff, w, {0, 64, 0, 0}), rows, huge), "a"); }), "broken or unknown TIFF"));
  }
  const Bytes heif = corpus_file("heif/av1");
  if (is_read(heif)) {
    const std::size_t ispe = place_of(heif, {'i', 's', 'p', 'e'}) + 8;
    CHECK(contains(error_of([&] {
                     decode_image(patched(heif, ispe, {0, 0x0f, 0xff, 0xff, 0, 0x0f, 0xff, 0xff}), "a");
                   }),
                   "expected at most 268435456 pixels"));
  }
}

TEST_CASE("TIFF: pages that are no photos and compressions that are not safe are refused by name") {
  if (!is_read(corpus_file("tiff/plain"))) return;
  CHECK(contains(error_of([] { decode_image(corpus_file("tiff/reduced"), "a"); }), "found a reduced copy"));
  CHECK(contains(error_of([] { decode_image(corpus_file("tiff/float"), "a"); }), "32-bit samples"));
  CHECK(contains(error_of([] { decode_image(corpus_file("tiff/zstd"), "a"); }), "found compression 50000"));
  const Bytes lzw = corpus_file("tiff/lzw");
  const std::size_t compression = place_of(lzw, {3, 1, 3, 0, 1, 0, 0, 0}) + 8;
  CHECK(contains(error_of([&] { decode_image(patched(lzw, compression, {0x65, 0x87}), "a"); }), "found compression 34661")); // JBIG
}
