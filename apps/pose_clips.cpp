// Implements pose_run.h for clips and cameras.
// SPDX-License-Identifier: MIT
#include "apps/pose_run.h"
#include "apps/progress.h"
#include "image/codec.h"
#include "tensor/file.h"
#include "video/writer.h"

#include <cmath>
#include <filesystem>

namespace fs = std::filesystem;

namespace pose::apps {
namespace {

bool wants_drawing(const PoseOptions& o) {
  return o.save_video || o.save_img;
}

// Returns the first of NAME.mp4, NAME.2.mp4 ... that does not exist, so that a resumed run keeps the clip of the run before.
std::string new_clip_path(const fs::path& folder, const std::string& name) {
  fs::path path = folder / (name + ".mp4");
  for (int part = 2; fs::exists(path); part++) path = folder / fmt::format("{}.{}.mp4", name, part);
  return path.string();
}

// AlphaPose's name of the drawn clip: the base name of the source up to the first dot.
std::string drawn_name(const Clip& clip) {
  if (clip.camera) return "AlphaPose_webcam" + clip.source.substr(clip.source.find(':') + 1);
  const std::string name = sep_json_stem(fs::path(clip.source).filename().string());
  return "AlphaPose_" + (name.empty() || name == "-" ? "video" : name);
}

serve::Rates rates_of(const VideoProgress& progress) {
  serve::Rates rates;
  const auto add = [&](const char* stage, double seconds) {
    if (seconds > 0) rates.emplace_back(stage, double(progress.frames) / seconds);
  };
  add("decode", progress.seconds.decode);
  add("networks", progress.seconds.compute);
  add("draw", progress.seconds.draw);
  add("write", progress.seconds.write);
  return rates;
}

// Returns how many frames a run will compute, as far as the container knows; 0: unknown.
std::size_t frames_left(const VideoInfo& info, const VideoOptions& o) {
  double frames = double(info.frames);
  if (info.fps > 0) {
    if (std::isfinite(o.end)) frames = std::min(frames, o.end * info.fps);
    frames -= o.start * info.fps;
  }
  return info.live || frames <= 0 ? 0 : std::size_t(std::ceil(frames / o.step));
}

} // namespace

std::vector<Clip> clips_of(const PoseOptions& o, const PoseInputs& inputs) {
  std::vector<Clip> clips;
  for (const std::string& source : inputs.clips) clips.push_back({source, "", false});
  if (!inputs.camera.empty()) clips.push_back({"webcam:" + inputs.camera, "", true});
  const bool alone = clips.size() == 1 && inputs.images.empty();
  for (Clip& clip : clips) clip.folder = alone ? o.outdir : (fs::path(o.outdir) / fs::path(clip.source).filename()).string();
  std::map<std::string, std::string> taken;
  for (const Clip& clip : clips) {
    if (!taken.emplace(clip.folder, clip.source).second)
      fail<InputError>("{}: expected clips of different names, found the name of {}", clip.source, taken[clip.folder]);
  }
  const auto refuse = [](bool given, const char* option, const char* why) {
    if (given) fail<InputError>("{}: expected {}", option, why);
  };
  if (!clips.empty()) {
    refuse(!o.boxes.empty(), "--boxes", "images, found a clip");
    refuse(!o.json_boxes.empty(), "--json_boxes", "images; the boxes of clips are in --jsonl");
  } else {
    const char* const why = "a clip, found images; --video 'frames/%06d.jpg' reads numbered images as a clip";
    refuse(o.tracks(), "--track and --smooth", why);
    refuse(o.save_video, "--save_video", why);
    refuse(!o.serve.empty(), "--serve", why);
  }
  return clips;
}

// The drawn files of a clip, and the page.
class ClipRunner::Output {
public:
  Output(ClipRunner& runner, const Clip& clip, const VideoInfo& info)
      : runner_(runner), page_(runner.server_ ? &*runner.server_ : nullptr), clip_(clip), info_(info) {
    if (runner.options_.save_img) make_folder((fs::path(clip.folder) / "vis").string());
  }

  void write(const DoneFrame& frame, const VideoProgress& progress) {
    const PoseOptions& o = runner_.options_;
    if (o.save_img) keep_going([&] { write_image((fs::path(clip_.folder) / "vis" / alphapose_name(frame.result)).string(), frame.drawn); });
    if (o.save_video) keep_going([&] { write_clip(frame); });
    if (page_ != nullptr) page_->publish(frame.image, frame.result, rates_of(progress));
  }
  void close() {
    if (writer_) keep_going([&] { writer_->close(); });
  }

private:
  // An output that cannot be written is reported once; results go on.
  template <class F> void keep_going(F&& f) {
    try {
      f();
    } catch (const Error& e) {
      if (e.what() != last_error_) runner_.outcome_.fail(e.what());
      last_error_ = e.what();
    }
  }

