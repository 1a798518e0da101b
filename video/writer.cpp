// Implements writer.h.
// SPDX-License-Identifier: MIT
#include "video/writer.h"

#include "tensor/text_file.h"
#include "video/colors.h"
#include "video/file_bytes.h"
#include "video/sound.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <thread>

extern "C" {
#include <libavutil/opt.h>
}

namespace pose {
namespace {

using namespace ffmpeg;

constexpr int kLongestSide = 16384; // of libx264
constexpr double kLastTime = 1e9;   // seconds
constexpr double kFragmentSeconds = 1;

// How an encoder is used.  `ticks` a second hold the usual frame rates and time bases exactly: 24, 25, 30, 60, 30000 / 1001, 1 / 1000.
struct Recipe {
  const char* encoder;
  int ticks;
  std::array<std::array<const char*, 2>, 2> options;
};

// Speeds and sizes: docs/decisions.md.  MPEG-4 part 2 allows at most 65535 ticks a second.
constexpr Recipe kRecipes[] = {{"libx264", 120000, {{{"preset", "ultrafast"}, {"crf", "23"}}}}, {"mpeg4", 60000, {{{"qmin", "2"}, {"qmax", "5"}}}}};

const Recipe& find_recipe(const std::string& path) {
  for (const Recipe& recipe : kRecipes) {
    if (avcodec_find_encoder_by_name(recipe.encoder) != nullptr) return recipe;
  }
  fail("{}: cannot be written: expected an FFmpeg with the encoder libx264 or mpeg4, found one with neither", path);
}

std::string extension_of(const std::string& path) {
  const std::size_t dot = path.find_last_of("./");
  return dot != std::string::npos && path[dot] == '.' ? lower_case(path.substr(dot + 1)) : "";
}

void check(const std::string& path, const VideoWriterOptions& options) {
  const std::string extension = extension_of(path);
  if (extension != "mp4" && extension != "mkv") fail<InputError>("{}: expected a name that ends in .mp4 or .mkv", path);
  if (options.width < 1 || options.height < 1 || options.width > kLongestSide || options.height > kLongestSide)
    fail<InputError>("{}: expected a clip of 1 x 1 to {} x {} pixels, found {} x {}", path, kLongestSide, kLongestSide, options.width,
                     options.height);
  if (!(options.fps > 0) || options.fps > kHighestFps)
    fail<InputError>("{}: expected more than 0 and at most {} frames/s, found {}", path, kHighestFps, options.fps);
}

} // namespace

struct VideoWriter::State {
  struct FreeContext {
    void operator()(AVFormatContext* context) const { avformat_free_context(context); }
  };

  std::string path;
  const Recipe& recipe;
  FileBytes file;
  FromBgr from_bgr;
  std::unique_ptr<AVFormatContext, FreeContext> output;
  std::optional<SoundCopy> sound;
  Codec codec;
  AVStream* stream = nullptr;
  Frame frame = make_frame();
  Packet packet = make_packet();
  std::string encoder;
  std::optional<double> start; // time of the first frame
  std::int64_t last_tick = -1, last_key = 0, frame_ticks;
  bool open = true, failed = false;

  State(const std::string& name, const VideoWriterOptions& options)
      : path(name), recipe(find_recipe(name)), file(FileBytes::create(name, options.sound_from)), from_bgr(options.width, options.height),
        encoder(recipe.encoder), frame_ticks(std::max<std::int64_t>(1, std::llround(recipe.ticks / options.fps))) {
    LogCatcher log;
    open_container();
    open_encoder(options, log);
    sound.emplace(options.sound_from, *output);
    write_header(log);
  }
  ~State() {
    try {
      close();
    } catch (const std::exception&) { // VideoWriter::close() reports errors
    }
  }

