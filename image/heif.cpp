// Implements the HEIF and AVIF part of formats.h with libheif: the primary image.
// SPDX-License-Identifier: MIT
#include "image/formats.h"
#include "tensor/error.h"

#include <libheif/heif.h>

#include <algorithm>
#include <memory>

namespace pose {
namespace {

constexpr int kBlock = 64; // the largest of HEVC

// Copies R, G, B rows to B, G, R.
BgrImage to_bgr(const heif_image* rgb, int h, int w) {
  int stride = 0;
  const std::uint8_t* const plane = heif_image_get_plane_readonly(rgb, heif_channel_interleaved, &stride);
  BgrImage image(h, w);
  for (int y = 0; y < h; y++) {
    const std::uint8_t* from = plane + std::ptrdiff_t(y) * stride;
    std::uint8_t* to = image.row(y);
    for (int x = 0; x < w; x++, from += 3, to += 3) std::reverse_copy(from, from + 3, to);
  }
  return image;
}

} // namespace

// The standard makes rotation and mirroring properties of the image, which libheif applies; it lets the EXIF orientation be ignored (ISO/IEC
// 23008-12).
StoredImage decode_heif(std::span<const std::uint8_t> bytes, const std::string& source, const DecodeLimits& limits) {
  const auto check = [&](const heif_error& error) {
    if (error.code != heif_error_Ok) fail("{}: broken or unknown HEIF of {} bytes: {}", source, bytes.size(), error.message);
  };
  const std::unique_ptr<heif_context, decltype(&heif_context_free)> context(heif_context_alloc(), heif_context_free);
  heif_context_set_max_decoding_threads(context.get(), 0);                     // the caller has its own threads
  heif_context_set_maximum_image_size_limit(context.get(), int(kMaxSide) + 1); // of each side
  check(heif_context_read_from_memory_without_copy(context.get(), bytes.data(), bytes.size(), nullptr));
  heif_image_handle* handle = nullptr;
  check(heif_context_get_primary_image_handle(context.get(), &handle));
  const std::unique_ptr<heif_image_handle, decltype(&heif_image_handle_release)> primary(handle, heif_image_handle_release);
  check_dimensions(source, heif_image_handle_get_height(handle), heif_image_handle_get_width(handle), limits);
  // Before it was cropped and turned: HEVC has whole blocks.
  const int coded_h = heif_image_handle_get_ispe_height(handle), coded_w = heif_image_handle_get_ispe_width(handle);
  check_dimensions(source, std::max(1, coded_h - kBlock + 1), std::max(1, coded_w - kBlock + 1), limits);
  // The size of a grid of tiles or of an overlay is stated a second time.
  heif_context_set_maximum_image_size_limit(context.get(), std::max(coded_h, coded_w) + 1);

  const std::unique_ptr<heif_decoding_options, decltype(&heif_decoding_options_free)> options(heif_decoding_options_alloc(),
                                                                                              heif_decoding_options_free);
  options->convert_hdr_to_8bit = 1;
  options->decoder_id = "aom"; // of AV1: dav1d, which is preferred otherwise, prints errors and starts threads
  heif_image* image = nullptr;
  check(heif_decode_image(handle, &image, heif_colorspace_RGB, heif_chroma_interleaved_RGB, options.get()));
  const std::unique_ptr<heif_image, decltype(&heif_image_release)> decoded(image, heif_image_release);
  const int h = heif_image_get_height(image, heif_channel_interleaved), w = heif_image_get_width(image, heif_channel_interleaved);
  check_dimensions(source, h, w, limits);
  return {to_bgr(image, h, w), 0};
}

} // namespace pose