  void write_clip(const DoneFrame& frame) {
    if (!writer_ && !tried_) {
      tried_ = true;
      VideoWriterOptions options;
      options.width = frame.drawn.w;
      options.height = frame.drawn.h;
      if (info_.fps > 0) options.fps = info_.fps / runner_.options_.step;
      if (!clip_.camera && clip_.source != "-" && runner_.options_.step == 1) options.sound_from = clip_.source;
      writer_.emplace(new_clip_path(clip_.folder, drawn_name(clip_)), options);
      if (!runner_.options_.common.quiet && !writer_->sound_note().empty()) fmt::print(stderr, "note: {}\n", writer_->sound_note());
    }
    if (writer_) writer_->write(frame.drawn, *frame.result.time);
  }

  ClipRunner& runner_;
  serve::Server* page_; // null: none
  const Clip& clip_;
  VideoInfo info_;
  std::optional<VideoWriter> writer_;
  bool tried_ = false;
  std::string last_error_;
};

ClipRunner::ClipRunner(const PoseOptions& options, const RunOptions& run, Engine& engine, Recorder& recorder, Outcome& outcome)
    : options_(options), run_(run), engine_(engine), recorder_(recorder), outcome_(outcome) {
  if (options.serve.empty()) return;
  server_.emplace(serve::ServeOptions{options.serve});
  fmt::print(stderr, "page: {}\n", server_->url());
  if (!server_->loopback()) fmt::print(stderr, "pose: warning: other machines can read the page at {}\n", server_->url());
}

void ClipRunner::replay(const FrameResult& result) {
  if (result.time) stream_of(result.key).replay(result);
}

// Returns the stream that has replayed the clip of this key, or a new one.
PeopleStream& ClipRunner::stream_of(const std::string& key) {
  if (!stream_ || key.empty() || stream_key_ != key) {
    stream_.emplace(engine_, StreamOptions{options_.detection_interval(), StreamOptions().rate, options_.tracks(), options_.smooth});
    stream_key_ = key;
  }
  return *stream_;
}

VideoOptions ClipRunner::video_options() const {
  VideoOptions o;
  o.start = seconds_of("--start", options_.start, o.start);
  o.end = seconds_of("--end", options_.end, o.end);
  o.step = options_.step;
  o.rotate = options_.rotation();
  o.stop = [this] { return wants_stop(run_.stop) || outcome_.reader_gone; };
  return o;
}

void ClipRunner::run(const Clip& clip) {
  const std::string key = recorder_.key_of(clip.source);
  try {
    make_folder(clip.folder);
    read_frames(clip, key);
  } catch (const DataError& e) {
    outcome_.fail(e.what());
  }
}

void ClipRunner::read_frames(const Clip& clip, const std::string& key) {
  recorder_.begin_clip(clip.source, key);
  const VideoOptions reading = video_options();
  VideoReader reader = clip.camera ? VideoReader::open_camera(options_.webcam, reading) : VideoReader::open(clip.source, reading);
  const FrameSet done = options_.resume ? recorder_.done_of(key) : FrameSet();
  PeopleStream& stream = stream_of(done.empty() ? "" : key);
  if (reader.info().fps > 0) stream.set_rate(reader.info().fps / options_.step);
  Output output(*this, clip, reader.info());
  VideoRunOptions options;
  if (wants_drawing(options_)) options.draw = options_.vis_fast ? RenderStyle::fast : RenderStyle::dense;
  options.ids = options_.tracks();
  options.keep_images = server_.has_value();
  options.done = &done;
  options.stop = [this] { return wants_stop(run_.stop) || outcome_.reader_gone; };
  Progress progress(frames_left(reader.info(), reading), "frames", options_.common.quiet);
  const auto write = [&](DoneFrame& frame, const VideoProgress& at) {
    frame.result.source = clip.source;
    frame.result.key = key;
    if (!frame.result.error.empty()) progress.clear();
    outcome_.add(frame.result);
    if (!recorder_.add(frame.result)) outcome_.reader_gone = true;
    output.write(frame, at);
    progress.step();
  };
  try {
    run_video(reader, stream, options, write);
  } catch (...) {
    output.close();
    throw;
  }
  output.close();
}

} // namespace pose::apps
