// Implements format_line of jsonl.h.
// SPDX-License-Identifier: MIT
#include "results/jsonl.h"

#include "postprocess/json.h"
#include "results/number.h"

#include <array>

namespace pose {

namespace {

// Appends {"nose":[x,y],...}.  numbers_of(k): the numbers of keypoint k, an array.
template <class F> void append_keypoints(std::string& out, const JointSet& set, const F& numbers_of) {
  for (std::size_t k = 0; k < set.size(); ++k) {
    out += k == 0 ? "{" : ",";
    out += strict_string(set.names[k]);
    out += ":[";
    for (const float number : numbers_of(k)) {
      append_number(out, number);
      out += ',';
    }
    out.back() = ']';
  }
  out += '}';
}

void append_person(std::string& out, const ResultPerson& p) {
  out += "{\"id\":" + (p.id > 0 ? std::to_string(p.id) : "null") + ",\"score\":";
  append_number(out, p.person.proposal_score);
  out += ",\"box\":[";
  const Box& box = p.person.box;
  for (const float side : {box.x1, box.y1, box.x2, box.y2}) {
    append_number(out, side);
    out += ',';
  }
  out.back() = ']';
  out += ",\"box_score\":";
  append_number(out, p.person.box_score);
  const JointSet& set = *p.person.set;
  if (p.person.set != coco_joints()) out += ",\"keypoint_set\":" + strict_string(set.name);
  out += ",\"keypoints\":";
  append_keypoints(out, set, [&](std::size_t k) { return std::array{p.person.joints[k].x, p.person.joints[k].y, p.person.scores[k]}; });
  if (!p.person.world.empty()) {
    out += ",\"world\":";
    append_keypoints(out, set, [&](std::size_t k) { return std::array{p.person.world[k].x, p.person.world[k].y, p.person.world[k].z}; });
  }
  if (p.smooth) {
    out += ",\"smooth\":";
    append_keypoints(out, set, [&](std::size_t k) { return std::array{(*p.smooth)[k].x, (*p.smooth)[k].y}; });
  }
  out += '}';
}

} // namespace

std::string format_line(const FrameResult& r) {
  std::string out = fmt::format("{{\"schema\":{},\"source\":{},\"frame\":{},\"time\":", kResultSchema, strict_string(r.source), r.frame);
  if (r.time) {
    append_number(out, *r.time);
  } else {
    out += "null";
  }
  fmt::format_to(std::back_inserter(out), ",\"width\":{},\"height\":{},\"key\":\"{}\",\"status\":", r.width, r.height, r.key);
  out += r.error.empty() ? "\"ok\"" : "\"error\",\"error\":" + strict_string(r.error);
  out += r.detected ? ",\"detected\":true,\"people\":[" : ",\"detected\":false,\"people\":[";
  for (const ResultPerson& person : r.people) {
    if (out.back() != '[') out += ',';
    append_person(out, person);
  }
  return out + "]}\n";
}

} // namespace pose
