// Tests the decoding of every kind of JPEG and PNG to BGR, EXIF in both, and writing.
// SPDX-License-Identifier: MIT
#include "image/codec.h"
#include "image/exif.h"
#include "tensor/compare.h"
#include "tensor/error.h"
#include "tests/error_of.h"
#include "tests/image/pictures.h"
#include "tests/temp_dir.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

using namespace pose;
using namespace pose::test;
using namespace pose::testing;

namespace {

int gray_ramp(int y, int x, int) {
  return (y * 7 + x * 3) % 2;
}

} // namespace

TEST_CASE("JPEG: baseline, progressive, and images of one row or column are decoded") {
  for (bool progressive : {false, true}) {
    for (const auto& [h, w] : {std::pair{40, 33}, {1, 57}, {57, 1}, {1, 1}}) {
      const BgrImage image = smooth_image(h, w);
      const BgrImage decoded = decode_image(make_jpeg(image.bytes, h, w, {3, progressive}), "smooth.jpg");
      CHECK(decoded.h == h);
      CHECK(decoded.w == w);
      const Difference d = compare(as_floats(decoded), as_floats(image), 8);
      CHECK_MESSAGE(d.ok(), d.text());
    }
  }
}

TEST_CASE("JPEG: gray becomes three equal channels") {
  Bytes samples(24 * 17);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = std::uint8_t(30 + i / 3);
  const BgrImage decoded = decode_image(make_jpeg(samples, 24, 17, {1}), "gray.jpg");
  std::vector<float> want;
  for (std::uint8_t v : samples) want.insert(want.end(), 3, float(v));
  const Difference d = compare(as_floats(decoded), want, 2);
  CHECK_MESSAGE(d.ok(), d.text());
  for (std::size_t i = 0; i < decoded.bytes.size(); i += 3)
    CHECK((decoded.bytes[i] == decoded.bytes[i + 1] && decoded.bytes[i] == decoded.bytes[i + 2]));
}

TEST_CASE("JPEG: CMYK and YCCK are read as inverted ink") {
  const Bytes ink{250, 180, 20, 200}; // C, M, Y, K
  Bytes samples;
  for (int i = 0; i < 16 * 16; ++i) samples.insert(samples.end(), ink.begin(), ink.end());
  std::vector<float> want;
  for (int i = 0; i < 16 * 16; ++i) {
    for (int c : {20, 180, 250}) want.push_back(float(c * 200) / 255);
  }
  for (bool ycck : {false, true}) {
    const Difference d = compare(as_floats(decode_image(make_jpeg(samples, 16, 16, {4, false, ycck}), "cmyk.jpg")), want, 3);
    CHECK_MESSAGE(d.ok(), d.text());
  }
}

TEST_CASE("PNG: RGB in 8 and 16 bits is decoded, with and without alpha, interlaced or not") {
  const auto value = [](int y, int x, int c) { return (y * 31 + x * 7 + c * 50) % 256; };
  for (const auto& [h, w] : {std::pair{9, 13}, {1, 20}, {20, 1}, {1, 1}, {3, 2}}) {
    BgrImage want(h, w);
    for (std::size_t i = 0; i < want.bytes.size(); ++i) {
      const int pixel = int(i / 3);
      want.bytes[i] = std::uint8_t(value(pixel / w, pixel % w, 2 - int(i % 3)));
    }
    for (int depth : {8, 16}) {
      for (int color : {2, 6}) {
        for (bool interlaced : {false, true}) {
          PngRecipe recipe{depth, color, interlaced, {}, {}, {}, {}};
          // 16 bits: the lower byte is dropped, not rounded; alpha: dropped, not blended.
          const Sample sample = [&](int y, int x, int c) { return depth == 16 ? value(y, x, c) * 256 + 255 : value(y, x, c); };
          CHECK(decode_image(make_png(h, w, recipe, sample), "rgb.png") == want);
        }
      }
    }
  }
}

TEST_CASE("PNG: gray of every depth spans 0 to 255") {
  for (int depth : {1, 2, 4, 8, 16}) {
    const int top = (1 << depth) - 1;
    const BgrImage image =
        decode_image(make_png(5, 11, {depth, 0, depth == 2, {}, {}, {}, {}}, [&](int y, int x, int c) { return gray_ramp(y, x, c) * top; }), "g.png");
    for (int y = 0; y < 5; ++y) {
      for (int i = 0; i < 33; ++i) CHECK(image.row(y)[i] == gray_ramp(y, i / 3, 0) * 255);
    }
  }
  const BgrImage image =
      decode_image(make_png(2, 3, {8, 4, false, {}, {}, {}, {}}, [](int, int, int c) { return c == 0 ? 99 : 3; }), "gray_alpha.png");
  CHECK(image == BgrImage(2, 3, 99));
}

