// Implements input.h.
// SPDX-License-Identifier: MIT
#include "video/input.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <string_view>
#include <thread>

#include <dlfcn.h>
#include <sys/stat.h>

namespace pose::ffmpeg {
namespace {

constexpr std::chrono::seconds kOpenLimit{20}, kReadLimit{30}; // of URLs and cameras; pipes may wait, for example for the program that fills them
constexpr std::chrono::milliseconds kCameraPause{2};

bool is_scheme(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '+' || c == '-' || c == '.';
  });
}

bool is_streaming(std::string_view url) {
  static constexpr std::array<std::string_view, 9> schemes{"rtsp://", "rtsps://", "rtmp://", "rtmps://", "rtp://",
                                                           "udp://",  "srt://",   "tcp://",  "mms://"};
  return std::any_of(schemes.begin(), schemes.end(), [&](std::string_view scheme) { return url.substr(0, scheme.size()) == scheme; });
}

// Returns whether the input has an end: a known duration, or the size of a file.  The size of a playlist says nothing of its stream.
bool has_end(AVFormatContext& context) {
  if (context.duration != AV_NOPTS_VALUE) return true;
  const std::string_view format = context.iformat->name;
  return format != "hls" && format != "dash" && context.pb != nullptr && avio_size(context.pb) > 0;
}

// Prefers the default stream, then the one with more pixels (or channels of sound), then the first.
bool is_better(const AVStream& a, const AVStream& b) {
  const auto rank = [](const AVStream& stream) {
    const AVCodecParameters& codec = *stream.codecpar;
    return std::pair((stream.disposition & AV_DISPOSITION_DEFAULT) != 0, std::int64_t(codec.width) * codec.height);
  };
  return rank(a) > rank(b);
}

// Makes cameras known to av_find_input_format().  libavdevice loads 80 libraries (sound, windows), so only the first camera loads it.  Its number is
// that of libavformat in all releases.
void load_cameras(const std::string& name) {
  constexpr const char* library = "libavdevice.so." AV_STRINGIFY(LIBAVFORMAT_VERSION_MAJOR);
  void* handle = dlopen(library, RTLD_NOW | RTLD_LOCAL); // stays loaded
  void* symbol = handle != nullptr ? dlsym(handle, "avdevice_register_all") : nullptr;
  if (symbol == nullptr) fail<DataError>("{}: expected {} to read cameras, found none: install the package ffmpeg", name, library);
  reinterpret_cast<void (*)()>(symbol)();
}

} // namespace

bool is_url(const std::string& source) {
  const std::size_t end = source.find("://");
  struct stat info {};
  return end != std::string::npos && is_scheme(std::string_view(source).substr(0, end)) && stat(source.c_str(), &info) != 0;
}

bool can_be_read_twice(const std::string& source) {
  struct stat info {};
  return is_url(source) || (stat(source.c_str(), &info) == 0 && S_ISREG(info.st_mode));
}

Input::Input(std::string name, const StopCallback& stop) : name_(std::move(name)), watch_(std::make_unique<Watch>(stop)) {}
Input::~Input() = default;

void Input::open_demuxer(const std::string& url, const AVInputFormat* format, Options& options) {
  LogCatcher log;
  watch_->start(waits_ ? std::optional(kOpenLimit) : std::nullopt);
  AVFormatContext* context = allocated(avformat_alloc_context());
  context->interrupt_callback = {Watch::interrupt, watch_.get()};
  if (bytes_) context->pb = bytes_->io();
  if (format != nullptr) context->flags |= AVFMT_FLAG_NONBLOCK;                 // a camera that hangs would block without a way out
  int code = avformat_open_input(&context, url.c_str(), format, options.get()); // frees the context when it fails
  if (code >= 0) {
    context_.reset(context);
    // A camera's driver states everything; to look for more would wait for frames.
    if (format == nullptr) code = avformat_find_stream_info(context, nullptr);
  }
  if (watch_->stopped()) fail<Interrupted>("{}: interrupted", name_);
  if (watch_->late()) fail<DataError>("{}: expected an answer within {} seconds, found none", name_, kOpenLimit.count());
  if (code < 0) fail<DataError>("{}: cannot be read as a clip: {}", name_, reason(code, log.last()));
  if (context_->pb != nullptr && avio_feof(context_->pb) != 0) end_message_ = log.last_of_demuxer();
}

Input Input::open(const std::string& source, const StopCallback& stop) {
  Input input(source, stop);
  Options options;
  if (is_url(source)) {
    static const int network = avformat_network_init();
    (void)network;
    input.waits_ = true;
    options.set("rtsp_flags", "prefer_tcp");
  } else {
    input.bytes_ = std::make_unique<FileBytes>(FileBytes::open(source, *input.watch_));
    options.set("protocol_whitelist", "data"); // no playlist may name files or addresses
  }
  input.open_demuxer(source, nullptr, options);
  input.live_ = is_streaming(source) || (input.waits_ && !has_end(*input.context_));
  return input;
}

Input Input::open_camera(const std::string& camera, const StopCallback& stop) {
  constexpr std::string_view folder = "/dev/video";
  const bool number = !camera.empty() && camera.size() <= 3 && std::all_of(camera.begin(), camera.end(), [](char c) { return c >= '0' && c <= '9'; });
  const bool device = camera.substr(0, folder.size()) == folder;
  Input input("webcam:" + (device ? camera.substr(folder.size()) : camera), stop);
  load_cameras(input.name_);
  const AVInputFormat* format = av_find_input_format("video4linux2");
  if (format == nullptr) fail<DataError>("{}: expected an FFmpeg that can read cameras (video4linux2), found one that cannot", input.name_);
  input.live_ = input.waits_ = true;
  Options options;
  input.open_demuxer(number ? std::string(folder) + camera : camera, format, options);
  return input;
}

bool Input::seekable() const {
  return name_ != "-" && !live_ && context_->pb != nullptr && (context_->pb->seekable & AVIO_SEEKABLE_NORMAL) != 0;
}

AVStream* Input::select(AVMediaType type) {
  AVStream* best = nullptr;
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    AVStream* stream = context_->streams[i];
    stream->discard = AVDISCARD_ALL;
    if (stream->codecpar->codec_type != type || (stream->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0) continue;
    if (best == nullptr || is_better(*stream, *best)) best = stream;
  }
  if (best != nullptr) {
    best->discard = AVDISCARD_DEFAULT;
    stream_ = best->index;
  }
  return best;
}

int Input::read(AVPacket& packet) {
  if (next_) {
    av_packet_move_ref(&packet, next_.get());
    next_.reset();
    return 0;
  }
  watch_->start(waits_ ? std::optional(kReadLimit) : std::nullopt);
  for (;;) {
    const int code = av_read_frame(context_.get(), &packet);
    if (code >= 0 && packet.stream_index == stream_) return code;
    if (code >= 0) {
      av_packet_unref(&packet); // of a stream that appeared later, or whose demuxer does not discard
    } else if (code != AVERROR(EAGAIN)) {
      return code;
    } else {
      std::this_thread::sleep_for(kCameraPause);
    }
    if (watch_->over()) return AVERROR_EXIT;
  }
}

std::optional<std::int64_t> origin(const Input& input, const AVStream& stream) {
  return input.live() ? std::nullopt : stamp(stream.start_time);
}

} // namespace pose::ffmpeg
