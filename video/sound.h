// SoundCopy: copies the sound of a clip into another one, packet by packet, without decoding it.
// SPDX-License-Identifier: MIT
#pragma once

#include "video/input.h"

#include <optional>
#include <string>

namespace pose::ffmpeg {

class SoundCopy {
public:
  // Opens the sound of `source` and adds a stream for it to `output`, whose header is not written yet.  Where that cannot be, note() says why and the
  // object does nothing.
  SoundCopy(const std::string& source, AVFormatContext& output);

  const std::string& note() const { return note_; }

  // Sets the time of the source, in seconds, at which the output begins.
  void begin_at(double start) { start_ = start; }
  // Writes the packets that begin before `end`, a time of the output in seconds.  Returns FFmpeg's error code of the output.
  int write_until(double end);

private:
  bool open(const std::string& source);
  bool read();

  AVFormatContext& output_;
  std::optional<Input> input_;
  AVStream* from_ = nullptr;
  AVStream* to_ = nullptr;
  std::int64_t zero_ = 0; // the start of the source's video, in ticks of the sound
  double start_ = 0;
  std::int64_t last_dts_ = INT64_MIN;
  Packet packet_; // read and not written yet
  std::string note_;
};

} // namespace pose::ffmpeg
