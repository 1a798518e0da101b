// Recorder: writes the results of a run as they come: JSON Lines, and AlphaPose's files.
// SPDX-License-Identifier: MIT
#pragma once

#include "results/alphapose_writer.h"
#include "results/key.h"
#include "results/resume.h"

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>

namespace pose {

struct RecorderOptions {
  std::string outdir;
  JsonFormat format = JsonFormat::coco;
  std::string jsonl = {};                        // file of JSON Lines, or "-"; "": none
  Existing existing = Existing::refuse;          // of the file of JSON Lines
  StopCallback stop = {};                        // see LineWriter
  bool images = false;                           // whether the run has images
  std::map<std::string, std::string> clips = {}; // folder of each clip's files, by source
};

// AlphaPose's files of all images are in outdir, those of a clip in its folder of options.clips.  They are completed by finish(); JSON Lines are
// complete after every add().
class Recorder {
public:
  // Opens the file of JSON Lines and creates the folders.  Throws as LineWriter does.
  Recorder(const RecorderOptions& options, KeyMaker keys);
  ~Recorder();

  // Reads the lines of an earlier run, adds them to AlphaPose's files, and calls replay for each.  Call it before add(), with Existing::resume.
  void resume(const std::function<void(const FrameResult&)>& replay);
  // Returns what the earlier run did of the next source with this key.
  FrameSet done_of(const std::string& key) { return done_.take(key); }
  // Returns the key of a source, or "" where no lines are written.  The key of a clip stays what it was at the first call.
  std::string key_of(const std::string& source);
  // Returns the key of a clip.  Throws Error for a file that exists but cannot be read.
  std::string key_of_clip(const std::string& source);
  // Returns the key of an image with these bytes.  Thread-safe.
  std::string key_of_content(std::span<const std::byte> file) const { return keys_.of_content(content_hash(file)); }
  // Returns the key of an image that cannot be read, or "" where no lines are written.
  std::string key_of_name(const std::string& source) const { return lines_ ? keys_.of_text(source) : ""; }

  // Returns whether the earlier run ended in this clip, or after it: go on with it before all others.  All clips before it are complete.
  bool is_resumed(const std::string& source) const { return resumed_ == source; }

  // Begins the files of a clip, and completes those of the clip before.  Goes on with the clip that resume() ended in.
  void begin_clip(const std::string& source);
  // Writes the result of an image, or of a frame of the clip that was begun.  Returns false when the reader of the lines has closed its pipe.
  [[nodiscard]] bool add(const FrameResult& result);
  // Completes all files.  Call it also after an error or interruption.
  void finish();

private:
  RecorderOptions options_;
  KeyMaker keys_;
  std::optional<LineWriter> lines_;
  DoneFrames done_;
  std::unique_ptr<AlphaposeWriter> images_, clip_;
  std::map<std::string, std::string> clip_keys_; // by source
  std::string clip_source_;                      // of clip_
  std::string resumed_;                          // source of the last clip that resume() found; "": none
};

} // namespace pose
