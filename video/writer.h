// VideoWriter: encodes images to a clip that stays playable when the process is killed.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/image.h"

#include <memory>
#include <string>

namespace pose {

struct VideoWriterOptions {
  int width = 0, height = 0;
  double fps = 25;             // a hint for the encoder, and the duration of the last frame; times are those of write()
  std::string sound_from = {}; // clip whose sound is copied; "": none
};

// Writes .mp4 (fragments of about one second) or .mkv: H.264, or MPEG-4 part 2 where FFmpeg has no libx264; 4:2:0.  The name is final from the start,
// since the file is playable up to its last fragment at any time, also after kill -9.  An odd width or height is padded by one column or row, which
// repeats the last one.  The clip begins with the first frame that is written, whatever its time is; sound is copied from that time on, without
// encoding it again, and as far as the video.
class VideoWriter {
public:
  // Opens the file; an existing file is overwritten.  Throws InputError for another extension, a size or rate out of range, and an output that is the
  // file in sound_from.  Throws Error for a file that cannot be written or that another run is writing.  Sound that cannot be copied is no error: see
  // sound_note().
  VideoWriter(const std::string& path, const VideoWriterOptions& options);
  VideoWriter(VideoWriter&&) noexcept;
  VideoWriter& operator=(VideoWriter&&) noexcept;
  // Closes the clip as close() does, without an error.
  ~VideoWriter();

  // Appends an image.  `time`, in seconds, must be finite; one that is not larger than the time before is moved after it.  An image of another size
  // is scaled to fit, with black bars.  Throws Error once when the file cannot be written (full disk); later calls of write() and close() then do
  // nothing, and what was written before is playable.
  void write(const BgrImage& image, double time);
  // Encodes and writes what is left.  Throws as write() does.
  void close();

  // Returns whether write() or close() threw.
  bool failed() const;
  // Returns why the sound is not copied, as one line; "": it is copied, or was not requested.
  const std::string& sound_note() const;
  // Returns the name of FFmpeg's encoder.
  const std::string& encoder() const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace pose
