// Tests box selection, heatmap decoding and pose NMS against the original's, stage by stage.
// SPDX-License-Identifier: MIT
#include "image/codec.h"
#include "tests/oracle/postprocess_cases.h"

using namespace pose;
using oracle::Case, oracle::Stage;

namespace {

// Rows of [image, x1, y1, x2, y2, objectness, class score, class].
std::vector<float> rows_of(const std::vector<Detection>& detections) {
  std::vector<float> rows;
  for (const Detection& d : detections) {
    rows.push_back(float(d.image));
    oracle::append(rows, d.box);
    rows.insert(rows.end(), {d.objectness, d.class_score, 0});
  }
  return rows;
}

void check_boxes(Stage& stage, const Case& c, const std::vector<Detection>& detections, std::size_t picture, int inp_dim, int h, int w,
                 const std::string& boxes_key, const std::string& scores_key) {
  std::vector<float> boxes, scores;
  for (const Detection& d : detections) {
    if (d.image != int(picture)) continue;
    oracle::append(boxes, to_image(d.box, h, w, inp_dim));
    scores.push_back(d.objectness);
  }
  stage.check(c.name + " " + boxes_key, boxes, c.f32(boxes_key), oracle::kTolerance);
  stage.check(c.name + " " + scores_key, scores, c.f32(scores_key), oracle::kTolerance);
}

} // namespace

TEST_CASE("write_results: selection, rerun and mapping match the original's") {
  Stage stage("write_results");
  for (const std::string& name : oracle::case_names("write_results")) {
    const Case c = oracle::load("write_results", name);
    const auto batch = c.info.at("batch").get<std::size_t>();
    const oracle::SparsePrediction prediction(c, batch);
    const auto pictures = prediction.pictures();
    const SelectOptions options{c.info.at("conf").get<float>(), c.info.at("nms").get<double>()};

    const auto first = select_people_once(pictures, options.conf, float(options.nms));
    const auto people = select_people(pictures, options);
    stage.check(name + " dets_first", rows_of(first), c.f32("dets_first"), oracle::kTolerance);
    stage.check(name + " dets", rows_of(people), c.f32("dets"), oracle::kTolerance);
    CHECK(people.empty() == c.info.at("returns_int0").get<bool>());
    for (std::size_t i = 0; i < batch; ++i) {
      const auto [w, h] = c.info.at("im_dims_wh").at(i).get<std::pair<int, int>>();
      check_boxes(stage, c, people, i, prediction.kSide, h, w, fmt::format("boxes_{}", i), fmt::format("scores_{}", i));
    }
  }
}

TEST_CASE("get_prediction: decoding matches the original's") {
  Stage stage("get_prediction");
  for (const std::string& name : oracle::case_names("get_prediction")) {
    check_decoding(stage, oracle::load("get_prediction", name), oracle::kTolerance);
  }
}

TEST_CASE("pose_nms: clusters and merged poses match the original's") {
  Stage stage("pose_nms");
  for (const std::string& name : oracle::case_names("pose_nms")) {
    const Case c = oracle::load("pose_nms", name);
    check_people(stage, c, pose_nms(candidates_of(c, "box_scores", "poses", "pose_scores")), oracle::kTolerance);
  }
}

TEST_CASE("e2e: pose NMS of the stored predictions matches the original's") {
  Stage stage("e2e pose NMS");
  for (const std::string& name : oracle::case_names("e2e")) {
    const Case c = oracle::load("e2e", name);
    check_people(stage, c, pose_nms(candidates_of(c, "scores", "preds_img", "maxval")), oracle::kTolerance);
  }
}

TEST_CASE("real: the rows of three detectors give the original's boxes") {
  Stage stage("real boxes");
  for (const std::string& name : oracle::case_names("real")) {
    const Case c = oracle::load("real", name);
    const std::vector<float> values = c.f32("pred_values"); // only rows near the threshold are stored
    const std::vector<std::int64_t>& shape = c.shape("pred_values");
    const std::vector<std::vector<YoloOutput>> pictures = {{{values.data(), int(shape[0]), int(shape[1])}}};
    const BgrImage photo = read_image(oracle::picture(c.info.at("image")).string());
    const auto people = select_people(pictures, {c.info.at("conf").get<float>(), 0.6});
    check_boxes(stage, c, people, 0, c.info.at("inp_dim"), photo.h, photo.w, "boxes", "scores");
  }
}

TEST_CASE("real: the heatmaps of a 64 x 48 net give the original's people") {
  Stage decode("real decoding"), nms("real pose NMS");
  for (const std::string& name : oracle::case_names("real")) {
    const Case c = oracle::load("real", name);
    std::vector<Candidate> candidates = check_decoding(decode, c, oracle::kTolerance);
    const std::vector<float> boxes = c.f32("boxes"), scores = c.f32("scores");
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      candidates[i].box = oracle::box_at(boxes, i);
      candidates[i].box_score = scores[i];
    }
    check_people(nms, c, pose_nms(candidates), oracle::kTolerance);
  }
}
