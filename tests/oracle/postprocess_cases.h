// Converts arrays of the recorded cases to the structs of postprocess/ and back.
// SPDX-License-Identifier: MIT
#pragma once

#include "postprocess/detections.h"
#include "postprocess/json.h"
#include "tensor/compare.h"
#include "tensor/tensor.h"
#include "tests/oracle/oracle.h"

#include <doctest/doctest.h>
#include <fmt/core.h>

#include <algorithm>
#include <utility>

namespace pose::oracle {

constexpr double kTolerance = 1e-4;

// Checks float arrays of one stage and prints the largest difference over all its cases at the end.
class Stage {
public:
  explicit Stage(std::string name) : name_(std::move(name)) {}
  ~Stage() { fmt::print("{}: {} values compared, largest difference {:.3g}\n", name_, values_, max_abs_); }
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  void check(const std::string& what, const std::vector<float>& got, const std::vector<float>& want, double tolerance) {
    const Difference d = compare(got, want, tolerance);
    CHECK_MESSAGE(d.ok(), what << ": " << d.text());
    values_ += d.count;
    max_abs_ = std::max(max_abs_, d.max_abs);
  }

private:
  std::string name_;
  std::int64_t values_ = 0;
  double max_abs_ = 0;
};

inline Box box_at(const std::vector<float>& boxes, std::size_t i) {
  return {boxes[4 * i], boxes[4 * i + 1], boxes[4 * i + 2], boxes[4 * i + 3]};
}

inline void append(std::vector<float>& flat, const Box& box) {
  flat.insert(flat.end(), {box.x1, box.y1, box.x2, box.y2});
}

// Reads row i of points [n, k, 2] and scores [n, k, 1] into a Candidate or a Person of k keypoints.
template <class T> void set_joints(T& person, const std::vector<float>& points, const std::vector<float>& scores, std::size_t i) {
  for (std::size_t k = 0; k < person.joints.size(); ++k) {
    const std::size_t joint = i * person.joints.size() + k;
    person.joints[k] = {points[2 * joint], points[2 * joint + 1]};
    person.scores[k] = scores[joint];
  }
}

inline std::vector<Candidate> candidates_of(const Case& c, const std::string& box_scores, const std::string& points, const std::string& scores) {
  const std::vector<float> boxes = c.f32("boxes"), box_score = c.f32(box_scores), xy = c.f32(points), s = c.f32(scores);
  std::vector<Candidate> candidates(box_score.size());
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    candidates[i].box = box_at(boxes, i);
    candidates[i].box_score = box_score[i];
    set_joints(candidates[i], xy, s, i);
  }
  return candidates;
}

inline std::vector<Person> people_of(const Case& c, const std::string& points, const std::string& scores, const std::string& proposals) {
  const std::vector<float> xy = c.f32(points), s = c.f32(scores), proposal = c.f32(proposals);
  std::vector<Person> people(proposal.size());
  for (std::size_t i = 0; i < people.size(); ++i) {
    set_joints(people[i], xy, s, i);
    people[i].proposal_score = proposal[i];
  }
  return people;
}

// Compares keypoints, scores and proposal scores with the arrays of those names.
inline void check_people(Stage& stage, const Case& c, const std::vector<Person>& people, double tolerance) {
  std::vector<float> points, scores, proposals;
  for (const Person& person : people) {
    for (const Point& joint : person.joints) points.insert(points.end(), {joint.x, joint.y});
    scores.insert(scores.end(), person.scores.begin(), person.scores.end());
    proposals.push_back(person.proposal_score);
  }
  stage.check(c.name + " keypoints", points, c.f32("keypoints"), tolerance);
  stage.check(c.name + " kp_score", scores, c.f32("kp_score"), tolerance);
  stage.check(c.name + " proposal_score", proposals, c.f32("proposal_score"), tolerance);
}

// Decodes `hm` with pt1 and pt2 and checks preds_hm, preds_img and maxval; returns the keypoints as candidates without boxes.
inline std::vector<Candidate> check_decoding(Stage& stage, const Case& c, double tolerance) {
  const std::vector<std::int64_t>& shape = c.shape("hm");
  Tensor heatmaps(Shape{int(shape[0]), int(shape[2]), int(shape[3]), int(shape[1])});
  from_nchw(c.f32("hm").data(), heatmaps.view());
  const View<const float> view = std::as_const(heatmaps).view();
  const std::vector<float> pt1 = c.f32("pt1"), pt2 = c.f32("pt2");

  std::vector<Candidate> candidates(static_cast<std::size_t>(shape[0]));
  std::vector<float> on_map, on_picture, maxval;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    const CropBox crop{{pt1[2 * i], pt1[2 * i + 1]}, {pt2[2 * i], pt2[2 * i + 1]}};
    for (std::size_t k = 0; k < kJoints; ++k) {
      const Peak peak = find_peak(view, int(i), int(k));
      const Point joint = to_image(peak.at, crop, view.shape.h, view.shape.w);
      on_map.insert(on_map.end(), {peak.at.x, peak.at.y});
      on_picture.insert(on_picture.end(), {joint.x, joint.y});
      maxval.push_back(peak.score);
      candidates[i].joints[k] = joint;
      candidates[i].scores[k] = peak.score;
    }
  }
  stage.check(c.name + " preds_hm", on_map, c.f32("preds_hm"), tolerance);
  stage.check(c.name + " preds_img", on_picture, c.f32("preds_img"), tolerance);
  stage.check(c.name + " maxval", maxval, c.f32("maxval"), tolerance);
  return candidates;
}

// Returns the sparse predictions of write_results and scene: the background of the oracle's README with `values` written over `rows`.
class SparsePrediction {
public:
  static constexpr int kRows = 22743, kAttributes = 85, kSide = 608;

  SparsePrediction(const Case& c, std::size_t batch) : pictures_(batch, background()) {
    const std::vector<std::int32_t> rows = c.arrays.at("rows").as<std::int32_t>();
    const std::vector<float> values = c.f32("values");
    for (std::size_t i = 0; i < rows.size() / 2; ++i) {
      std::vector<float>& picture = pictures_.at(std::size_t(rows[2 * i]));
      std::copy_n(values.data() + i * kAttributes, kAttributes, picture.data() + std::size_t(rows[2 * i + 1]) * kAttributes);
    }
  }

  std::vector<std::vector<YoloOutput>> pictures() const {
    std::vector<std::vector<YoloOutput>> heads;
    for (const auto& picture : pictures_) heads.push_back({{picture.data(), kRows, kAttributes}});
    return heads;
  }

private:
  static std::vector<float> background() {
    std::vector<float> values(std::size_t(kRows) * kAttributes);
    for (int r = 0; r < kRows; ++r) {
      const std::array<float, 5> row = {float(r % 76) * 8 + 4, float(r / 76 % 76) * 8 + 4, 8, 8, 0.0009765625f};
      std::copy(row.begin(), row.end(), values.data() + std::size_t(r) * kAttributes);
    }
    return values;
  }

  std::vector<std::vector<float>> pictures_;
};

} // namespace pose::oracle
