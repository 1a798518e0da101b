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

// Returns whether this library was built with FFmpeg.  Without it Video throws an Error that says how to get it, and PoseTracker works.
ALPHAPOSE_API bool video_supported();

struct TrackedPerson : Person {
  int id = 0;                              // from 1, the same in all frames; 0: not sure enough to begin a track
  std::array<Keypoint, kKeypoints> smooth; // smoothed over time; the keypoints themselves where smoothing is off or id is 0
  std::vector<Keypoint> smooth_all;        // the same of `all_keypoints`
};

struct VideoFrame {
  std::int64_t index = 0; // of the frame in its source, from 0
  double seconds = 0;     // from the start of the source
  bool detected = true;   // the detector ran; false: people were followed from the frame before
  std::string error;      // of a frame in a clip that the networks refuse, because it is too thin; "": none
  Image image;            // empty unless VideoOptions::images
  std::vector<TrackedPerson> people;
};

struct VideoOptions {
  PoseOptions pose = {};
  int detect_every = 1; // runs the detector in every N-th frame, 1 to 10000, and follows people in between; 0: as seldom as the frame rate needs
  bool smooth = false;  // also smooths keypoints (One-Euro filter)
  // Of Video only:
  double start = 0, end = std::numeric_limits<double>::infinity(); // seconds; frames from `end` on are left out
  int step = 1;                                                    // uses every N-th frame
  bool images = false;                                             // also returns the decoded images
  // Of PoseTracker only:
  double frame_rate = 25; // 0.01 to 10000: frame rate that detect_every 0 keeps, 1/s
};

// A clip or camera.  Decoding and networks run on threads of the object, a few frames ahead of the caller; a camera drops frames that the caller does
// not take in time.  Thread safety and fork(): as Pose.  Two threads that call next() get different frames.
class ALPHAPOSE_API Video {
public:
  // source: a path, a URL, "-" for standard input, or "webcam:0".  Throws as Pose does, and DataError for a source that cannot be opened, Error in
  // libraries without FFmpeg.
  explicit Video(const std::string& source, const VideoOptions& options = {});
  ~Video(); // stops after the frame that is being computed
  Video(Video&&) noexcept;
  Video& operator=(Video&&) noexcept;

  // Returns the next frame, nothing at the end.  Throws DataError where the source breaks off, after all frames before; DeviceError when a GPU fails.
  std::optional<VideoFrame> next();

  double frame_rate() const; // of the source, average; 0: unknown

private:
  struct State;
  std::unique_ptr<State> state_;
};

// Frames from memory.  Thread safety and fork(): as Pose.
class ALPHAPOSE_API PoseTracker {
public:
  // Throws as Pose does.
  explicit PoseTracker(const VideoOptions& options = {});
  ~PoseTracker();
  PoseTracker(PoseTracker&&) noexcept;
  PoseTracker& operator=(PoseTracker&&) noexcept;

  // Returns the people of the next frame, taken at `seconds`, which rises from frame to frame.  Frames may change their size.  Throws InputError for
  // a time that does not rise and for a view as Pose does, DeviceError when a GPU fails.  A frame that was refused does not count.
  VideoFrame operator()(const ImageView& image, double seconds);

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace alphapose