TEST_CASE("PNG: palettes are decoded, with and without transparency") {
  const Bytes palette{10, 20, 30, 40, 50, 60, 70, 80, 90};
  for (int depth : {2, 4, 8}) {
    for (const Bytes& transparency : {Bytes{}, Bytes{0, 128}}) {
      const BgrImage image = decode_image(
          make_png(4, 7, {depth, 3, false, palette, transparency, {}, {}}, [](int y, int x, int) { return (x + y) % 3; }), "palette.png");
      for (int y = 0; y < 4; ++y) {
        for (int x = 0; x < 7; ++x) {
          const std::uint8_t* p = image.row(y) + x * 3;
          CHECK((p[0] == (x + y) % 3 * 30 + 30 && p[1] == p[0] - 10 && p[2] == p[0] - 20));
        }
      }
    }
  }
}

TEST_CASE("EXIF orientation rotates JPEG and PNG images") {
  const BgrImage image = smooth_image(20, 36);
  const Bytes jpeg = make_jpeg(image.bytes, 20, 36, {});
  const BgrImage stored = decode_image(jpeg, "plain.jpg");
  const Sample sample = [&](int y, int x, int c) { return image.row(y)[x * 3 + 2 - c]; };
  for (bool big_endian : {false, true}) {
    for (int orientation = 1; orientation <= 8; ++orientation) {
      const Bytes tiff = make_tiff(orientation, big_endian);
      CHECK(decode_image(with_exif(jpeg, tiff), "exif.jpg") == upright(stored, orientation));
      CHECK(decode_image(with_exif(jpeg, tiff), "exif.jpg", {1 << 20, false}) == stored);
      CHECK(decode_image(make_png(20, 36, {8, 2, false, {}, {}, tiff, {}}, sample), "before.png") == upright(image, orientation));
      CHECK(decode_image(make_png(20, 36, {8, 2, false, {}, {}, {}, tiff}, sample), "after.png") == upright(image, orientation));
    }
  }
  CHECK(decode_image(with_exif(jpeg, {'X', 'Y'}), "bad_exif.jpg") == stored);
}

TEST_CASE("the first orientation of several APP1 segments of a JPEG counts") {
  const Bytes jpeg = make_jpeg(smooth_image(16, 24).bytes, 16, 24, {});
  Bytes unoriented = make_tiff(6, false);
  unoriented[10 + 12] = 0x13;                                      // another tag
  const auto size_with = [&](const std::vector<Bytes>& segments) { // the first one of the list is the first one of the file
    Bytes file = jpeg;
    for (auto tiff = segments.rbegin(); tiff != segments.rend(); ++tiff) file = with_exif(file, *tiff);
    const BgrImage image = decode_image(file, "x");
    return std::pair(image.h, image.w);
  };
  const std::pair upright(16, 24), turned(24, 16);
  const Bytes six = make_tiff(6, true), one = make_tiff(1, true), zero = make_tiff(0, false);
  CHECK(size_with({six, one}) == turned);
  CHECK(size_with({one, six}) == upright);
  CHECK(size_with({zero, six}) == upright);
  CHECK(size_with({{}, six}) == turned);
  CHECK(size_with({unoriented, six}) == turned);
  CHECK(size_with({Bytes(40, 'x'), {}, six}) == turned);
  Bytes xmp = with_exif(jpeg, one); // "Exif" becomes the beginning of another header
  xmp[6] = 'h';
  CHECK(decode_image(with_exif(xmp, six), "x").h == 24);
  xmp = with_exif(with_exif(jpeg, six), one);
  xmp[6] = 'h';
  CHECK(decode_image(xmp, "x").h == 24);
}

TEST_CASE("JPEG: bytes after the image and a missing end marker change nothing") {
  const BgrImage image = noise_image(40, 33, 3);
  for (bool progressive : {false, true}) {
    const Bytes whole = make_jpeg(image.bytes, 40, 33, {3, progressive});
    const BgrImage want = decode_image(whole, "x");
    for (std::size_t missing : {1, 2}) CHECK(decode_image(std::span(whole).first(whole.size() - missing), "x") == want);
    for (const Bytes& more : {Bytes(1, 0), Bytes(1000, 0xff), whole}) {
      Bytes longer = whole;
      longer.insert(longer.end(), more.begin(), more.end());
      CHECK(decode_image(longer, "x") == want);
      longer.erase(longer.begin() + std::ptrdiff_t(whole.size()) - 2, longer.begin() + std::ptrdiff_t(whole.size()));
      if (more != whole) CHECK(decode_image(longer, "x") == want); // other bytes in place of the end marker
    }
  }
}

TEST_CASE("a file that is not an image is refused by name") {
  CHECK(contains(error_of([] { decode_image({}, "empty.jpg"); }), "empty.jpg: "));
  const Bytes text{'h', 'e', 'l', 'l', 'o', ' ', 'w', 'o', 'r', 'l', 'd'};
  CHECK(contains(error_of([&] { decode_image(text, "text.png"); }), "text.png: "));
  TempDir dir;
  CHECK(contains(error_of([&] { read_image(dir / "none.jpg"); }), "none.jpg"));
  CHECK(contains(error_of([&] { read_image(dir / ""); }), "directory"));
}

