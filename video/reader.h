// VideoReader: decodes clips, streams and cameras with FFmpeg's libraries, frame by frame, with exact times.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/image.h"
#include "tensor/stop.h"

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

namespace pose {

// Returns whether this build has FFmpeg.  Without it the functions below and VideoWriter throw an Error that says how to get it.
bool video_supported();

// Returns whether the name ends in an extension of a clip (.mp4 .mov .mkv .webm .avi .ts ..., any case).  For folders: open() looks at the content.
bool is_video_name(const std::string& name);

struct VideoOptions {
  double start = 0;                                     // seconds: frames before it are not delivered
  double end = std::numeric_limits<double>::infinity(); // seconds: frames from it on are not delivered
  int step = 1;                                         // delivers every step-th frame, from the first one that is not before `start`
  std::optional<int> rotate = {};                       // degrees clockwise: 0, 90, 180, 270; none: as the clip's own metadata say
  int threads = 0;                                      // of the decoder; 0: as many as the machine has, at most 4
  StopCallback stop = {};                               // also called while a read waits for data; must not throw
};

struct VideoInfo {
  std::string source;        // as given; "webcam:0" for a camera
  int width = 0, height = 0; // of the first frame, after rotation; 0: unknown until it is read
  double fps = 0;            // average; 0: unknown
  std::int64_t frames = 0;   // as the container says, or estimated from the duration; 0: unknown
  double duration = 0;       // seconds; 0: unknown
  bool live = false;         // a camera, or a stream without an end: frames that are not read in time are lost
};

struct VideoFrame {
  BgrImage image;
  std::int64_t index = 0; // frames that the decoder returned before this one, from the start of the source, whatever `start` and `step` are
  double time = 0;        // seconds from the start of the source; larger than that of the frame before
};

// Reads the video stream of a source.  Of several streams it takes the default one, then the largest; never a cover image.
//
// Times are the presentation times of the stream, relative to its first one.  See FrameClock for missing timestamps and those that jump back.
// Colors are converted with the matrix and range that the stream states.  Without a statement the range is limited and the matrix is BT.709 from
// 1280 columns or 577 rows on, BT.601 below, as players do.  Alpha is dropped.  Interlaced frames stay interlaced.  HDR transfer functions and
// non-square pixels are ignored.  If the frame size changes in the middle of a stream, each frame has its own size.
class VideoReader {
public:
  // Opens a path, a URL (scheme://...) or "-" for standard input, which may be a pipe or a file.  Throws InputError for options out of range.  Throws
  // DataError for a source that is missing, has no video stream, or whose format or codec FFmpeg does not know.  A file is never opened because
  // another file names it: playlists work by URL only.
  static VideoReader open(const std::string& source, const VideoOptions& options = {});
  // Opens a Video4Linux camera: "0", "/dev/video0".  Throws DataError for one that is missing or busy.
  static VideoReader open_camera(const std::string& camera, const VideoOptions& options = {});

  VideoReader(VideoReader&&) noexcept;
  VideoReader& operator=(VideoReader&&) noexcept;
  ~VideoReader();

  const VideoInfo& info() const;
  // Reads the next frame.  Returns false at the end, at options.end and when options.stop returned true.  Throws DataError where the stream breaks
  // off (a truncated file, a camera that was unplugged, a network stream without data for 30 seconds); all frames before that were delivered.  After
  // an error it returns false.
  bool read(VideoFrame& frame);
  // Returns how many packets or frames could not be decoded and were skipped.
  std::int64_t broken() const;

private:
  struct State;
  explicit VideoReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

} // namespace pose
