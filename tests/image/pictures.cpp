// Implements pictures.h: JPEG files by libjpeg, PNG files chunk by chunk, BMP files field by field.
// SPDX-License-Identifier: MIT
#include "tests/image/pictures.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <jpeglib.h>
#include <zlib.h>

namespace pose::test {
namespace {

void append_u32(Bytes& to, std::uint32_t v) {
  for (int shift = 24; shift >= 0; shift -= 8) to.push_back(std::uint8_t(v >> shift));
}

std::uint32_t u32_at(const Bytes& from, std::size_t at) {
  return std::uint32_t(from[at]) << 24 | std::uint32_t(from[at + 1]) << 16 | std::uint32_t(from[at + 2]) << 8 | from[at + 3];
}

void append_chunk(Bytes& png, const std::string& type, const Bytes& data) {
  append_u32(png, std::uint32_t(data.size()));
  const std::size_t start = png.size();
  png.insert(png.end(), type.begin(), type.end());
  png.insert(png.end(), data.begin(), data.end());
  append_u32(png, std::uint32_t(crc32(0, &png[start], uInt(png.size() - start))));
}

Bytes deflated(const Bytes& data) {
  uLongf size = compressBound(uLong(data.size()));
  Bytes out(size);
  compress(out.data(), &size, data.data(), uLong(data.size()));
  out.resize(size);
  return out;
}

// Returns the rows of one pass: every step-th pixel from the first one on, each row preceded by filter type 0.
struct Pass {
  int y0, x0, step_y, step_x;
};

void append_rows(Bytes& raw, const Pass& pass, int h, int w, int depth, int channels, const Sample& sample) {
  if (pass.x0 >= w) return; // an empty pass has no rows
  for (int y = pass.y0; y < h; y += pass.step_y) {
    raw.push_back(0);
    std::uint32_t bits = 0;
    int filled = 0;
    for (int x = pass.x0; x < w; x += pass.step_x) {
      for (int c = 0; c < channels; ++c) {
        bits = bits << depth | std::uint32_t(sample(y, x, c));
        for (filled += depth; filled >= 8; filled -= 8) raw.push_back(std::uint8_t(bits >> (filled - 8)));
      }
    }
    if (filled > 0) raw.push_back(std::uint8_t(bits << (8 - filled)));
  }
}

} // namespace

BgrImage noise_image(int h, int w, std::uint32_t seed) {
  Noise noise(seed);
  BgrImage image(h, w);
  for (std::uint8_t& v : image.bytes) v = std::uint8_t(noise.next() >> 8);
  return image;
}

BgrImage smooth_image(int h, int w) {
  BgrImage image(h, w);
  for (int y = 0; y < h; ++y) {
    for (int x = 0; x < w; ++x) {
      std::uint8_t* p = image.row(y) + x * 3;
      p[0] = std::uint8_t(40 + 150 * x / w);
      p[1] = std::uint8_t(60 + 150 * y / h);
      p[2] = std::uint8_t(200 - 100 * x / w);
    }
  }
  return image;
}

std::vector<float> as_floats(const BgrImage& image) {
  return {image.bytes.begin(), image.bytes.end()};
}

Bytes make_jpeg(const Bytes& samples, int h, int w, const JpegRecipe& recipe) {
  jpeg_compress_struct info{};
  jpeg_error_mgr errors{};
  info.err = jpeg_std_error(&errors);
  jpeg_create_compress(&info);
  unsigned char* data = nullptr;
  unsigned long size = 0;
  jpeg_mem_dest(&info, &data, &size);
  info.image_width = JDIMENSION(w);
  info.image_height = JDIMENSION(h);
  info.input_components = recipe.components;
  info.in_color_space = recipe.components == 1 ? JCS_GRAYSCALE : recipe.components == 3 ? JCS_EXT_BGR : JCS_CMYK;
  jpeg_set_defaults(&info);
  if (recipe.ycck) jpeg_set_colorspace(&info, JCS_YCCK);
  jpeg_set_quality(&info, 100, TRUE);
  if (recipe.progressive) jpeg_simple_progression(&info);
  jpeg_start_compress(&info, TRUE);
  while (info.next_scanline < info.image_height) {
    auto* row = const_cast<JSAMPROW>(&samples[std::size_t(info.next_scanline) * std::size_t(w) * std::size_t(recipe.components)]);
    jpeg_write_scanlines(&info, &row, 1);
  }
  jpeg_finish_compress(&info);
  jpeg_destroy_compress(&info);
  const Bytes out(data, data + size);
  std::free(data);
  return out;
}

Bytes make_tiff(int orientation, bool big_endian) {
  Bytes tiff(2, big_endian ? 'M' : 'I');
  const auto number = [&](unsigned value, int size) {
    for (int i = 0; i < size; ++i) tiff.push_back(std::uint8_t(value >> 8 * (big_endian ? size - 1 - i : i)));
  };
  number(42, 2);
  number(8, 4); // the directory follows
  number(2, 2);
  for (const auto& [tag, value] : {std::pair{0x0100u, 77u}, std::pair{0x0112u, unsigned(orientation)}}) {
    number(tag, 2);
    number(3, 2); // SHORT
    number(1, 4);
    number(value, 2);
    number(0, 2);
  }
  number(0, 4); // no further directory
  return tiff;
}

Bytes with_exif(const Bytes& jpeg, const Bytes& tiff) {
  const std::size_t length = 2 + 6 + tiff.size();
  Bytes segment = tiff, out = jpeg;
  segment.insert(segment.begin(), {0xff, 0xe1, std::uint8_t(length >> 8), std::uint8_t(length), 'E', 'x', 'i', 'f', 0, 0});
  out.insert(out.begin() + 2, segment.begin(), segment.end());
  return out;
}

Bytes make_png(int h, int w, const PngRecipe& recipe, const Sample& sample) {
  static constexpr int kChannels[7] = {1, 0, 3, 1, 2, 0, 4};
  const int channels = kChannels[recipe.color];
  Bytes raw;
  if (recipe.interlaced) { // Adam7
    for (const Pass& pass : {Pass{0, 0, 8, 8}, {0, 4, 8, 8}, {4, 0, 8, 4}, {0, 2, 4, 4}, {2, 0, 4, 2}, {0, 1, 2, 2}, {1, 0, 2, 1}}) {
      append_rows(raw, pass, h, w, recipe.depth, channels, sample);
    }
  } else {
    append_rows(raw, {0, 0, 1, 1}, h, w, recipe.depth, channels, sample);
  }

  Bytes png{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'}, header;
  append_u32(header, std::uint32_t(w));
  append_u32(header, std::uint32_t(h));
  for (int v : {recipe.depth, recipe.color, 0, 0, int(recipe.interlaced)}) header.push_back(std::uint8_t(v));
  append_chunk(png, "IHDR", header);
  if (!recipe.palette.empty()) append_chunk(png, "PLTE", recipe.palette);
  if (!recipe.transparency.empty()) append_chunk(png, "tRNS", recipe.transparency);
  if (!recipe.exif_before.empty()) append_chunk(png, "eXIf", recipe.exif_before);
  append_chunk(png, "IDAT", deflated(raw));
  if (!recipe.exif_after.empty()) append_chunk(png, "eXIf", recipe.exif_after);
  append_chunk(png, "IEND", {});
  return png;
}

Bytes make_bmp(int h, int w, const BmpRecipe& recipe, const BmpPixel& pixel) {
  const std::uint32_t bits = recipe.bits, colors = std::uint32_t(recipe.palette.size() / 3);
  const bool core = recipe.header == 12;
  Bytes bmp{'B', 'M'};
  const auto put = [&](std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) bmp.push_back(std::uint8_t(value >> 8 * i));
  };
  put(0, 4); // the size of the file, and a reserved number: readers ignore them
  put(0, 4);
  const std::size_t offset = bmp.size();
  put(0, 4);
  put(recipe.header, 4);
  put(std::uint32_t(w), core ? 2 : 4);
  put(std::uint32_t(recipe.top_down ? -h : h), core ? 2 : 4);
  put(1, 2);
  put(bits, 2);
  if (!core) {
    for (const std::uint32_t value : {recipe.compression, 0u, 0u, 0u, colors, 0u}) put(value, 4);
  }
  for (const std::uint32_t mask : recipe.masks) put(mask, 4);
  bmp.resize(std::max<std::size_t>(bmp.size(), 14 + recipe.header));
  for (std::uint32_t i = 0; i < (core && bits <= 8 ? 1u << bits : colors); ++i) { // a core header has no number of colors
    for (std::uint32_t c = 0; c < 3; ++c) put(i < colors ? recipe.palette[i * 3 + c] : 0, 1);
    if (!core) put(0, 1);
  }
  for (std::size_t i = 0; i < 4; ++i) bmp[offset + i] = std::uint8_t(bmp.size() >> 8 * i);
  bmp.insert(bmp.end(), recipe.runs.begin(), recipe.runs.end());
  for (int row = 0; pixel != nullptr && row < h; ++row) {
    Bytes line((std::size_t(w) * bits + 31) / 32 * 4);
    for (int x = 0; x < w; ++x) {
      const std::uint32_t value = pixel(recipe.top_down ? row : h - 1 - row, x);
      const std::size_t bit = std::size_t(x) * bits;
      if (bits < 8) line[bit / 8] = std::uint8_t(line[bit / 8] | value << (8 - bits - bit % 8));
      for (std::size_t i = 0; i < bits / 8; ++i) line[bit / 8 + i] = std::uint8_t(value >> 8 * i);
    }
    bmp.insert(bmp.end(), line.begin(), line.end());
  }
  return bmp;
}

Bytes corpus_file(const std::string& name) {
  std::ifstream in(std::string(POSE_PROJECT_DIR "/fuzz/corpus/") + name, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> corpus_names(const std::string& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(POSE_PROJECT_DIR "/fuzz/corpus/" + folder))
    names.push_back(folder + "/" + entry.path().filename().string());
  std::sort(names.begin(), names.end());
  return names;
}

void fix_checksums(Bytes& png) {
  for (std::size_t at = 8; at + 12 <= png.size();) {
    const std::size_t length = u32_at(png, at);
    if (length > png.size() - at - 12) return;
    const auto sum = std::uint32_t(crc32(0, &png[at + 4], uInt(length + 4)));
    for (std::size_t i = 0; i < 4; ++i) png[at + 8 + length + i] = std::uint8_t(sum >> (24 - 8 * i));
    at += 12 + length;
  }
}

} // namespace pose::test
