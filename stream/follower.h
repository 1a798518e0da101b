// BoxFollower: boxes of people between two runs of the detector, from their last keypoints and their motion.
// SPDX-License-Identifier: MIT
#pragma once

#include "pose/estimator.h"
#include "results/frame_result.h"

#include <optional>
#include <vector>

namespace pose {

class BoxFollower {
public:
  // Returns the boxes of the known people, moved on to `seconds` and clipped to an image of h x w, without those who have left the image.
  std::vector<PersonBox> boxes_at(double seconds, int h, int w);

  // Returns whether the people found in the boxes of boxes_at() show that these boxes are stale: a box without a person, or a person whose keypoints
  // scored much higher when the detector last saw them.
  bool is_stale(const FrameResult& result) const;

  // Takes over the people of a frame.  result.detected tells whether their boxes are the detector's.
  void update(const FrameResult& result, double seconds);

private:
  struct Followed {
    int id = 0;
    Person reference; // when the detector last saw this person
    Person last;
    float reference_score = 0; // mean keypoint score of the reference
    Point velocity{};          // pixels a second
    double seconds = 0;        // of `last`
    std::optional<Box> box;    // the last result of boxes_at(); none: has left the image
  };
  static Box followed_box(const Followed& f, double seconds);
  const Followed* source_of(const Person& person) const;
  Followed first_seen(const ResultPerson& person, double seconds) const;

  std::vector<Followed> people_;
};

} // namespace pose
