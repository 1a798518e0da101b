// Implements pose.h of the public headers.
// SPDX-License-Identifier: MIT
#include <alphapose/pose.h>

#include "api/convert.h"
#include "pose/shared_pose.h"
#include "postprocess/render.h"
#include "tensor/one_process.h"

namespace alphapose {
namespace {

constexpr const char* kNames[kKeypoints] = {"nose",           "left_eye",   "right_eye",   "left_ear",   "right_ear",   "left_shoulder",
                                            "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip",
                                            "right_hip",      "left_knee",  "right_knee",  "left_ankle", "right_ankle"};
static_assert(kKeypoints == pose::kJoints);

Person to_person(const pose::Person& p) {
  Person person;
  person.score = p.proposal_score;
  person.box = {p.box.x1, p.box.y1, p.box.x2, p.box.y2};
  for (std::size_t k = 0; k < kKeypoints; k++) person.keypoints[k] = {p.joints[k].x, p.joints[k].y, p.scores[k]};
  return person;
}

std::vector<Person> to_people(const std::vector<pose::Person>& people) {
  std::vector<Person> result;
  for (const pose::Person& p : people) result.push_back(to_person(p));
  return result;
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

} // namespace

const char* keypoint_name(int index) {
  if (index < 0 || index >= kKeypoints) pose::fail<InputError>("keypoint: expected 0 to {}, found {}", kKeypoints - 1, index);
  return kNames[index];
}

KeypointId keypoint_of(const std::string& name) {
  for (int k = 0; k < kKeypoints; k++) {
    if (name == kNames[k]) return KeypointId(k);
  }
  pose::fail<InputError>("keypoint: expected a name of COCO's, as left_wrist, found {}", name);
}

struct Pose::State {
  explicit State(const PoseOptions& o) {
    constexpr int kMostPeople = 1024, kLeastSide = 64;
    if (o.confidence) expect_in("confidence", *o.confidence, 0, 1);
    expect_in("nms", o.nms, 0, 1);
    expect_in("people_per_run", o.people_per_run, 1, kMostPeople);
    pose::check_inp_dim(o.input_size, kLeastSide, "input_size");
    pose::ModelOptions models;
    models.models_dir = o.models_dir;
    models.inp_dim = o.input_size;
    const pose::RunOptions run = to_run_options(o.device, pose::Precision::fp16);
    detector = o.detector.empty() ? pose::default_detector(models) : o.detector;
    network = o.network.empty() ? pose::default_pose_net(models) : o.network;
    confidence = o.confidence ? *o.confidence : pose::default_confidence(detector);
    device = device_name(run);
    const pose::EngineOptions engine{{confidence, o.nms}, pose::CropRule::demo, o.flip, 1, o.people_per_run};
    const pose::Model finds = pose::load_model(detector, models), estimates = pose::load_model(network, models);
    shared = std::make_unique<pose::SharedPose>(finds, estimates, engine, run);
  }

  std::string detector, network, device;
  float confidence = 0;
  std::unique_ptr<pose::SharedPose> shared;
  pose::OneProcess process;
};

Pose::Pose(const PoseOptions& options) : state_(guarded([&] { return std::make_unique<State>(options); })) {}
Pose::~Pose() = default;
Pose::Pose(Pose&&) noexcept = default;
Pose& Pose::operator=(Pose&&) noexcept = default;

std::vector<Person> Pose::operator()(const ImageView& image) {
  return guarded([&] {
    state_->process.expect_same();
    return to_people(state_->shared->people(to_bgr(image)));
  });
}

std::vector<std::vector<Person>> Pose::operator()(std::span<const ImageView> images) {
  return guarded([&] {
    state_->process.expect_same();
    std::vector<pose::BgrImage> copies;
    for (const ImageView& image : images) copies.push_back(to_bgr(image));
    std::vector<std::vector<Person>> all;
    for (const std::vector<pose::Person>& people : state_->shared->people(std::move(copies))) all.push_back(to_people(people));
    return all;
  });
}

const std::string& Pose::detector() const {
  return state_->detector;
}
const std::string& Pose::network() const {
  return state_->network;
}
float Pose::confidence() const {
  return state_->confidence;
}
const std::string& Pose::device() const {
  return state_->device;
}

Image draw_people(const ImageView& image, const std::vector<Person>& people) {
  return guarded([&] {
    std::vector<pose::Person> own;
    for (const Person& p : people) own.push_back(from_person(p));
    return to_image(pose::render(to_bgr(image), own, pose::RenderStyle::dense));
  });
}

} // namespace alphapose
