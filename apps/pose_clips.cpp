// Implements pose_run.h for clips and cameras.
// SPDX-License-Identifier: MIT
#include "apps/pose_run.h"
#include "cli/progress.h"
#include "stream/drawn_files.h"
#include "tensor/file.h"

#include <algorithm>
#include <filesystem>
#include <map>

namespace fs = std::filesystem;

namespace pose::apps {
namespace {

// Returns the folder of one clip of several.
std::string folder_of(const std::string& outdir, const std::string& source) {
  const std::string name = fs::path(source).filename().string();
  return (fs::path(outdir) / (name.empty() || name == "." || name == ".." ? "video" : name)).string();
}

// Checks options that fit images or clips only.
void check_kinds(const PoseOptions& o, const Inputs& inputs) {
  const auto refuse = [](bool given, const char* option, const char* why) {
    if (given) fail<InputError>("{}: expected {}", option, why);
  };
  if (inputs.only_images) {
    refuse(o.tracks(), "--track and --smooth", "a clip, found images");
    refuse(!o.serve.empty(), "--serve", "a clip, found images");
    if (o.save_video && !o.common.quiet) say("pose: --save_video has no effect: the inputs are images; --save_img draws them\n");
    return;
  }
  refuse(!o.boxes.empty(), "--boxes", "images, found a clip");
  refuse(!o.json_boxes.empty(), "--json_boxes", "images, found a clip; the boxes of clips are in --jsonl");
  const bool standard = std::find(inputs.clips.begin(), inputs.clips.end(), "-") != inputs.clips.end();
  refuse(o.resume && standard, "--resume", "files, found standard input, whose frames come once");
  refuse(o.resume && !inputs.camera.empty(), "--resume", "files, found a camera, whose frames come once");
}

} // namespace

std::vector<Clip> clips_of(const PoseOptions& o, const Inputs& inputs) {
  check_kinds(o, inputs);
  std::vector<Clip> clips;
  for (const std::string& source : inputs.clips) clips.push_back({.source = source});
  if (!inputs.camera.empty()) clips.push_back({.source = "webcam:" + inputs.camera, .camera = true});
  std::map<std::string, std::string> taken;
  for (Clip& clip : clips) {
    clip.folder = inputs.all == 1 ? o.outdir : folder_of(o.outdir, clip.source);
    const auto [other, first] = taken.emplace(clip.folder, clip.source);
    if (!first) fail<InputError>("{}: expected clips of different names, found the name of {}", clip.source, other->second);
  }
  return clips;
}

std::unique_ptr<serve::Server> open_page(const PoseOptions& o) {
  if (o.serve.empty()) return nullptr;
  auto page = std::make_unique<serve::Server>(serve::ServeOptions{o.serve});
  say("page: {}\n", page->url());
  if (!page->loopback()) say("pose: warning: other machines can read the page at {}\n", page->url());
  return page;
}

PeopleStream& ClipRunner::new_stream() {
  return stream_.emplace(engine_, StreamOptions{options_.detection_interval(), StreamOptions().rate, options_.tracks(), options_.smooth});
}

// The frames of a clip rise: one that does not begins the next clip with the same content.
void ClipRunner::replay(const FrameResult& result) {
  if (!result.time) return;
  if (result.key != replayed_key_ || result.frame <= replayed_frame_) new_stream();
  replayed_key_ = result.key;
  replayed_frame_ = result.frame;
  stream_->replay(result);
}

// Equal clips have one key, so that what is done of them is taken in the order of the inputs.
void ClipRunner::resume(std::vector<Clip>& clips) {
  recorder_.resume([&](const FrameResult& result) { replay(result); });
  for (Clip& clip : clips) clip.done = recorder_.done_of(recorder_.key_of(clip.source));
  std::stable_partition(clips.begin(), clips.end(), [&](const Clip& clip) { return recorder_.is_resumed(clip.source); });
}

void ClipRunner::run(const Clip& clip) {
  if (!clip.done.empty() && !recorder_.is_resumed(clip.source)) return; // complete, since a later clip was begun
  try {
    make_folder(clip.folder);
    read_frames(clip);
  } catch (const DataError& e) {
    outcome_.fail(e.what());
  }
}

void ClipRunner::read_frames(const Clip& clip) {
  const std::string key = recorder_.key_of_clip(clip.source);
  recorder_.begin_clip(clip.source);
  VideoOptions reading = options_.video_options();
  reading.stop = [this] { return stopped(); };
  VideoReader reader = clip.camera ? VideoReader::open_camera(options_.input.webcam, reading) : VideoReader::open(clip.source, reading);
  const VideoInfo info = reader.info();
  if (options_.resume && info.live) fail<InputError>("--resume: expected files, found a live source, {}", clip.source);
  PeopleStream& stream = clip.done.empty() ? new_stream() : *stream_;
  if (info.fps > 0) stream.set_rate(info.fps / options_.step);

  const bool quiet = options_.common.quiet;
  DrawnFilesOptions drawn{clip.source, clip.folder, clip.camera, options_.save_img, options_.save_video, info.fps / options_.step, ""};
  if (!clip.camera && clip.source != "-") drawn.sound_from = clip.source;
  const auto note = [&](const std::string& line) {
    if (!quiet) say("note: {}\n", line);
  };
  DrawnFiles files(
      drawn, [this](const std::string& error) { outcome_.fail(error); }, note);
  VideoRunOptions options;
  if (drawn.images || drawn.clip) options.draw = options_.vis_fast ? RenderStyle::fast : RenderStyle::dense;
  options.ids = options_.tracks();
  options.keep_images = page_ != nullptr;
  options.done = &clip.done;
  options.stop = reading.stop;
  Progress progress(std::size_t(frames_to_do(info, reading)), "frames", quiet);
  const auto write = [&](DoneFrame& frame, const VideoProgress& at) {
    frame.result.source = clip.source;
    frame.result.key = key;
    if (!frame.result.error.empty()) {
      frame.result.error = fmt::format("{}: {}", clip.source, frame.result.error);
      progress.clear();
    }
    outcome_.add(frame.result);
    if (!recorder_.add(frame.result)) outcome_.reader_gone = true;
    files.write(frame);
    if (page_ != nullptr) page_->publish(frame.image, frame.result, stage_rates(at));
    progress.step();
  };
  try {
    run_video(reader, stream, options, write);
  } catch (...) {
    files.close();
    throw;
  }
  files.close();
  if (reader.broken() > 0) note(fmt::format("{}: {} packets or frames cannot be decoded and are left out", clip.source, reader.broken()));
}

} // namespace pose::apps
