// Input: a source that FFmpeg's demuxer reads: a local file, a pipe, a URL or a camera.
// SPDX-License-Identifier: MIT
#pragma once

#include "video/ffmpeg.h"
#include "video/file_bytes.h"

#include <memory>
#include <optional>
#include <string>

namespace pose::ffmpeg {

class Input {
public:
  // Throws as VideoReader::open() and open_camera() do, and Interrupted when stop() returned true.
  static Input open(const std::string& source, const StopCallback& stop);
  static Input open_camera(const std::string& camera, const StopCallback& stop);
  ~Input();
  Input(Input&& other) noexcept = default;
  Input& operator=(Input&& other) = delete; // its members depend on each other in the order of their destruction

  AVFormatContext& context() const { return *context_; }
  const std::string& name() const { return name_; } // of the source, in messages and results
  Watch& watch() const { return *watch_; }
  bool live() const { return live_; }
  bool seekable() const; // reading can begin at any place, and a second time

  // Chooses the stream: AVMEDIA_TYPE_VIDEO without cover images, or AVMEDIA_TYPE_AUDIO.  The packets of all others are dropped from then on.  Returns
  // null if there is none.
  AVStream* select(AVMediaType type);

  // Reads the next packet of the selected stream.  Returns FFmpeg's error code, AVERROR_EOF at the end.  Waits until there is one, watch().over() or
  // the time limit of live sources is over.
  int read(AVPacket& packet);
  // Returns what the demuxer complained about if it met the end of a short file while it was opened; "": nothing.
  const std::string& end_message() const { return end_message_; }
  // Gives a packet back: it is the next one that read() returns.
  void unread(Packet packet) { next_ = std::move(packet); }

private:
  struct CloseContext {
    void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
  };
  explicit Input(std::string name, const StopCallback& stop);
  void open_demuxer(const std::string& url, const AVInputFormat* format, Options& options);

  std::string name_, end_message_;
  std::unique_ptr<Watch> watch_;
  std::unique_ptr<FileBytes> bytes_; // null for URLs and cameras; closed after the context
  std::unique_ptr<AVFormatContext, CloseContext> context_;
  Packet next_;
  int stream_ = -1;
  bool live_ = false, waits_ = false;
};

// Returns whether the source is a URL, scheme://..., and not the name of a file.
bool is_url(const std::string& source);

// Returns whether the source can be opened twice: a file or a URL.  A pipe must not be opened in vain, since its bytes would be lost.
bool can_be_read_twice(const std::string& source);

// Returns the time of the stream, in its ticks, that is the start of the clip; none: unknown before the first frame.
std::optional<std::int64_t> origin(const Input& input, const AVStream& stream);

} // namespace pose::ffmpeg
