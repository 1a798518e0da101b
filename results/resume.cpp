// Implements resume.h.
// SPDX-License-Identifier: MIT
#include "results/resume.h"

#include "results/frame_reader.h"
#include "tensor/error.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace pose {

namespace {

constexpr int kHexadecimal = 16;

// Returns the number that a key writes.
std::uint64_t number_of(const std::string& key) {
  std::uint64_t number = 0;
  std::from_chars(key.data(), key.data() + key.size(), number, kHexadecimal);
  return number;
}

} // namespace

bool FrameSet::contains(std::int64_t frame) const {
  const auto after = std::upper_bound(runs_.begin(), runs_.end(), frame, [](std::int64_t f, const FrameRun& run) { return f < run.first; });
  if (after == runs_.begin()) return false;
  const FrameRun& run = *(after - 1);
  return frame <= run.last && (frame - run.first) % run.step == 0;
}

void DoneFrames::add(const std::string& key, std::int64_t frame) {
  const std::uint64_t number = number_of(key);
  sorted_ = false;
  if (!runs_.empty() && runs_.back().key == number) {
    FrameRun& run = runs_.back();
    if (run.first == run.last && frame > run.last) run.step = frame - run.last; // the second frame decides
    if (frame == run.last + run.step) {
      run.last = frame;
      return;
    }
  }
  runs_.push_back({number, frame, frame, 1});
}

void DoneFrames::sort() {
  if (sorted_) return;
  std::stable_sort(runs_.begin(), runs_.end(), [](const FrameRun& a, const FrameRun& b) { return a.key < b.key; });
  cursor_.assign(runs_.size(), 0);
  sorted_ = true;
}

FrameSet DoneFrames::take(const std::string& key) {
  sort();
  const FrameRun of_key{number_of(key)};
  const auto [first, last] = std::equal_range(runs_.begin(), runs_.end(), of_key, [](const FrameRun& a, const FrameRun& b) { return a.key < b.key; });
  if (first == last) return {};
  std::size_t& taken = cursor_[std::size_t(first - runs_.begin())];
  std::vector<FrameRun> runs;
  for (auto run = first + std::ptrdiff_t(taken); run != last && (runs.empty() || run->first > runs.back().last); ++run, ++taken) runs.push_back(*run);
  return FrameSet(std::move(runs));
}

Resumed resume(LineWriter& writer, const std::string& settings_digits, const std::function<void(FrameResult)>& replay) {
  if (!writer.is_file()) fail<InputError>("{}: expected a regular file to resume, found a device or pipe", writer.path());
  Resumed resumed;
  FrameReader reader(writer.path());
  while (std::optional<FrameResult> frame = reader.read()) {
    if (!frame->key.starts_with(settings_digits))
      fail<InputError>("{}: expected results of these settings, whose keys begin with {}, found key {}", reader.place(), settings_digits, frame->key);
    resumed.done.add(frame->key, frame->frame);
    replay(std::move(*frame));
  }
  resumed.lines = reader.line();
  resumed.cut_bytes = writer.size() - reader.end();
  if (resumed.cut_bytes > 0) writer.cut(reader.end());
  return resumed;
}

} // namespace pose
