// Finds the place where decoding must begin, so that the first frames delivered have the same times and indices as without seeking.
// SPDX-License-Identifier: MIT
#pragma once

#include "video/input.h"

#include <optional>
#include <string>

namespace pose::ffmpeg {

struct Place {
  std::int64_t keyframe_dts, keyframe_pts; // the last keyframe that is not after the start
  std::int64_t frames_before;              // frames that are presented before the start
};

// Reads the packets of the source up to `start` (seconds), without decoding them.  Returns none if seeking would save nothing or could give other
// frames than decoding everything: no presentation timestamps, timestamps that go back, packets that are not one frame each, input that is not
// seekable.
std::optional<Place> find_place(const std::string& source, double start, const StopCallback& stop);

// Moves the input to the place.  Returns false if the demuxer did not go there; the input must then be opened again.
bool go_to(Input& input, const AVStream& stream, const Place& place);

} // namespace pose::ffmpeg
