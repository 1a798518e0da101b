// Implements reader.h: options, selection of frames, rotation.
// SPDX-License-Identifier: MIT
#include "video/reader.h"

#include "image/exif.h"
#include "video/clock.h"
#include "video/colors.h"
#include "video/decoder.h"
#include "video/orientation.h"
#include "video/seek.h"
#include "video/times.h"

#include <algorithm>
#include <cmath>
#include <thread>
#include <utility>

namespace pose {
namespace {

using namespace ffmpeg;

void check(const VideoOptions& options) {
  if (!(options.start >= 0) || !std::isfinite(options.start)) fail<InputError>("start: expected seconds from 0 up, found {}", options.start);
  if (!(options.end > options.start)) fail<InputError>("end: expected more than start ({} seconds), found {}", options.start, options.end);
  if (options.step < 1) fail<InputError>("step: expected 1 or more, found {}", options.step);
  if (options.threads < 0) fail<InputError>("threads: expected 0 or more, found {}", options.threads);
  const int degrees = options.rotate.value_or(0);
  if (degrees != 0 && degrees != 90 && degrees != 180 && degrees != 270) fail<InputError>("rotate: expected 0, 90, 180 or 270, found {}", degrees);
}

int decoder_threads(const VideoOptions& options) {
  return options.threads > 0 ? options.threads : std::clamp(int(std::thread::hardware_concurrency()), 1, kMostThreads);
}

double fps_of(const AVStream& stream) {
  for (const AVRational rate : {stream.avg_frame_rate, stream.r_frame_rate}) {
    const double fps = rate.den > 0 ? av_q2d(rate) : 0;
    if (fps > 0 && fps <= kHighestFps) return fps;
  }
  return 0;
}

VideoInfo describe(const Input& input, const AVStream& stream, int orientation) {
  VideoInfo info;
  info.source = input.name();
  info.width = std::max(stream.codecpar->width, 0);
  info.height = std::max(stream.codecpar->height, 0);
  if (swaps_sides(orientation)) std::swap(info.width, info.height);
  info.fps = fps_of(stream);
  info.live = input.live();
  if (info.live) return info;
  if (stream.duration > 0) {
    info.duration = seconds(stream.duration, stream.time_base);
  } else if (input.context().duration > 0) {
    info.duration = seconds(input.context().duration, AV_TIME_BASE_Q);
  }
  info.frames = stream.nb_frames > 0 ? stream.nb_frames : std::llround(info.duration * info.fps);
  return info;
}

} // namespace

bool video_supported() {
  return true;
}

struct VideoReader::State {
  VideoOptions options;
  Input input;
  Decoder decoder;
  VideoInfo info;
  std::optional<std::int64_t> zero; // the start of the clip in the stream's ticks
  FrameClock clock;
  ToBgr to_bgr;
  Frame frame = make_frame();
  std::int64_t decoded = 0;               // frames from the start of the source
  std::optional<std::int64_t> first = {}; // index of the first frame that is not before options.start
  std::optional<std::int64_t> first_after_seek = {};
  bool done = false;

  State(Input opened, const VideoOptions& wanted)
      : options(wanted), input(std::move(opened)), decoder(input, decoder_threads(options)), info(describe(input, decoder.stream(), orientation())),
        zero(origin(input, decoder.stream())), clock(zero ? std::optional(0.0) : std::nullopt, info.fps) {}

  int orientation() const { return options.rotate ? orientation_of_degrees(*options.rotate) : orientation_of(display_matrix(decoder.stream())); }

  bool next(VideoFrame& out);
  void deliver(double time, VideoFrame& out);
};

bool VideoReader::State::next(VideoFrame& out) {
  const AVRational base = decoder.stream().time_base;
  while (!wants_stop(options.stop) && decoder.next(*frame)) {
    const std::optional<std::int64_t> ticks = stamp(frame->best_effort_timestamp);
    // Without presentation timestamps those of decoding count; these are late by the delay of frames that are stored out of order.
    if (ticks && (!zero || (decoded == 0 && frame->pts == AV_NOPTS_VALUE && !first_after_seek))) zero = ticks;
    const double time = clock.next(ticks ? std::optional(seconds(*ticks - *zero, base)) : std::nullopt); // exact: subtracted before it is rounded
    if (is_before(time, options.start)) {
      ++decoded;
      continue;
    }
    if (!is_before(time, options.end)) break;
    if (!first) first = decoded = first_after_seek.value_or(decoded);
    const std::int64_t index = decoded++;
    if ((index - *first) % options.step != 0) continue;
    out.index = index;
    deliver(time, out);
    return true;
  }
  return false;
}

void VideoReader::State::deliver(double time, VideoFrame& out) {
  to_bgr.convert(*frame, info.source, out.image);
  const std::int32_t* matrix = display_matrix(*frame);
  const int turned = !options.rotate && matrix != nullptr ? orientation_of(matrix) : orientation();
  if (turned != 1) out.image = upright(std::move(out.image), turned);
  out.time = time;
  if (info.width == 0 || info.height == 0) {
    info.width = out.image.w;
    info.height = out.image.h;
  }
}

VideoReader VideoReader::open(const std::string& source, const VideoOptions& options) {
  check(options);
  const std::optional<Place> place = options.start > 0 ? find_place(source, options.start, options.stop) : std::nullopt;
  auto state = std::make_unique<State>(Input::open(source, options.stop), options);
  if (!place) return VideoReader(std::move(state));
  if (go_to(state->input, state->decoder.stream(), *place)) {
    state->first_after_seek = place->frames_before;
  } else {
    state = std::make_unique<State>(Input::open(source, options.stop), options);
  }
  return VideoReader(std::move(state));
}

VideoReader VideoReader::open_camera(const std::string& camera, const VideoOptions& options) {
  check(options);
  return VideoReader(std::make_unique<State>(Input::open_camera(camera, options.stop), options));
}

VideoReader::VideoReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
VideoReader::VideoReader(VideoReader&&) noexcept = default;
VideoReader& VideoReader::operator=(VideoReader&&) noexcept = default;
VideoReader::~VideoReader() = default;

const VideoInfo& VideoReader::info() const {
  return state_->info;
}

bool VideoReader::read(VideoFrame& frame) {
  if (state_->done) return false;
  state_->done = true; // also after an error
  state_->done = !state_->next(frame);
  return !state_->done;
}

std::int64_t VideoReader::broken() const {
  return state_->decoder.broken();
}

} // namespace pose
