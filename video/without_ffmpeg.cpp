// Implements reader.h and writer.h for builds without FFmpeg: everything that would open a clip throws.
// SPDX-License-Identifier: MIT
#include "tensor/error.h"
#include "video/reader.h"
#include "video/writer.h"

namespace pose {
namespace {

[[noreturn]] void refuse(const std::string& name) {
  fail("{}: this build has no FFmpeg: install libavcodec-dev, libavformat-dev, libavutil-dev and libswscale-dev, then build again (meson setup "
       "--wipe)",
       name);
}

} // namespace

bool video_supported() {
  return false;
}

struct VideoReader::State {
  VideoInfo info;
};

VideoReader VideoReader::open(const std::string& source, const VideoOptions&) {
  refuse(source);
}

VideoReader VideoReader::open_camera(const std::string& camera, const VideoOptions&) {
  refuse("webcam:" + camera);
}

VideoReader::VideoReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
VideoReader::VideoReader(VideoReader&&) noexcept = default;
VideoReader& VideoReader::operator=(VideoReader&&) noexcept = default;
VideoReader::~VideoReader() = default;

const VideoInfo& VideoReader::info() const {
  return state_->info;
}

bool VideoReader::read(VideoFrame&) {
  return false;
}

std::int64_t VideoReader::broken() const {
  return 0;
}

struct VideoWriter::State {
  std::string text;
};

VideoWriter::VideoWriter(const std::string& path, const VideoWriterOptions&) {
  refuse(path);
}

VideoWriter::VideoWriter(VideoWriter&&) noexcept = default;
VideoWriter& VideoWriter::operator=(VideoWriter&&) noexcept = default;
VideoWriter::~VideoWriter() = default;
void VideoWriter::write(const BgrImage&, double) {}
void VideoWriter::close() {}

bool VideoWriter::failed() const {
  return false;
}

const std::string& VideoWriter::sound_note() const {
  return state_->text;
}

const std::string& VideoWriter::encoder() const {
  return state_->text;
}

} // namespace pose
