// Implements frame_json.h.
// SPDX-License-Identifier: MIT
#include "serve/frame_json.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace pose::serve {
namespace {

using nlohmann::json;

// Rounds to short numbers.  JSON has no NaN and no infinity: nlohmann writes null for them.
json tenth(float value) {
  return std::round(double(value) * 10) / 10;
}

json thousandth(float value) {
  return std::round(double(value) * 1000) / 1000;
}

json person_json(const ResultPerson& one) {
  json keypoints = json::array(), smooth = one.smooth ? json::array() : json();
  for (std::size_t k = 0; k < one.person.joints.size(); k++) {
    const Point at = one.person.joints[k];
    keypoints.insert(keypoints.end(), {tenth(at.x), tenth(at.y), thousandth(one.person.scores[k])});
    if (one.smooth) smooth.insert(smooth.end(), {tenth((*one.smooth)[k].x), tenth((*one.smooth)[k].y)});
  }
  const Box& b = one.person.box;
  json person = {{"id", one.id},
                 {"score", thousandth(one.person.proposal_score)},
                 {"box", {tenth(b.x1), tenth(b.y1), tenth(b.x2), tenth(b.y2)}},
                 {"keypoints", std::move(keypoints)},
                 {"smooth", std::move(smooth)}};
  if (one.person.set == coco_joints()) return person;
  person["limbs"] = json::array();
  for (const Limb& limb : one.person.set->limbs) person["limbs"].push_back({limb.a, limb.b});
  return person;
}

} // namespace

std::string frame_json(const FrameResult& result) {
  json people = json::array();
  for (const ResultPerson& one : result.people) people.push_back(person_json(one));
  const json frame = {{"source", result.source}, {"frame", result.frame},      {"time", result.time ? json(*result.time) : json()},
                      {"width", result.width},   {"height", result.height},    {"detected", result.detected},
                      {"error", result.error},   {"people", std::move(people)}};
  return frame.dump(-1, ' ', false, json::error_handler_t::replace);
}

} // namespace pose::serve
