// Person: keypoints, scores and box of a person in an image.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/crop.h"
#include "postprocess/joint_set.h"

namespace pose {

struct Person {
  PerJoint<Point> joints;
  PerJoint<float> scores;
  float proposal_score = 0;
  Box box;             // of the candidate that this person came from; of several, the one with the highest mean score
  float box_score = 0; // objectness of that box
  JointSetRef set = coco_joints();
  std::vector<Point3> world = {}; // the keypoints in 3D, of networks that find them
};

// Returns a Person, a Candidate or an Observation with the keypoints of this set, all at 0.
template <class T> T of_set(const JointSetRef& set) {
  T out;
  out.joints = PerJoint<Point>(set->size());
  out.scores = PerJoint<float>(set->size());
  out.set = set;
  return out;
}

// Returns the person with the keypoints of another set, by their names.  Those that the person lacks are NaN, with a score of 0.
Person with_joints(const Person& person, const JointSetRef& set);

// Returns one place for each keypoint of another set; NaN for those that `from` lacks.
PerJoint<Point> with_joints(const PerJoint<Point>& points, const JointSet& from, const JointSet& to);

} // namespace pose