  void open_container();
  void open_encoder(const VideoWriterOptions& options, const LogCatcher& log);
  void write_header(const LogCatcher& log);
  void encode(const AVFrame* input);
  void write_packet();
  void finish();
  void close();
  void check(int code, const LogCatcher& log);
  // Calls f().  After an error the clip is not continued.
  template <class F> void attempt(F f) {
    try {
      f();
    } catch (...) {
      failed = true;
      throw;
    }
  }
};

void VideoWriter::State::check(int code, const LogCatcher& log) {
  if (file.error() != 0) fail("{}: cannot be written: {}", path, std::strerror(file.error()));
  if (code < 0) fail("{}: cannot be written: {}", path, reason(code, log.last()));
}

void VideoWriter::State::open_container() {
  AVFormatContext* context = nullptr;
  avformat_alloc_output_context2(&context, nullptr, extension_of(path) == "mp4" ? "mp4" : "matroska", nullptr);
  output.reset(allocated(context));
  output->pb = file.io();
  output->flags |= AVFMT_FLAG_FLUSH_PACKETS | AVFMT_FLAG_CUSTOM_IO;
}

void VideoWriter::State::open_encoder(const VideoWriterOptions& options, const LogCatcher& log) {
  const AVCodec* found = avcodec_find_encoder_by_name(recipe.encoder);
  codec.reset(allocated(avcodec_alloc_context3(found)));
  codec->width = from_bgr.frame_width();
  codec->height = from_bgr.frame_height();
  codec->pix_fmt = AV_PIX_FMT_YUV420P;
  codec->time_base = {1, recipe.ticks};
  codec->framerate = av_d2q(options.fps, 1 << 16);
  codec->max_b_frames = 0;   // decoding order is display order, so that times begin at 0 without an edit list
  codec->gop_size = 1 << 10; // write() asks for keyframes
  codec->colorspace = from_bgr.matrix();
  codec->color_range = AVCOL_RANGE_MPEG;
  codec->thread_count = std::clamp(int(std::thread::hardware_concurrency()), 1, kMostThreads);
  if ((output->oformat->flags & AVFMT_GLOBALHEADER) != 0) codec->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  Options settings;
  for (const auto& [key, value] : recipe.options) settings.set(key, value);
  settings.set("forced-idr", "1");
  check(avcodec_open2(codec.get(), found, settings.get()), log);

  stream = allocated(avformat_new_stream(output.get(), nullptr));
  check(avcodec_parameters_from_context(stream->codecpar, codec.get()), log);
  stream->time_base = codec->time_base;
  stream->avg_frame_rate = codec->framerate;

  frame->format = codec->pix_fmt;
  frame->width = codec->width;
  frame->height = codec->height;
  frame->colorspace = codec->colorspace;
  frame->color_range = codec->color_range;
  check(av_frame_get_buffer(frame.get(), 0), log);
}

void VideoWriter::State::write_header(const LogCatcher& log) {
  Options settings;
  // A fragment begins with each keyframe.  The header waits for the first fragment, since some sound codecs are known only then.
  settings.set("movflags", "frag_keyframe+empty_moov+delay_moov+default_base_moof");
  settings.set("cluster_time_limit", std::to_string(int(kFragmentSeconds * 1000))); // of Matroska
  check(avformat_write_header(output.get(), settings.get()), log);
}

// Encodes a frame; null: the frames that the encoder still holds.
void VideoWriter::State::encode(const AVFrame* input) {
  LogCatcher log;
  check(avcodec_send_frame(codec.get(), input), log);
  for (;;) {
    const int code = avcodec_receive_packet(codec.get(), packet.get());
    if (code == AVERROR(EAGAIN) || code == AVERROR_EOF) return;
    check(code, log);
    write_packet();
  }
}

void VideoWriter::State::write_packet() {
  LogCatcher log;
  packet->stream_index = stream->index;
  packet->duration = frame_ticks;
  const double time = seconds(packet->pts, codec->time_base);
  check(sound->write_until(time), log);
  av_packet_rescale_ts(packet.get(), codec->time_base, stream->time_base);
  const int code = av_write_frame(output.get(), packet.get());
  av_packet_unref(packet.get());
  check(code, log);
}

void VideoWriter::State::finish() {
  LogCatcher log;
  if (start) {
    encode(nullptr);
    check(sound->write_until(seconds(last_tick + frame_ticks, codec->time_base)), log);
  }
  check(av_write_trailer(output.get()), log);
  avio_flush(file.io());
  check(file.io()->error, log);
}

void VideoWriter::State::close() {
  if (!open || failed) return;
  open = false;
  attempt([&] { finish(); });
}

VideoWriter::VideoWriter(const std::string& path, const VideoWriterOptions& options) {
  pose::check(path, options);
  state_ = std::make_unique<State>(path, options);
}

VideoWriter::VideoWriter(VideoWriter&&) noexcept = default;
VideoWriter& VideoWriter::operator=(VideoWriter&&) noexcept = default;

VideoWriter::~VideoWriter() = default;

void VideoWriter::write(const BgrImage& image, double time) {
  State& state = *state_;
  if (!(std::abs(time) <= kLastTime)) fail<InputError>("{}: expected a time of at most {} seconds, found {}", state.path, kLastTime, time);
  if (image.w < 1 || image.h < 1) fail<InputError>("{}: expected an image of at least 1 x 1 pixels, found {} x {}", state.path, image.w, image.h);
  if (!state.open || state.failed) return;
  state.attempt([&] {
    if (!state.start) {
      state.start = time;
      state.sound->begin_at(time);
    }
    AVFrame& frame = *state.frame;
    if (av_frame_make_writable(&frame) < 0) throw std::bad_alloc(); // the encoder may still read the frame before
    state.from_bgr.convert(image, frame);
    frame.pts = std::max<std::int64_t>(state.last_tick + 1, std::llround((time - *state.start) * state.recipe.ticks));
    const bool key = state.last_tick < 0 || frame.pts - state.last_key >= std::llround(kFragmentSeconds * state.recipe.ticks);
    if (key) state.last_key = frame.pts;
    frame.pict_type = key ? AV_PICTURE_TYPE_I : AV_PICTURE_TYPE_NONE;
    state.last_tick = frame.pts;
    state.encode(&frame);
  });
}

void VideoWriter::close() {
  state_->close();
}

bool VideoWriter::failed() const {
  return state_->failed;
}

const std::string& VideoWriter::sound_note() const {
  return state_->sound->note();
}

const std::string& VideoWriter::encoder() const {
  return state_->encoder;
}

} // namespace pose
