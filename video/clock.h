// FrameClock: turns the timestamps of a stream into times that always increase.
// SPDX-License-Identifier: MIT
#pragma once

#include <optional>

namespace pose {

// Times are seconds from the start of the clip.  For frames in the order of presentation:
// - A timestamp that is missing is derived: one frame duration (1 / fps, or 1 / 25 where fps is unknown) after the frame before.
// - A timestamp that repeats or goes back by less than three frame durations moves to one millisecond after the frame before.  Later ones stay as
// they
//   are.
// - A timestamp that goes back further starts a new part (a camera that was restarted, joined files).  It moves to one frame duration after the frame
//   before, and all later ones move with it.
// - A gap stays as it is.
class FrameClock {
public:
  // origin: the timestamp, in seconds, of the start of the clip; none: that of the first frame.
  FrameClock(std::optional<double> origin, double fps);

  // Returns the time of the next frame.
  double next(std::optional<double> stamp);

private:
  std::optional<double> shift_; // from timestamps to times
  std::optional<double> last_;
  double duration_;
};

} // namespace pose
