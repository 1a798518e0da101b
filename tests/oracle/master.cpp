// Tests decoding, flip test and pose NMS of AlphaPose's branch master against the original's (docs/spec.md, section 21).
// SPDX-License-Identifier: MIT
#include "postprocess/pose_nms.h"
#include "tests/oracle/postprocess_cases.h"

using namespace pose;
using oracle::Case, oracle::Stage;

namespace {

constexpr double kCenterTolerance = 5e-4; // pixels; the original adds 3072 shares in float32

Tensor maps_of(const Case& c, const std::string& key) {
  const std::vector<std::int64_t>& shape = c.shape(key);
  Tensor maps(Shape{int(shape[0]), int(shape[2]), int(shape[3]), int(shape[1])});
  from_nchw(c.f32(key).data(), maps.view());
  return maps;
}

// Returns a crop with the given corners: all that the way back to the image needs.
CropBox region_of(const Box& b) {
  return {{b.x1, b.y1}, {b.x2, b.y2}, Region{{b.x1 + (b.x2 - b.x1) * 0.5f, b.y1 + (b.y2 - b.y1) * 0.5f}, b.x2 - b.x1, b.y2 - b.y1}};
}

} // namespace

TEST_CASE("master: maxima, centers of mass and both give the original's keypoints") {
  Stage stage("master decoding");
  for (const std::string& name : oracle::case_names("master_decode")) {
    const Case c = oracle::load("master_decode", name);
    const Tensor maps = maps_of(c, "hm");
    const std::vector<float> cropped = c.f32("cropped");
    const std::string loss = c.info.at("loss");
    const int joints = c.info.at("joints"), hands = loss == "Combined" ? 42 : loss == "MSELoss" ? 0 : joints;
    std::vector<float> points, scores;
    for (int i = 0; i < maps.view().shape.n; ++i) {
      for (int k = 0; k < joints; ++k) {
        const Peak peak = k < joints - hands ? find_peak(maps.view(), i, k, kPlainPeaks) : find_center(maps.view(), i, k);
        const Point at = to_image(peak.at, region_of(oracle::box_at(cropped, std::size_t(i))), maps.view().shape.h, maps.view().shape.w);
        points.insert(points.end(), {at.x, at.y});
        scores.push_back(peak.score);
      }
    }
    stage.check(name + " preds", points, c.f32("preds"), loss == "MSELoss" ? oracle::kTolerance : kCenterTolerance);
    stage.check(name + " maxval", scores, c.f32("maxval"), oracle::kTolerance);
  }
}

TEST_CASE("master: the flip test averages with the mirrored maps, moved by a pixel") {
  Stage stage("master flip");
  for (const std::string& name : oracle::case_names("master_flip")) {
    const Case c = oracle::load("master_flip", name);
    Tensor maps = maps_of(c, "hm");
    const Tensor mirrored = maps_of(c, "of_mirrored");
    average_flipped(maps.view(), mirrored.view(), 0, *find_joint_set("halpe136"), true);
    std::vector<float> got(c.f32("average").size());
    to_nchw(std::as_const(maps).view(), got.data());
    stage.check(name, got, c.f32("average"), 0);
  }
}

TEST_CASE("master: clusters and merged poses of 26, 68 and 136 keypoints match the original's") {
  Stage stage("master pose NMS");
  for (const std::string& name : oracle::case_names("master_nms")) {
    const Case c = oracle::load("master_nms", name);
    const auto joints = c.info.at("joints").get<std::size_t>();
    const JointSetRef set = joint_set_of_size(joints);
    REQUIRE(set != nullptr);
    const std::vector<float> boxes = c.f32("boxes"), box_scores = c.f32("box_scores"), points = c.f32("poses"), scores = c.f32("pose_scores");
    std::vector<Candidate> candidates;
    for (std::size_t i = 0; i < box_scores.size(); ++i) {
      Candidate& candidate = candidates.emplace_back(of_set<Candidate>(set));
      candidate.box = oracle::box_at(boxes, i);
      candidate.box_score = box_scores[i];
      oracle::set_joints(candidate, points, scores, i);
    }
    check_people(stage, c, pose_nms(candidates, master_nms(*set, c.info.at("loss") == "MSELoss")), oracle::kTolerance);
  }
}
