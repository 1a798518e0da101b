// Video: the people in the frames of a clip, a camera, or frames in memory, with ids that last from frame to frame.
// SPDX-License-Identifier: MIT
//
//   alphapose::Video video("clip.mp4");
//   while (std::optional<alphapose::VideoFrame> frame = video.next())
//     for (const alphapose::TrackedPerson& p : frame->people)
//       std::printf("%.2f s: person %d, nose %.1f %.1f\n", frame->seconds, p.id, p.keypoints[0].x, p.keypoints[0].y);
#pragma once

#include <alphapose/pose.h>

#include <cstdint>
#include <limits>

namespace alphapose {

struct TrackedPerson : Person {
  int id = 0;                              // from 1, the same in all frames; 0: not sure enough to begin a track
  std::array<Keypoint, kKeypoints> smooth; // smoothed over time; the keypoints themselves where smoothing is off or id is 0
};

struct VideoFrame {
  std::int64_t index = 0; // of the frame in its source, from 0
  double seconds = 0;     // from the start of the source
  bool detected = true;   // the detector ran; false: people were followed from the frame before
  Image image;            // empty unless VideoOptions::images
  std::vector<TrackedPerson> people;
};

struct VideoOptions {
  PoseOptions pose = {};
  int detect_every = 1; // runs the detector in every N-th frame, 1 to 10000, and follows people in between; 0: as seldom as the frame rate needs
  bool smooth = false;  // also smooths keypoints (One-Euro filter)
  // Of clips only:
  double start = 0, end = std::numeric_limits<double>::infinity(); // seconds
  int step = 1;                                                    // uses every N-th frame
  bool images = false;                                             // also returns the decoded images
};

// A clip or camera.  Decoding and networks run on threads of the object, a few frames ahead of the caller; a camera drops frames that the caller does
// not take in time.  Thread safety and fork(): as Pose.
class ALPHAPOSE_API Video {
public:
  // source: a path, a URL, "-" for standard input, or "webcam:0".  Throws as Pose does, and DataError for a source that cannot be opened, Error in
  // builds without FFmpeg.
  explicit Video(const std::string& source, const VideoOptions& options = {});
  ~Video(); // stops
  Video(Video&&) noexcept;
  Video& operator=(Video&&) noexcept;

  // Returns the next frame, nothing at the end.  Throws DataError where the source breaks off, after all frames before; DeviceError when a GPU fails.
  std::optional<VideoFrame> next();

  double frame_rate() const; // average, a second; 0: unknown

private:
  struct State;
  std::unique_ptr<State> state_;
};

// Frames from memory.  Thread safety and fork(): as Pose.
class ALPHAPOSE_API PoseTracker {
public:
  // Ignores the options of clips.  Throws as Pose does.
  explicit PoseTracker(const VideoOptions& options = {});
  ~PoseTracker();
  PoseTracker(PoseTracker&&) noexcept;
  PoseTracker& operator=(PoseTracker&&) noexcept;

  // Returns the people of the next frame, taken at `seconds`, which rises from frame to frame.  Throws InputError for a view that is invalid or that
  // the networks refuse, DeviceError when a GPU fails.
  VideoFrame operator()(const ImageView& image, double seconds);

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace alphapose
