// Decoder: the frames of an input's video stream, in the order of presentation.
// SPDX-License-Identifier: MIT
#pragma once

#include "video/input.h"

#include <string>

namespace pose::ffmpeg {

class Decoder {
public:
  // Opens the decoder of the input's best video stream.  Throws DataError for an input without one and for an unknown codec.  threads: 1 or more.
  Decoder(Input& input, int threads);

  // Decodes the next frame.  Returns false at the end and when input.watch().stopped().  Skips packets and frames that are broken.  Throws DataError
  // after the last frame of a stream that ended with an error or earlier than it should.
  bool next(AVFrame& frame);

  const AVStream& stream() const { return stream_; }
  std::int64_t broken() const { return broken_; }

private:
  void feed();
  void end_input(int code, const std::string& log);
  bool ends_early() const;

  Input& input_;
  AVStream& stream_;
  Codec codec_;
  Packet packet_ = make_packet();
  std::string error_; // to throw after the last frame
  std::int64_t frames_ = 0, broken_ = 0;
  std::int64_t end_ = 0;      // of the last packet
  std::int64_t end_byte_ = 0; // of the last packet whose place is known
  int failed_reads_ = 0;      // since the last packet
  bool last_was_partial_ = false;
};

} // namespace pose::ffmpeg
