// Implements format_line of jsonl.h.
// SPDX-License-Identifier: MIT
#include "results/jsonl.h"

#include "postprocess/json.h"
#include "results/number.h"

namespace pose {

namespace {

// Appends {"nose":[x,y,score],...}, without scores where `scores` is null.
void append_keypoints(std::string& out, const std::array<Point, kJoints>& points, const std::array<float, kJoints>* scores) {
  for (std::size_t k = 0; k < kJoints; ++k) {
    out += k == 0 ? "{\"" : "],\"";
    out += kJointNames[k];
    out += "\":[";
    append_number(out, points[k].x);
    out += ',';
    append_number(out, points[k].y);
    if (scores == nullptr) continue;
    out += ',';
    append_number(out, (*scores)[k]);
  }
  out += "]}";
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
  out += ",\"keypoints\":";
  append_keypoints(out, p.person.joints, &p.person.scores);
  if (p.smooth) {
    out += ",\"smooth\":";
    append_keypoints(out, *p.smooth, nullptr);
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
