// The whole pipeline on pictures against the original's: real weights (real/) and synthetic ones (e2e/).
// SPDX-License-Identifier: MIT
#include "apps/estimator.h"
#include "image/codec.h"
#include "image/letterbox.h"
#include "tensor/compare.h"
#include "tests/oracle/oracle.h"
#include "tests/targets.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

using namespace pose;

namespace {

// DESIGN.md, section 5.
struct Tolerance {
  double box_pixels = 0, joint_pixels = 0;
  double peak_margin = 0; // joints whose two best heatmap pixels are closer may jump from one to the other: they are left out
};
constexpr Tolerance kReal{0.05, 0.05, 1e-3};
constexpr Tolerance kSynthetic{0.2, 0.05, 2e-3}; // boxes: 2e-4 of the prediction, at most 608 pixels, magnified by the letterbox
constexpr double kScore = 2e-3;                  // heatmaps

// A model that this machine has, or nothing: `simplepose` comes converted (scripts/convert_onnx.py), yolov3-tiny by scripts/fetch_models.
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

std::vector<float> flat(const std::vector<Box>& boxes) {
  std::vector<float> v;
  for (const Box& b : boxes) v.insert(v.end(), {b.x1, b.y1, b.x2, b.y2});
  return v;
}

std::vector<apps::PersonBox> detect(const BgrImage& picture, const Model& model, const SelectOptions& select, const apps::RunOptions& run,
                                    Pool& pool) {
  apps::PersonDetector detector(model, select, 1, run);
  const BgrImage canvas = letterbox(picture, detector.inp_dim());
  const apps::PersonDetector::Picture input{&canvas, picture.h, picture.w};
  return detector.detect(std::span(&input, 1), pool)[0];
}

std::vector<Candidate> estimate(const BgrImage& picture, const Model& model, std::span<const apps::PersonBox> boxes, const apps::RunOptions& run,
                                Pool& pool) {
  return apps::PoseEstimator(model, CropRule::demo, false, 8, run).estimate(picture, boxes, pool);
}

void check(const std::string& what, const Difference& d) {
  CHECK_MESSAGE(d.ok(), what, ": ", d.text());
  fmt::print("  {}: max abs {:.3g}\n", what, d.max_abs);
}

void check_boxes(const oracle::Case& c, const std::vector<apps::PersonBox>& got, const Tolerance& tolerance) {
  std::vector<Box> boxes;
  std::vector<float> scores;
  for (const apps::PersonBox& b : got) {
    boxes.push_back(b.box);
    scores.push_back(b.score);
  }
  check("boxes", compare(flat(boxes), c.f32("boxes"), tolerance.box_pixels));
  check("box scores", compare(scores, c.f32("scores"), 1e-4, 2e-4));
}

// Returns whether all joints, those without a clear peak too, are where they should be.
bool check_joints(const oracle::Case& c, const std::vector<Candidate>& got, const Tolerance& tolerance) {
  const std::vector<float> margins = c.f32("hm_top2_margin");
  std::vector<float> maxima, joints, want = c.f32("preds_img");
  for (const Candidate& candidate : got) {
    maxima.insert(maxima.end(), candidate.scores.begin(), candidate.scores.end());
    for (const Point& p : candidate.joints) joints.insert(joints.end(), {p.x, p.y});
  }
  check("maxima", compare(maxima, c.f32("maxval"), kScore));
  const bool all = compare(joints, want, tolerance.joint_pixels).ok();
  for (std::size_t i = 0; i < margins.size() && joints.size() == want.size(); i++) {
    if (margins[i] <= tolerance.peak_margin) joints[2 * i] = want[2 * i], joints[2 * i + 1] = want[2 * i + 1];
  }
  check("joints of clear peaks", compare(joints, want, tolerance.joint_pixels));
  return all;
}

// A joint steps a quarter of a heatmap pixel towards the higher neighbour: where rounding decides which one that is, it lands half a pixel
// away.  A random network has such ties; they must stay rare.
void check_joints_but_quarter_steps(const oracle::Case& c, const std::vector<Candidate>& got) {
  std::vector<float> joints, maxima, half_pixel;
  for (const Candidate& candidate : got) {
    maxima.insert(maxima.end(), candidate.scores.begin(), candidate.scores.end());
    const Box& b = candidate.box; // 0.3 larger, 80 heatmap pixels high, at least 1.25 times as high as wide
    half_pixel.push_back(0.5f * 1.3f * std::max(b.y2 - b.y1, 1.25f * (b.x2 - b.x1)) / 80);
    for (const Point& p : candidate.joints) joints.insert(joints.end(), {p.x, p.y});
  }
  std::vector<float> want = c.f32("preds_img");
  const std::vector<float> margins = c.f32("hm_top2_margin");
  check("maxima", compare(maxima, c.f32("maxval"), kScore));
  REQUIRE(joints.size() == want.size());
  int stepped = 0;
  for (std::size_t i = 0; i < joints.size(); i++) {
    if (margins[i / 2] <= kSynthetic.peak_margin) joints[i] = want[i];
    stepped += !(std::abs(joints[i] - want[i]) <= kSynthetic.joint_pixels);
  }
  fmt::print("  {} of {} coordinates a step away\n", stepped, joints.size());
  CHECK(stepped * 200 <= int(joints.size()));
  check("joints of clear peaks",
        compare(joints, want, [&](std::int64_t i) { return kSynthetic.joint_pixels + half_pixel[std::size_t(i) / (2 * kJoints)]; }));
}

void check_people(const oracle::Case& c, const std::vector<Person>& got, const Tolerance& tolerance) {
  std::vector<float> joints, proposals;
  for (const Person& p : got) {
    for (const Point& q : p.joints) joints.insert(joints.end(), {q.x, q.y});
    proposals.push_back(p.proposal_score);
  }
  check("keypoints after pose NMS", compare(joints, c.f32("keypoints"), tolerance.joint_pixels));
  check("proposal scores", compare(proposals, c.f32("proposal_score"), 3 * kScore));
}

} // namespace

