// Tests both networks with synthetic weights and all stages between, from the image to the people.
// SPDX-License-Identifier: MIT
#include "image/codec.h"
#include "tests/oracle/whole.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

using namespace pose;
using namespace pose::oracle;

namespace {

constexpr Tolerance kSynthetic{0.2, 0.05, 2e-3}; // boxes: 2e-4 of the prediction, at most 608 pixels, magnified by the letterbox

double corner_distance(const Box& a, const Box& b) {
  return std::max({std::abs(a.x1 - b.x1), std::abs(a.y1 - b.y1), std::abs(a.x2 - b.x2), std::abs(a.y2 - b.y2)});
}

// Returns the boxes nearest to the expected ones, in their order.  Rounding may swap two boxes of nearly the same score.  It may also add or remove
// one whose objectness or class score is as near to the threshold as the case's margins record.
std::vector<PersonBox> in_order_of(const std::vector<PersonBox>& wanted, const std::vector<PersonBox>& got, const Case& c) {
  const bool on_the_edge = std::min(c.info["conf_margin"].get<double>(), c.info["class_margin"].get<double>()) < 2e-4;
  CHECK_MESSAGE((got.size() == wanted.size() || (on_the_edge && std::abs(int(got.size()) - int(wanted.size())) == 1)), got.size(), " boxes, wanted ",
                wanted.size());
  std::vector<PersonBox> ordered;
  int absent = 0;
  for (const PersonBox& w : wanted) {
    const auto nearer = [&](const PersonBox& a, const PersonBox& b) { return corner_distance(a.box, w.box) < corner_distance(b.box, w.box); };
    const auto nearest = std::min_element(got.begin(), got.end(), nearer);
    REQUIRE(nearest != got.end());
    const bool is_there = corner_distance(nearest->box, w.box) <= kSynthetic.box_pixels;
    absent += !is_there;
    ordered.push_back(is_there || !on_the_edge ? *nearest : w);
  }
  CHECK(absent <= 1);
  return ordered;
}

// A keypoint moves a quarter of a heatmap pixel towards the higher neighbor.  Where rounding decides which one is higher, the result differs by half
// a pixel.  A random network has such ties; they must be rare.
void check_joints_but_quarter_steps(const Case& c, const std::vector<Candidate>& got) {
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
  CHECK(stepped <= 4 + int(joints.size()) / 200);
  check("keypoints of clear peaks",
        compare(joints, want, [&](std::int64_t i) { return kSynthetic.joint_pixels + half_pixel[std::size_t(i) / (2 * kJoints)]; }));
}

} // namespace

// A box that moves across a whole pixel moves its crop by a pixel, and a random network then gets a different image.  So poses are estimated in the
// original's boxes.
TEST_CASE("synthetic weights give the original's results from the image to the people") {
  for (const std::string& name : oracle::case_names("e2e")) {
    const Case c = oracle::load("e2e", name);
    const int seed = c.info["seed"];
    ModelOptions options;
    options.inp_dim = 608;
    options.bn_path = oracle::side_file(fmt::format("bn_yolo_seed{}.bin", seed)).string();
    const Model detector_model = load_model(fmt::format("yolov3-spp@seed:{}", seed), options);
    options.bn_path = oracle::side_file(fmt::format("bn_pose_seed{}.bin", seed)).string();
    const Model pose_model = load_model(fmt::format("fastpose@seed:{}", seed), options);
    const BgrImage picture = read_image(oracle::picture(c.info["image"]).string());
    const RunOptions run{best_target(), available_threads()};
    Pool pool(run.threads);
    fmt::print("{} on {}: {} boxes\n", name, name_of(run.target), c.info["n_boxes"].get<int>());
    std::vector<PersonBox> boxes;
    const std::vector<float> corners = c.f32("boxes"), scores = c.f32("scores");
    for (std::size_t i = 0; i < scores.size(); i++) {
      boxes.push_back({{corners[4 * i], corners[4 * i + 1], corners[4 * i + 2], corners[4 * i + 3]}, scores[i]});
    }
    check_boxes(c, in_order_of(boxes, detect(picture, detector_model, {}, run, pool), c), kSynthetic);
    const std::vector<Candidate> candidates = estimate(picture, pose_model, boxes, run, pool);
    check_joints_but_quarter_steps(c, candidates);
    CHECK(pose_nms(candidates).size() == c.f32("proposal_score").size());
  }
}
