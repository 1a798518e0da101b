// Implements the WebP part of formats.h with libwebp.
// SPDX-License-Identifier: MIT
#include "image/exif.h"
#include "image/formats.h"
#include "tensor/error.h"

#include <webp/decode.h>
#include <webp/demux.h>

#include <algorithm>
#include <memory>

namespace pose {
namespace {

// The block begins as a segment of a JPEG does, or, as the specification has it, with the TIFF header.
int orientation_of(const WebPDemuxer* demuxer) {
  WebPChunkIterator chunk;
  if (WebPDemuxGetChunk(demuxer, "EXIF", 1, &chunk) == 0) return 0;
  const std::span block(chunk.chunk.bytes, chunk.chunk.size);
  const int in_segment = exif_orientation_of_segment(block), orientation = in_segment != 0 ? in_segment : exif_orientation(block);
  WebPDemuxReleaseChunkIterator(&chunk);
  return orientation;
}

// Draws the first image of an animation.
bool draw_first(const WebPData& file, BgrImage& image) {
  WebPAnimDecoderOptions options;
  if (WebPAnimDecoderOptionsInit(&options) == 0) return false;
  options.color_mode = MODE_BGRA;
  const std::unique_ptr<WebPAnimDecoder, void (*)(WebPAnimDecoder*)> decoder(WebPAnimDecoderNew(&file, &options), WebPAnimDecoderDelete);
  std::uint8_t* pixel = nullptr;
  int time = 0;
  if (decoder == nullptr || WebPAnimDecoderGetNext(decoder.get(), &pixel, &time) == 0) return false;
  for (std::size_t i = 0; i < image.bytes.size(); i += 3, pixel += 4) std::copy_n(pixel, 3, &image.bytes[i]);
  return true;
}

} // namespace

StoredImage decode_webp(std::span<const std::uint8_t> bytes, const std::string& source, const DecodeLimits& limits) {
  const auto check = [&](bool ok) {
    if (!ok) fail("{}: broken or truncated WebP of {} bytes", source, bytes.size());
  };
  WebPBitstreamFeatures features;
  check(WebPGetFeatures(bytes.data(), bytes.size(), &features) == VP8_STATUS_OK);
  check_dimensions(source, features.height, features.width, limits);
  const WebPData file{bytes.data(), bytes.size()};
  const std::unique_ptr<WebPDemuxer, void (*)(WebPDemuxer*)> demuxer(WebPDemux(&file), WebPDemuxDelete);
  check(demuxer != nullptr); // the file has all of its parts
  StoredImage stored{BgrImage(features.height, features.width), orientation_of(demuxer.get())};
  std::vector<std::uint8_t>& to = stored.image.bytes;
  check(features.has_animation != 0 ? draw_first(file, stored.image)
                                    : WebPDecodeBGRInto(bytes.data(), bytes.size(), to.data(), to.size(), features.width * 3) != nullptr);
  return stored;
}

} // namespace pose
