// Implements orientation.h.
// SPDX-License-Identifier: MIT
#include "video/orientation.h"

#include <cstdlib>

namespace pose::ffmpeg {
namespace {

constexpr std::size_t kMatrixBytes = 9 * sizeof(std::int32_t);

const std::int32_t* checked(const std::uint8_t* bytes, std::size_t size) {
  return bytes != nullptr && size >= kMatrixBytes ? reinterpret_cast<const std::int32_t*>(bytes) : nullptr;
}

} // namespace

// The matrix (a b u; c d v; x y w) maps a stored point (p, q) to (a p + c q, b p + d q), y down.
int orientation_of(const std::int32_t* matrix) {
  if (matrix == nullptr) return 1;
  const std::int64_t a = matrix[0], b = matrix[1], c = matrix[3], d = matrix[4];
  if (std::llabs(a) + std::llabs(d) >= std::llabs(b) + std::llabs(c)) {
    if (a >= 0) return d >= 0 ? 1 : 4;
    return d >= 0 ? 2 : 3;
  }
  if (b >= 0) return c >= 0 ? 5 : 6;
  return c >= 0 ? 8 : 7;
}

int orientation_of_degrees(int degrees) {
  switch (degrees) {
    case 90: return 6;
    case 180: return 3;
    case 270: return 8;
    default: return 1;
  }
}

// FFmpeg 6.1 moved the side data of a stream to its codec parameters.
const std::int32_t* display_matrix(const AVStream& stream) {
#if LIBAVFORMAT_VERSION_INT >= AV_VERSION_INT(60, 15, 100)
  const AVCodecParameters& codec = *stream.codecpar;
  const AVPacketSideData* data = av_packet_side_data_get(codec.coded_side_data, codec.nb_coded_side_data, AV_PKT_DATA_DISPLAYMATRIX);
  return data != nullptr ? checked(data->data, data->size) : nullptr;
#else
  std::size_t size = 0;
  const std::uint8_t* bytes = av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
  return checked(bytes, size);
#endif
}

const std::int32_t* display_matrix(const AVFrame& frame) {
  const AVFrameSideData* data = av_frame_get_side_data(&frame, AV_FRAME_DATA_DISPLAYMATRIX);
  return data != nullptr ? checked(data->data, data->size) : nullptr;
}

} // namespace pose::ffmpeg
