// Implements format_line of jsonl.h.
// SPDX-License-Identifier: MIT
#include "results/jsonl.h"

#include "postprocess/json.h"
#include "results/number.h"

namespace pose {

namespace {

// Appends {"nose":[x,y,score],...}, without scores where `scores` is null.
void append_keypoints(std::string& out, const JointSet& set, const PerJoint<Point>& points, const PerJoint<float>* scores) {
  for (std::size_t k = 0; k < set.size(); ++k) {
    out += k == 0 ? "{" : "],";
    out += strict_string(set.names[k]);
    out += ":[";
    append_number(out, points[k].x);
    out += ',';
    append_number(out, points[k].y);
    if (scores == nullptr) continue;
    out += ',';
    append_number(out, (*scores)[k]);
  }
  out += "]}";
}

// Appends ,"world":{"nose":[x,y,z],...}
void append_world(std::string& out, const JointSet& set, const std::vector<Point3>& world) {
  out += ",\"world\":";
  for (std::size_t k = 0; k < set.size(); ++k) {
    out += k == 0 ? "{" : ",";
    out += strict_string(set.names[k]);
    out += ":[";
    append_number(out, world[k].x);
    out += ',';
    append_number(out, world[k].y);
    out += ',';
    append_number(out, world[k].z);
    out += ']';
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
  append_keypoints(out, set, p.person.joints, &p.person.scores);
  if (!p.person.world.empty()) append_world(out, set, p.person.world);
  if (p.smooth) {
    out += ",\"smooth\":";
    append_keypoints(out, set, *p.smooth, nullptr);
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
