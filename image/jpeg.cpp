// Implements the JPEG part of formats.h with libjpeg-turbo.
// SPDX-License-Identifier: MIT
#include "image/c_errors.h"
#include "image/exif.h"
#include "image/formats.h"
#include "tensor/error.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iterator>

#include <jpeglib.h>

#include <jerror.h>

namespace pose {
namespace {

constexpr int kMaxScans = 500; // otherwise a few bytes per scan could keep the decoder busy for hours
constexpr int kExifMarker = JPEG_APP0 + 1;

[[noreturn]] void jump_back(j_common_ptr info, const char* text) {
  static_cast<CErrors*>(info->client_data)->jump_back(text);
}

[[noreturn]] void refuse_error(j_common_ptr info) {
  char text[JMSG_LENGTH_MAX];
  info->err->format_message(info, text);
  jump_back(info, text);
}

void ignore_message(j_common_ptr) {}

// Treats surplus or unusual data as a warning, as OpenCV does.  Entropy-coded data that end early are an error: they would leave gray blocks in the
// image.
void refuse_missing_data(j_common_ptr info, int level) {
  if (level < 0 && info->err->msg_code == JWRN_HIT_MARKER) jump_back(info, "image data end early");
}

jpeg_error_mgr* prepare(jpeg_error_mgr& manager) {
  jpeg_std_error(&manager);
  manager.error_exit = refuse_error;
  manager.output_message = ignore_message;
  manager.emit_message = refuse_missing_data;
  return &manager;
}

constexpr JOCTET kEndMarker[] = {0xff, JPEG_EOI};

bool end_is_supplied(const jpeg_decompress_struct& info) {
  const JOCTET* const next = info.src->next_input_byte;
  return next >= kEndMarker && next <= std::end(kEndMarker);
}

// Supplies the end marker that a file lacks, once.  Where the file lacks more than that, the decoder reports missing data, or asks again.
boolean supply_end(j_decompress_ptr info) {
  if (end_is_supplied(*info)) jump_back(reinterpret_cast<j_common_ptr>(info), "the file ends early");
  info->src->next_input_byte = kEndMarker;
  info->src->bytes_in_buffer = sizeof kEndMarker;
  return TRUE;
}

// libjpeg's function would skip beyond the end of the file by supplying any number of end markers.
void skip_bytes(j_decompress_ptr info, long count) {
  if (count <= 0) return;
  if (std::size_t(count) > info->src->bytes_in_buffer) jump_back(reinterpret_cast<j_common_ptr>(info), "the file ends early");
  info->src->next_input_byte += count;
  info->src->bytes_in_buffer -= std::size_t(count);
}

void refuse_scans(j_common_ptr info) {
  const auto* decoder = reinterpret_cast<j_decompress_ptr>(info);
  if (decoder->input_scan_number > kMaxScans) jump_back(info, "too many scans");
}

struct JpegDecoder {
  CErrors errors;
  jpeg_error_mgr manager{};
  jpeg_progress_mgr progress{};
  jpeg_decompress_struct info{};

  JpegDecoder() {
    info.err = prepare(manager);
    info.client_data = &errors; // both survive jpeg_create_decompress
  }
  ~JpegDecoder() { jpeg_destroy_decompress(&info); }
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;

  bool read_header(std::span<const std::uint8_t> bytes) {
    return attempt(errors, [&] {
      jpeg_create_decompress(&info);
      progress.progress_monitor = refuse_scans;
      info.progress = &progress;
      jpeg_mem_src(&info, bytes.data(), static_cast<unsigned long>(bytes.size()));
      info.src->fill_input_buffer = supply_end;
      info.src->skip_input_data = skip_bytes;
      jpeg_save_markers(&info, kExifMarker, 0xffff);
      jpeg_read_header(&info, TRUE);
    });
  }

  // Reads rows of 3 bytes BGR, or of 4 bytes CMYK when the file has four components.
  bool read_rows(std::uint8_t* rows, std::size_t row_bytes) {
    return attempt(errors, [&] {
      info.out_color_space = info.num_components == 4 ? JCS_CMYK : JCS_EXT_BGR;
      info.dct_method = JDCT_ISLOW;
      info.do_fancy_upsampling = TRUE;
      jpeg_start_decompress(&info);
      while (info.output_scanline < info.output_height) {
        JSAMPROW row = rows + info.output_scanline * row_bytes;
        jpeg_read_scanlines(&info, &row, 1);
      }
      const bool complete = is_complete(); // before libjpeg frees what this looks at
      jpeg_finish_decompress(&info);
      if (end_is_supplied(info) && !complete) errors.jump_back("the file ends early");
    });
  }

