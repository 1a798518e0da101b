// Implements pose_engine.h.
// SPDX-License-Identifier: MIT
#include "api/pose_engine.h"

#include "api/convert.h"
#include "pose/networks.h"

namespace alphapose {

PoseEngine make_pose_engine(const PoseOptions& o, pose::CropRule rule) {
  constexpr int kMostPeople = 1024, kLeastSide = 64;
  if (o.confidence) expect_in("confidence", *o.confidence, 0, 1);
  expect_in("nms", o.nms, 0, 1);
  expect_in("people_per_run", o.people_per_run, 1, kMostPeople);
  pose::check_inp_dim(o.input_size, kLeastSide, "input_size");
  pose::ModelOptions models;
  models.models_dir = o.models_dir;
  models.inp_dim = o.input_size;
  const pose::RunOptions run = to_run_options(o.device, pose::Precision::fp16);
  pose::PoseNetworks chosen{o.detector, o.network, o.detector_weights, o.confidence};
  chosen.choose(models);
  const pose::EngineOptions engine{{*chosen.confidence, o.nms}, rule, o.flip, 1, o.people_per_run, o.matching && rule == pose::CropRule::demo};
  const pose::PoseModels loaded = chosen.load(models);
  return {pose::make_engine(&*loaded.detector, loaded.network, engine, run), chosen.detector, chosen.network, device_name(run), *chosen.confidence};
}

Person to_person(const pose::Person& p) {
  Person person;
  person.score = p.proposal_score;
  person.box = {p.box.x1, p.box.y1, p.box.x2, p.box.y2};
  for (std::size_t k = 0; k < kKeypoints; k++) person.keypoints[k] = {p.joints[k].x, p.joints[k].y, p.scores[k]};
  return person;
}

pose::Person from_person(const Person& p) {
  pose::Person person;
  person.proposal_score = p.score;
  person.box = {p.box.x1, p.box.y1, p.box.x2, p.box.y2};
  for (std::size_t k = 0; k < kKeypoints; k++) {
    person.joints[k] = {p.keypoints[k].x, p.keypoints[k].y};
    person.scores[k] = p.keypoints[k].score;
  }
  return person;
}

} // namespace alphapose
