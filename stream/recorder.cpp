// Implements recorder.h.
// SPDX-License-Identifier: MIT
#include "stream/recorder.h"

#include "results/jsonl.h"
#include "tensor/file.h"

#include <filesystem>

namespace fs = std::filesystem;

namespace pose {
namespace {

std::unique_ptr<AlphaposeWriter> make_writer(const fs::path& dir, JsonFormat format) {
  const bool separate = format != JsonFormat::coco;
  const fs::path sep_json = dir / "sep-json";
  make_folder((separate ? sep_json : dir).string());
  return std::make_unique<AlphaposeWriter>((dir / "alphapose-results.json").string(), format, separate ? sep_json.string() : "");
}

} // namespace

Recorder::Recorder(const RecorderOptions& options, KeyMaker keys) : options_(options), keys_(std::move(keys)) {
  if (!options_.jsonl.empty()) lines_.emplace(options_.jsonl, options_.existing);
  if (options_.images) images_ = make_writer(options_.outdir, options_.format);
}

Recorder::~Recorder() = default;

void Recorder::resume(const std::function<void(const FrameResult&)>& replay) {
  Resumed resumed = pose::resume(*lines_, keys_.settings_digits(), [&](const FrameResult& result) {
    if (is_clip(result.source)) begin_clip(result.source, result.key);
    add_to_files(result);
    replay(result);
  });
  done_ = std::move(resumed.done);
}

void Recorder::begin_clip(const std::string& source, const std::string& key) {
  if (clip_ && clip_source_ == source && clip_key_ == key) return;
  if (clip_) clip_->finish();
  clip_ = make_writer(options_.clips.at(source), options_.format);
  clip_source_ = source;
  clip_key_ = key;
}

// A file of an earlier run may have results of inputs that this run does not have.
void Recorder::add_to_files(const FrameResult& result) {
  AlphaposeWriter* const writer = is_clip(result.source) ? clip_.get() : images_.get();
  if (writer != nullptr) writer->add(result);
}

bool Recorder::add(const FrameResult& result) {
  add_to_files(result);
  return !lines_ || lines_->write(format_line(result));
}

void Recorder::finish() {
  if (images_) images_->finish();
  if (clip_) clip_->finish();
  if (lines_) lines_->sync();
}

} // namespace pose
