// resume: goes on with a file of results after any end of its run.
// SPDX-License-Identifier: MIT
#pragma once

#include "results/frame_result.h"
#include "results/line_writer.h"

#include <functional>
#include <span>
#include <string>
#include <vector>

namespace pose {

// Frames of one key at equal distances: first, first + step, ..., last.
struct FrameRun {
  std::uint64_t key = 0;
  std::int64_t first = 0, last = 0, step = 1;
};

// Which frames of one source are done.
class FrameSet {
public:
  FrameSet() = default;
  explicit FrameSet(std::vector<FrameRun> runs) : runs_(std::move(runs)) {} // rising

  bool contains(std::int64_t frame) const;
  bool empty() const { return runs_.empty(); }
  std::int64_t last() const { return runs_.empty() ? -1 : runs_.back().last; } // -1: none

private:
  std::vector<FrameRun> runs_;
};

// The frames of all sources.  Takes 40 bytes an image, or for each gap in the frames of a clip.
class DoneFrames {
public:
  // Counts a frame as done.  Frames of a key rise; one that does not rise begins the next source with the same content.
  void add(const std::string& key, std::int64_t frame);
  // Returns what is done of the next source with this key: of two equal inputs, the first call gets the frames of the first one.
  FrameSet take(const std::string& key);

private:
  std::vector<FrameRun> runs_;      // in the order of the file, after sort() by key
  std::vector<std::size_t> cursor_; // for the first run of each key: how many of the key's runs were taken
  bool sorted_ = false;

  void sort();
};

struct Resumed {
  DoneFrames done;
  std::int64_t lines = 0;     // that the file holds
  std::int64_t cut_bytes = 0; // of a torn end, removed
};

// Reads the file that `writer` opened with Existing::resume, and calls replay for every result in the order of the file.  Then removes a torn end
// (results/frame_reader.h), so that the writer appends after the last complete line.  Throws InputError for a pipe or device, and for a line of other
// settings: `settings_digits` begin the keys of this run (results/key.h).  Throws DataError for a line that is not a result.  Then the file is
// unchanged.
Resumed resume(LineWriter& writer, const std::string& settings_digits, const std::function<void(FrameResult)>& replay);

} // namespace pose