TEST_CASE("real weights on real pictures find the same people") {
  int done = 0;
  for (const std::string& name : oracle::case_names("real")) {
    const oracle::Case c = oracle::load("real", name);
    std::string detector = c.info["detector"];
    detector.resize(detector.rfind('-')); // its last part is the input's side
    const BgrImage picture = read_image(oracle::picture(c.info["image"]).string());
    for (Target target : targets_with_kernels()) {
      if (target == Target::ref && c.info["inp_dim"].get<int>() > 416) continue;           // the small ones will do
      const std::optional<Model> detector_model = find_model(detector, c.info["inp_dim"]); // a plan uses its model up
      const std::optional<Model> pose_model = find_model("simplepose", 0);
      if (!detector_model || !pose_model) continue;
      fmt::print("{} on {}: {} boxes, {} people\n", name, name_of(target), c.info["n_boxes"].get<int>(), c.info["n_people"].get<int>());
      const apps::RunOptions run{target, available_threads()};
      Pool pool(run.threads);
      const auto boxes = detect(picture, *detector_model, {c.info["conf"].get<float>(), 0.6}, run, pool);
      check_boxes(c, boxes, kReal);
      REQUIRE(boxes.size() * 4 == c.f32("boxes").size());
      const std::vector<Candidate> candidates = estimate(picture, *pose_model, boxes, run, pool);
      const std::vector<Person> people = pose_nms(candidates);
      CHECK(people.size() == c.f32("proposal_score").size());
      if (check_joints(c, candidates, kReal)) check_people(c, people, kReal);
      done++;
    }
  }
  if (done == 0) {
    fmt::print("skipped: no model for any case\n");
    std::fflush(stdout);
    std::_Exit(77); // Meson's code for a skipped test
  }
}

// A box that moves across a whole pixel moves its crop by a pixel, and a random network then sees another picture: poses are estimated in
// the original's boxes.
TEST_CASE("synthetic weights from the picture to the people") {
  for (const std::string& name : oracle::case_names("e2e")) {
    const oracle::Case c = oracle::load("e2e", name);
    const int seed = c.info["seed"];
    ModelOptions options;
    options.inp_dim = 608;
    options.bn_path = oracle::side_file(fmt::format("bn_yolo_seed{}.bin", seed)).string();
    const Model detector_model = load_model(fmt::format("yolov3-spp@seed:{}", seed), options);
    options.bn_path = oracle::side_file(fmt::format("bn_pose_seed{}.bin", seed)).string();
    const Model pose_model = load_model(fmt::format("fastpose@seed:{}", seed), options);
    const BgrImage picture = read_image(oracle::picture(c.info["image"]).string());
    const apps::RunOptions run{best_target(), available_threads()};
    Pool pool(run.threads);
    fmt::print("{} on {}: {} boxes\n", name, name_of(run.target), c.info["n_boxes"].get<int>());
    check_boxes(c, detect(picture, detector_model, {}, run, pool), kSynthetic);
    std::vector<apps::PersonBox> boxes;
    const std::vector<float> corners = c.f32("boxes"), scores = c.f32("scores");
    for (std::size_t i = 0; i < scores.size(); i++) {
      boxes.push_back({{corners[4 * i], corners[4 * i + 1], corners[4 * i + 2], corners[4 * i + 3]}, scores[i]});
    }
    const std::vector<Candidate> candidates = estimate(picture, pose_model, boxes, run, pool);
    check_joints_but_quarter_steps(c, candidates);
    CHECK(pose_nms(candidates).size() == c.f32("proposal_score").size());
  }
}
