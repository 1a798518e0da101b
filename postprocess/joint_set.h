// JointSet: which keypoints a person has: names, mirror image, spread, skeleton (docs/keypoints.md).
// SPDX-License-Identifier: MIT
#pragma once

#include "image/draw.h"

#include <algorithm>
#include <array>
#include <memory>
#include <string>
#include <vector>

namespace pose {

inline constexpr int kJoints = 17; // of COCO, in its order
inline constexpr std::size_t kLeftShoulder = 5, kRightShoulder = 6;
inline constexpr std::size_t kNeck = kJoints; // of COCO, midpoint of the shoulders: no output of a network; used for drawing and by some formats
inline constexpr int kMostJoints = 256;       // of any set

struct Limb {
  std::size_t a = 0, b = 0; // keypoints
  Color color{};
  bool thin = false; // of a face or a hand: its thickness does not depend on the scores
};

struct JointSet {
  std::string name; // coco17, halpe26, ...
  std::vector<std::string> names;
  std::vector<int> mirrored;       // the keypoint that each one becomes in a mirror image
  std::vector<double> sigmas;      // deviation that people label it with, in square roots of the person's area (COCO's keypoint evaluation)
  std::vector<Limb> limbs;         // of the skeleton
  std::vector<Color> colors;       // of the first keypoints; the others are small and white
  std::size_t face = 0, hands = 0; // keypoints of a whole body: the last `hands` are the hands', and `face` before them the face's
  bool neck = false;               // keypoint size() of the limbs and colors is the midpoint of the shoulders
  std::array<int, kJoints> coco{}; // where COCO's keypoints are, by name; -1: missing

  std::size_t size() const { return names.size(); }
};

// Sets are compared by their names: two with the same names in the same order have the same keypoints.
using JointSetRef = std::shared_ptr<const JointSet>;

// Returns COCO's 17 keypoints.
const JointSetRef& coco_joints();
// Returns a set by name, null for an unknown one.
JointSetRef find_joint_set(const std::string& name);
// Returns the set of so many keypoints, null where there is none.
JointSetRef joint_set_of_size(std::size_t joints);
std::vector<std::string> joint_set_names();

// Returns the set that an option names, null for "".  Throws InputError for an unknown name.
JointSetRef joint_set_option(const std::string& option, const std::string& name);

// What a model tells of keypoints that this project has no set for.
struct JointSetSpec {
  std::string name;
  std::vector<std::string> names;
  std::vector<std::array<int, 2>> pairs, limbs; // left and right; ends of limbs, none: COCO's between keypoints of COCO's names
  std::vector<double> sigmas;                   // one for each name, or none: kUsualSigma for all
};
inline constexpr double kUsualSigma = 0.05;
// Returns the set, one of the project where all names are the same.  Throws Error for names that are empty, equal or too many, for keypoints that do
// not exist or are in two pairs, and for sigmas that are not above 0.
JointSetRef make_joint_set(const JointSetSpec& spec);

// A place in meters, in the axes of the camera, from the middle of the hips.
struct Point3 {
  float x = 0, y = 0, z = 0;
};

// One value for each keypoint of a person.
template <class T> class PerJoint : public std::vector<T> {
public:
  PerJoint() : PerJoint(kJoints) {}
  explicit PerJoint(std::size_t count) : std::vector<T>(count) {}
  void fill(const T& value) { std::fill(this->begin(), this->end(), value); }
};

} // namespace pose
