// Implements recorder.h.
// SPDX-License-Identifier: MIT
#include "stream/recorder.h"

#include "results/jsonl.h"
#include "tensor/file.h"

#include <algorithm>
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
  if (!options_.jsonl.empty()) lines_.emplace(options_.jsonl, options_.existing, options_.stop);
  if (options_.images) images_ = make_writer(options_.outdir, options_.format);
}

Recorder::~Recorder() = default;

std::string Recorder::key_of(const std::string& source) {
  if (!lines_) return "";
  if (options_.clips.count(source) == 0) return keys_.of(source);
  std::string& key = clip_keys_[source];
  if (key.empty()) key = keys_.of(source);
  return key;
}

std::string Recorder::key_of_clip(const std::string& source) {
  if (!lines_) return "";
  std::string& key = clip_keys_[source];
  if (key.empty()) key = keys_.of_readable(source);
  return key;
}

// Finds the clip of a result by its key, since the clip may have another name than in the earlier run.
void Recorder::resume(const std::function<void(const FrameResult&)>& replay) {
  std::multimap<std::string, std::string> sources; // of the clips, by key
  for (const auto& [source, folder] : options_.clips) sources.emplace(key_of(source), source);
  Resumed resumed = pose::resume(*lines_, keys_.settings_digits(), [&](const FrameResult& result) {
    const auto [first, last] = sources.equal_range(result.key);
    if (result.time && first != last) {
      const bool same_name = std::any_of(first, last, [&](const auto& clip) { return clip.second == result.source; });
      resumed_ = same_name ? result.source : first->second;
      begin_clip(resumed_);
      clip_->add(result);
    } else if (!result.time && images_) {
      images_->add(result);
    } // else of an input that this run does not have
    replay(result);
  });
  done_ = std::move(resumed.done);
}

void Recorder::begin_clip(const std::string& source) {
  if (clip_ && clip_source_ == source) return;
  if (clip_) clip_->finish();
  clip_ = make_writer(options_.clips.at(source), options_.format);
  clip_source_ = source;
}

bool Recorder::add(const FrameResult& result) {
  AlphaposeWriter& writer = result.time ? *clip_ : *images_;
  writer.add(result);
  return !lines_ || lines_->write(format_line(result));
}

void Recorder::finish() {
  if (images_) images_->finish();
  if (clip_) clip_->finish();
  if (lines_) lines_->sync();
}

} // namespace pose
