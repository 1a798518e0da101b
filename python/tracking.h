// Tracking: the iterators that Pose.track() returns.
// SPDX-License-Identifier: MIT
#pragma once

#include "pose/shared_pose.h"
#include "stream/people_stream.h"
#include "video/reader.h"

#include <nanobind/nanobind.h>

#include <memory>
#include <string>

namespace pose::python {

struct TrackedFrame {
  FrameResult result;
  std::shared_ptr<BgrImage> image; // null unless TrackSettings::images
};

struct TrackSettings {
  StreamOptions stream;
  bool images = false; // keeps the image of each frame
};

// Call all with the GIL, which they release while they wait.
class Tracking {
public:
  virtual ~Tracking() = default;
  // Returns the next frame.  Throws nanobind::stop_iteration at the end, what the source throws, and KeyboardInterrupt of Python.  Thread-safe.
  virtual TrackedFrame next() = 0;
  // Stops the threads and releases the source: the next frame is the end.
  virtual void close() = 0;
};

// Opens a clip, or "webcam:N".  The iterator keeps `pose`.
std::unique_ptr<Tracking> track_clip(std::shared_ptr<SharedPose> pose, const std::string& source, VideoOptions reading,
                                     const TrackSettings& settings);
// Takes uint8 arrays from an iterable, at settings.stream.rate frames per second.
std::unique_ptr<Tracking> track_images(std::shared_ptr<SharedPose> pose, const nanobind::object& images, const TrackSettings& settings);

} // namespace pose::python