  // Returns the first orientation: a file may have several segments, and those of XMP have the same marker.
  int orientation() const {
    int found = 0;
    for (const jpeg_marker_struct* marker = info.marker_list; marker != nullptr && found == 0; marker = marker->next) {
      if (marker->marker == kExifMarker) found = exif_orientation_of_segment({marker->data, marker->data_length});
    }
    return found;
  }

  // Returns whether everything but the end marker was there: every component in a scan and, in a progressive file, every bit of its coefficients.
  bool is_complete() const {
    for (int c = 0; c < info.num_components; c++) {
      if (info.comp_info[c].quant_table == nullptr) return false; // set by the first scan of the component
      if (info.coef_bits == nullptr) continue;
      const int* const missing_bits = info.coef_bits[c];
      if (std::any_of(missing_bits, missing_bits + DCTSIZE2, [](int bits) { return bits != 0; })) return false;
    }
    return true;
  }
};

// Converts with OpenCV's integer formula.  Adobe writes CMYK inverted (255 = no ink); OpenCV assumes this for all four-component files.
BgrImage from_cmyk(const std::vector<std::uint8_t>& cmyk, int h, int w) {
  BgrImage image(h, w);
  for (std::size_t i = 0; i < image.bytes.size() / 3; ++i) {
    const std::uint8_t* ink = &cmyk[i * 4];
    const int k = ink[3];
    for (std::size_t c = 0; c < 3; ++c) image.bytes[i * 3 + 2 - c] = std::uint8_t(k - ((255 - ink[c]) * k >> 8));
  }
  return image;
}

struct JpegEncoder {
  CErrors errors;
  jpeg_error_mgr manager{};
  jpeg_compress_struct info{};
  unsigned char* data = nullptr; // allocated with malloc by libjpeg
  unsigned long size = 0;

  JpegEncoder() {
    info.err = prepare(manager);
    info.client_data = &errors; // both survive jpeg_create_compress
  }
  ~JpegEncoder() {
    jpeg_destroy_compress(&info);
    std::free(data);
  }
  JpegEncoder(const JpegEncoder&) = delete;
  JpegEncoder& operator=(const JpegEncoder&) = delete;

  bool write(const BgrImage& image, int quality) {
    return attempt(errors, [&] {
      jpeg_create_compress(&info);
      jpeg_mem_dest(&info, &data, &size);
      info.image_width = JDIMENSION(image.w);
      info.image_height = JDIMENSION(image.h);
      info.input_components = 3;
      info.in_color_space = JCS_EXT_BGR;
      jpeg_set_defaults(&info); // 4:2:0
      jpeg_set_quality(&info, quality, TRUE);
      jpeg_start_compress(&info, TRUE);
      while (info.next_scanline < info.image_height) {
        auto* row = const_cast<JSAMPROW>(image.row(int(info.next_scanline)));
        jpeg_write_scanlines(&info, &row, 1);
      }
      jpeg_finish_compress(&info);
    });
  }
};

} // namespace

StoredImage decode_jpeg(std::span<const std::uint8_t> bytes, const std::string& source, const DecodeLimits& limits) {
  JpegDecoder decoder;
  const auto check = [&](bool ok) {
    if (!ok) fail("{}: broken or truncated JPEG of {} bytes: {}", source, bytes.size(), decoder.errors.message);
  };
  check(decoder.read_header(bytes));
  check_dimensions(source, decoder.info.image_height, decoder.info.image_width, limits);
  const int h = int(decoder.info.image_height), w = int(decoder.info.image_width);
  if (decoder.info.num_components == 4) {
    std::vector<std::uint8_t> cmyk(std::size_t(h) * std::size_t(w) * 4);
    check(decoder.read_rows(cmyk.data(), std::size_t(w) * 4));
    return {from_cmyk(cmyk, h, w), decoder.orientation()};
  }
  StoredImage stored{BgrImage(h, w), decoder.orientation()};
  check(decoder.read_rows(stored.image.bytes.data(), std::size_t(w) * 3));
  return stored;
}

std::vector<std::uint8_t> encode_jpeg(const BgrImage& image, const std::string& path, int quality) {
  JpegEncoder encoder;
  if (!encoder.write(image, quality)) fail("{}: an image of {} x {} pixels cannot be a JPEG: {}", path, image.w, image.h, encoder.errors.message);
  return {encoder.data, encoder.data + encoder.size};
}

} // namespace pose
