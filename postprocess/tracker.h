// Tracker: gives the people of a video numbers that they keep.
// SPDX-License-Identifier: MIT
#pragma once

#include "postprocess/step_clock.h"
#include "postprocess/track.h"

#include <span>
#include <vector>

namespace pose {

struct TrackerOptions {
  float sure = 0.35f;  // confidence from which on a person begins a track at once.  Confidence: mean of the mean keypoint score and the box's score
  float unsure = 0.1f; // confidence below which a person is ignored; between both, a person continues a track, or begins one after some frames
  double keep = 10;    // seconds that a lost person is remembered
  MotionModel motion = {};
};

// Assigns the people of each frame to tracks: sure people first, then unsure ones (ByteTrack, Zhang et al. 2022), by keypoints (OKS) and boxes (IoU)
// against a Kalman prediction.  People who were lost are found again by place, size and proportions.  Everything is measured in seconds, so frames
// may be dropped.  Equal calls give equal ids.  Memory is bounded: a limited number of lost people is remembered.
//
// Input of any kind is allowed: no people, timestamps that stand still or go back (StepClock), NaN.  A person whose box and keypoints have no extent
// gets 0.
class Tracker {
public:
  explicit Tracker(const TrackerOptions& options = {});

  // Assigns the people of the next frame, at `seconds`, to tracks.  Returns the id of each person: from 1, never used again; 0 where a person is too
  // unsure to begin a track, or appeared in front of another one just now.
  std::vector<int> update(std::span<const Person> people, double seconds);

  struct Track {
    int id = 0;
    Person last;            // as seen last
    Box box;                // predicted
    float score = 0;        // confidence of `last`
    double last_seen = 0;   // timestamp
    bool confirmed = false; // seen in several frames
  };
  // Returns the tracks whose people were seen within the last second, with their boxes predicted for `seconds`.  A time in the past counts as now.
  std::vector<Track> predict(double seconds) const;

  // What the last update did.  lost > 0 and cut are reasons to run the detector at once.
  struct Changes {
    int born = 0;     // ids given
    int lost = 0;     // tracks with an id that had a person in the frame before and have none now
    int found = 0;    // tracks with an id that have a person again
    bool cut = false; // the scene changed, all tracks ended
  };
  const Changes& changes() const { return changes_; }

  // Returns the number of people that are remembered, lost ones included.
  std::size_t size() const { return tracks_.size(); }

private:
  struct Frame; // the people of one frame on their way to tracks

  void match_sure(Frame& frame);
  void recover(Frame& frame);
  std::vector<Correction> take(const Frame& frame, const std::vector<std::size_t>& people);
  void follow_camera(const Frame& frame, std::span<const Correction> corrections);
  void give_id(TrackState& track);
  void begin_tracks(Frame& frame);
  void end_tracks(const Frame& frame);

  TrackerOptions options_;
  StepClock clock_;
  std::vector<TrackState> tracks_; // in the order of their birth
  Changes changes_;
  int next_id_ = 1;
};

} // namespace pose
