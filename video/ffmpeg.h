// What the sources of this folder share about FFmpeg: headers, owners of its objects, its log, its errors, and the numbers of its time bases.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/error.h"

#include <cstdint>
#include <memory>
#include <new>
#include <optional>
#include <string>

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
#include <libavutil/dict.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

namespace pose::ffmpeg {

constexpr double kHighestFps = 1000; // above it FFmpeg guesses from a time base
constexpr int kMostThreads = 4;      // of a decoder or an encoder

struct Free {
  void operator()(AVPacket* packet) const { av_packet_free(&packet); }
  void operator()(AVFrame* frame) const { av_frame_free(&frame); }
  void operator()(AVCodecContext* codec) const { avcodec_free_context(&codec); }
  void operator()(SwsContext* scaler) const { sws_freeContext(scaler); }
};
using Packet = std::unique_ptr<AVPacket, Free>;
using Frame = std::unique_ptr<AVFrame, Free>;
using Codec = std::unique_ptr<AVCodecContext, Free>;
using Scaler = std::unique_ptr<SwsContext, Free>;

// Throws std::bad_alloc for null: FFmpeg's allocators return it for nothing else.
template <class T> T* allocated(T* object) {
  if (object == nullptr) throw std::bad_alloc();
  return object;
}
inline Packet make_packet() {
  return Packet(allocated(av_packet_alloc()));
}
inline Frame make_frame() {
  return Frame(allocated(av_frame_alloc()));
}

// A dictionary of options.
class Options {
public:
  Options() = default;
  ~Options() { av_dict_free(&dictionary_); }
  Options(const Options&) = delete;
  Options& operator=(const Options&) = delete;

  void set(const char* key, const std::string& value) { av_dict_set(&dictionary_, key, value.c_str(), 0); }
  AVDictionary** get() { return &dictionary_; }

private:
  AVDictionary* dictionary_ = nullptr;
};

// Catches FFmpeg's error messages of this thread while it lives, and keeps the last one.  FFmpeg has one log per process: the first LogCatcher takes
// it over, and messages of other threads and all other levels are dropped from then on.
class LogCatcher {
public:
  LogCatcher();
  ~LogCatcher();
  LogCatcher(const LogCatcher&) = delete;
  LogCatcher& operator=(const LogCatcher&) = delete;

  const std::string& last() const { return last_; }
  // The last message that a demuxer wrote.
  const std::string& last_of_demuxer() const { return last_of_demuxer_; }

private:
  static void callback(void* object, int level, const char* format, va_list arguments);

  LogCatcher* outer_;
  std::string line_, last_, last_of_demuxer_;
};

// Returns the text of one of FFmpeg's error codes, with what the log says in parentheses.
std::string reason(int code, const std::string& log = "");

// Returns a time in seconds, rounded once: exact decimal fractions compare equal to what strtod makes of them.
inline double seconds(std::int64_t ticks, AVRational base) {
  return double(ticks) * base.num / base.den;
}
// Returns none for AV_NOPTS_VALUE.
inline std::optional<std::int64_t> stamp(std::int64_t value) {
  return value == AV_NOPTS_VALUE ? std::nullopt : std::optional(value);
}

// Returns the matrix (a number of AVColorSpace) that players assume where a stream of this size states none.
inline int usual_matrix(int width, int height) {
  return width >= 1280 || height > 576 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
}

} // namespace pose::ffmpeg
