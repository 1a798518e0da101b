// How a clip is stored: rotated and mirrored by a display matrix, as phones do.
// SPDX-License-Identifier: MIT
#pragma once

#include "video/ffmpeg.h"

namespace pose::ffmpeg {

// Orientations are those of EXIF, 1 to 8, as in image/exif.h.

// Returns the orientation of FFmpeg's display matrix, rounded to a quarter turn; 1 for null.
int orientation_of(const std::int32_t* matrix);
// Returns the orientation for a rotation by 0, 90, 180 or 270 degrees clockwise.
int orientation_of_degrees(int degrees);
inline bool swaps_sides(int orientation) {
  return orientation >= 5;
}

// Returns the display matrix of a stream or frame, or null.
const std::int32_t* display_matrix(const AVStream& stream);
const std::int32_t* display_matrix(const AVFrame& frame);

} // namespace pose::ffmpeg
