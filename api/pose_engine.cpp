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
  const pose::EngineOptions engine{{*chosen.confidence, o.nms},
                                   rule,
                                   o.flip,
                                   1,
                                   o.people_per_run,
                                   o.matching && rule == pose::CropRule::demo,
                                   pose::joint_set_option("keypoints", o.keypoints)};
  const pose::PoseModels loaded = chosen.load(models);
  return {pose::make_engine(&*loaded.detector, loaded.network, engine, run), chosen.detector, chosen.network, device_name(run), *chosen.confidence};
}

Person to_person(const pose::Person& p) {
  Person person;
  person.score = p.proposal_score;
  person.box = {p.box.x1, p.box.y1, p.box.x2, p.box.y2};
  const pose::Person of_coco = pose::with_joints(p, pose::coco_joints());
  for (std::size_t k = 0; k < kKeypoints; k++) person.keypoints[k] = {of_coco.joints[k].x, of_coco.joints[k].y, of_coco.scores[k]};
  for (std::size_t k = 0; k < p.joints.size(); k++) person.all_keypoints.push_back({p.joints[k].x, p.joints[k].y, p.scores[k]});
  person.keypoint_set = p.set->name;
  return person;
}

pose::Person from_person(const Person& p) {
  // People that a program made, or of a set that only the network's file describes, have COCO's keypoints.
  const pose::JointSetRef set = pose::find_joint_set(p.keypoint_set);
  const bool all = set != nullptr && set != pose::coco_joints() && set->size() == p.all_keypoints.size();
  const std::span<const Keypoint> keypoints = all ? std::span(p.all_keypoints) : std::span<const Keypoint>(p.keypoints);
  pose::Person person = pose::of_set<pose::Person>(all ? set : pose::coco_joints());
  person.proposal_score = p.score;
  person.box = {p.box.x1, p.box.y1, p.box.x2, p.box.y2};
  for (std::size_t k = 0; k < keypoints.size(); k++) {
    person.joints[k] = {keypoints[k].x, keypoints[k].y};
    person.scores[k] = keypoints[k].score;
  }
  return person;
}

} // namespace alphapose