TEST_CASE("the type is recognized from the bytes, not from the name") {
  TempDir dir;
  const BgrImage image = noise_image(5, 6, 1);
  write_image(dir / "a.png", image);
  std::filesystem::rename(dir / "a.png", dir / "a.jpg");
  CHECK(read_image(dir / "a.jpg") == image);
}

TEST_CASE("images above the size limit are refused by their header") {
  Bytes jpeg = make_jpeg(smooth_image(8, 10).bytes, 8, 10, {});
  CHECK(decode_image(jpeg, "ten.jpg", {80}).w == 10);
  CHECK(contains(error_of([&] { decode_image(jpeg, "ten.jpg", {79}); }), "at most 79 pixels (the limit can be raised), found 10 x 8"));
  const std::uint8_t marker[] = {0xff, 0xc0};
  const auto frame = std::search(jpeg.begin(), jpeg.end(), std::begin(marker), std::end(marker)) + 5;
  std::fill(frame, frame + 4, std::uint8_t(0xff)); // 65535 x 65535
  CHECK(error_of([&] { decode_image(jpeg, "huge.jpg"); }) != "");

  Bytes png = make_png(8, 10, {}, gray_ramp);
  CHECK(contains(error_of([&] { decode_image(png, "ten.png", {79}); }), "at most 79 pixels (the limit can be raised), found 10 x 8"));
  for (std::uint8_t top : {0x00, 0x10, 0x7f, 0xff}) {
    for (std::size_t at : {16u, 20u}) png[at] = top;
    png[17] = png[21] = 0x40;
    fix_checksums(png);
    CHECK(error_of([&] { decode_image(png, "huge.png"); }) != "");
  }
}

TEST_CASE("PNG files are read back exactly, JPEG files nearly") {
  TempDir dir;
  for (const auto& [h, w] : {std::pair{30, 41}, {1, 9}, {9, 1}}) {
    const BgrImage noise = noise_image(h, w, 3), smooth = smooth_image(h, w);
    write_image(dir / "a.PNG", noise);
    CHECK(read_image(dir / "a.PNG") == noise);
    write_image(dir / "a.jpeg", smooth);
    const Difference d = compare(as_floats(read_image(dir / "a.jpeg")), as_floats(smooth), 8);
    CHECK_MESSAGE(d.ok(), d.text());
  }
  CHECK(dir.names() == std::vector<std::string>{"a.PNG", "a.jpeg"}); // no .part file is left
}

TEST_CASE("JPEG files have OpenCV's quality 95 and 4:2:0") {
  TempDir dir;
  write_image(dir / "a.jpg", smooth_image(32, 32));
  std::ifstream in(dir / "a.jpg", std::ios::binary);
  const Bytes bytes{std::istreambuf_iterator<char>(in), {}};
  const auto after = [&](std::uint8_t marker, std::size_t offset) {
    const std::uint8_t start[] = {0xff, marker};
    return int(*(std::search(bytes.begin(), bytes.end(), std::begin(start), std::end(start)) + std::ptrdiff_t(offset)));
  };
  CHECK(after(0xdb, 5) == 2);     // luma step 16 * 10 %
  CHECK(after(0xc0, 11) == 0x22); // luma sampled twice as densely both ways
}

TEST_CASE("write failures are errors and leave no file") {
  TempDir dir;
  const BgrImage image = noise_image(200, 200, 5);
  CHECK(contains(error_of([&] { write_image(dir / "a.bmp", image); }), "a.bmp"));
  CHECK(contains(error_of([&] { write_image(dir / "none/a.png", image); }), "none/a.png"));
  CHECK(contains(error_of([&] { write_image(dir / "a.png", BgrImage()); }), "a.png"));
  CHECK(contains(error_of([&] { write_image(dir / "a.jpg", BgrImage(1, 70000)); }), "a.jpg")); // JPEG sizes end at 65500
  CHECK(dir.names().empty());
  if (!std::filesystem::exists("/dev/full")) return;
  std::filesystem::create_symlink("/dev/full", dir / "full.png");
  CHECK(contains(error_of([&] { write_image(dir / "full.png", image); }), "full.png"));
}

TEST_CASE("image names are recognized by their extension") {
  for (const char* name : {"a.jpg", "a.JPG", "a.JpEg", "dir.x/a.png", ".png", "a.b.jpeg", "a.WebP", "a.TIF", "a.heic", "a.avif", "a.bmp"})
    CHECK(is_image_name(name));
  for (const char* name : {"", "jpg", "a.jp", "a.jpg.txt", "a.png/b", "a.jpg ", "a."}) CHECK(!is_image_name(name));
}

TEST_CASE("drawn images have names that file systems allow") {
  CHECK(drawn_name("a.png") == "a.png");
  CHECK(drawn_name("a.webp") == "a.webp.jpg");
  const std::string longest = std::string(250, 'x') + ".webp", other = std::string(249, 'x') + "y.webp";
  CHECK(drawn_name(longest).size() == 255);
  CHECK(drawn_name(longest).ends_with(".jpg"));
  CHECK(drawn_name(longest) != drawn_name(other));
}
