// Implements person.h.
// SPDX-License-Identifier: MIT
#include "postprocess/person.h"

#include <limits>

namespace pose {
namespace {

// Calls f(index in `from`, index in `to`) for each keypoint that both sets have.
template <class F> void for_each_common(const JointSet& from, const JointSet& to, const F& f) {
  for (std::size_t k = 0; k < to.size(); ++k) {
    const auto at = std::find(from.names.begin(), from.names.end(), to.names[k]);
    if (at != from.names.end()) f(std::size_t(at - from.names.begin()), k);
  }
}

} // namespace

PerJoint<Point> with_joints(const PerJoint<Point>& points, const JointSet& from, const JointSet& to) {
  PerJoint<Point> out(to.size());
  out.fill({std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::quiet_NaN()});
  for_each_common(from, to, [&](std::size_t a, std::size_t b) { out[b] = points[a]; });
  return out;
}

Person with_joints(const Person& person, const JointSetRef& set) {
  if (person.set == set) return person;
  Person out = person;
  out.set = set;
  out.joints = with_joints(person.joints, *person.set, *set);
  out.scores = PerJoint<float>(set->size());
  for_each_common(*person.set, *set, [&](std::size_t a, std::size_t b) { out.scores[b] = person.scores[a]; });
  if (person.world.empty()) return out;
  constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
  out.world.assign(set->size(), {kNan, kNan, kNan});
  for_each_common(*person.set, *set, [&](std::size_t a, std::size_t b) { out.world[b] = person.world[a]; });
  return out;
}

} // namespace pose
