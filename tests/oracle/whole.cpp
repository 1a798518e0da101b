// Implements whole.h.
// SPDX-License-Identifier: MIT
#include "tests/oracle/whole.h"

#include "image/letterbox.h"

#include <doctest/doctest.h>

#include <cstdio>
#include <cstdlib>

namespace pose::oracle {
namespace {

std::vector<float> flat(const std::vector<Box>& boxes) {
  std::vector<float> v;
  for (const Box& b : boxes) v.insert(v.end(), {b.x1, b.y1, b.x2, b.y2});
  return v;
}

} // namespace

std::string detector_of(const Case& c) {
  std::string name = c.info["detector"];
  name.resize(name.rfind('-')); // the last part is the input's side
  return name;
}

std::optional<Model> find_model(const std::string& name, int inp_dim) {
  ModelOptions options;
  options.inp_dim = inp_dim;
  try {
    return load_model(name, options);
  } catch (const Error& e) {
    fmt::print("skipped: {}\n", e.what());
    return std::nullopt;
  }
}

void skip(const std::string& why) {
  fmt::print("skipped: {}\n", why);
  std::fflush(stdout);
  std::_Exit(77);
}

std::vector<PersonBox> detect(const BgrImage& picture, const Model& model, const SelectOptions& select, const RunOptions& run, Pool& pool) {
  PersonDetector detector(model, select, 1, run);
  const BgrImage canvas = letterbox(picture, detector.inp_dim());
  const PersonDetector::Image input{&canvas, picture.h, picture.w};
  return detector.detect(std::span(&input, 1), pool)[0];
}

std::vector<Candidate> estimate(const BgrImage& picture, const Model& model, std::span<const PersonBox> boxes, const RunOptions& run, Pool& pool) {
  return PoseEstimator(model, CropRule::demo, false, 8, run).estimate(picture, boxes, pool);
}

Joints joints_of(const std::vector<Candidate>& candidates) {
  Joints j;
  for (const Candidate& c : candidates) {
    j.score.insert(j.score.end(), c.scores.begin(), c.scores.end());
    for (const Point& p : c.joints) j.at.insert(j.at.end(), {p.x, p.y});
  }
  return j;
}

void check(const std::string& what, const Difference& d) {
  CHECK_MESSAGE(d.ok(), what, ": ", d.text());
  fmt::print("  {}: max abs {:.3g}\n", what, d.max_abs);
}

void check_boxes(const Case& c, const std::vector<PersonBox>& got, const Tolerance& tolerance, double score) {
  std::vector<Box> boxes;
  std::vector<float> scores;
  for (const PersonBox& b : got) {
    boxes.push_back(b.box);
    scores.push_back(b.score);
  }
  check("boxes", compare(flat(boxes), c.f32("boxes"), tolerance.box_pixels));
  check("box scores", compare(scores, c.f32("scores"), score, 2e-4));
}

bool check_joints(const Case& c, const std::vector<Candidate>& got, const Tolerance& tolerance) {
  const std::vector<float> margins = c.f32("hm_top2_margin");
  auto [joints, maxima] = joints_of(got);
  const std::vector<float> want = c.f32("preds_img");
  check("maxima", compare(maxima, c.f32("maxval"), kScore));
  const bool all = compare(joints, want, tolerance.joint_pixels).ok();
  for (std::size_t i = 0; i < margins.size() && joints.size() == want.size(); i++) {
    if (margins[i] <= tolerance.peak_margin) joints[2 * i] = want[2 * i], joints[2 * i + 1] = want[2 * i + 1];
  }
  check("keypoints of clear peaks", compare(joints, want, tolerance.joint_pixels));
  return all;
}

void check_people(const Case& c, const std::vector<Person>& got, const Tolerance& tolerance) {
  std::vector<float> joints, proposals;
  for (const Person& p : got) {
    for (const Point& q : p.joints) joints.insert(joints.end(), {q.x, q.y});
    proposals.push_back(p.proposal_score);
  }
  check("keypoints after pose NMS", compare(joints, c.f32("keypoints"), tolerance.joint_pixels));
  check("proposal scores", compare(proposals, c.f32("proposal_score"), 3 * kScore));
}
} // namespace pose::oracle
