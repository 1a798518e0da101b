// Implements pose.h of the public headers.
// SPDX-License-Identifier: MIT
#include <alphapose/pose.h>

#include "api/convert.h"
#include "api/pose_engine.h"
#include "pose/shared_pose.h"
#include "postprocess/render.h"
#include "tensor/one_process.h"

namespace alphapose {
namespace {

static_assert(kKeypoints == pose::kJoints);

std::vector<Person> to_people(const std::vector<pose::Person>& people) {
  std::vector<Person> result;
  for (const pose::Person& p : people) result.push_back(to_person(p));
  return result;
}

} // namespace

const char* keypoint_name(int index) {
  if (index < 0 || index >= kKeypoints) pose::fail<InputError>("keypoint: expected 0 to {}, found {}", kKeypoints - 1, index);
  return pose::coco_joints()->names[std::size_t(index)].c_str();
}

KeypointId keypoint_of(const std::string& name) {
  const std::vector<std::string>& names = pose::coco_joints()->names;
  const auto at = std::find(names.begin(), names.end(), name);
  if (at != names.end()) return KeypointId(at - names.begin());
  pose::fail<InputError>("keypoint: expected a name of COCO's, as left_wrist, found {}", name);
}

struct Pose::State {
  explicit State(const PoseOptions& o) : networks(make_pose_engine(o, pose::CropRule::demo)), shared(std::move(networks.engine)) {}

  PoseEngine networks; // the engine is in `shared`
  pose::SharedPose shared;
  pose::OneProcess process;
};

Pose::Pose(const PoseOptions& options) : state_(guarded([&] { return std::make_unique<State>(options); })) {}
Pose::~Pose() = default;
Pose::Pose(Pose&&) noexcept = default;
Pose& Pose::operator=(Pose&&) noexcept = default;

std::vector<Person> Pose::operator()(const ImageView& image) {
  return guarded([&] {
    state_->process.expect_same();
    return to_people(state_->shared.people(to_bgr(image)));
  });
}

std::vector<std::vector<Person>> Pose::operator()(std::span<const ImageView> images) {
  return guarded([&] {
    state_->process.expect_same();
    std::vector<pose::BgrImage> copies;
    for (const ImageView& image : images) copies.push_back(to_bgr(image));
    std::vector<std::vector<Person>> all;
    for (const std::vector<pose::Person>& people : state_->shared.people(std::move(copies))) all.push_back(to_people(people));
    return all;
  });
}

const std::string& Pose::detector() const {
  return state_->networks.detector;
}
const std::string& Pose::network() const {
  return state_->networks.network;
}
float Pose::confidence() const {
  return state_->networks.confidence;
}
const std::string& Pose::device() const {
  return state_->networks.device;
}
const std::vector<std::string>& Pose::keypoint_names() const {
  return state_->shared.engine().joints()->names;
}

Image draw_people(const ImageView& image, const std::vector<Person>& people) {
  return guarded([&] {
    std::vector<pose::Person> own;
    for (const Person& p : people) own.push_back(from_person(p));
    return to_image(pose::render(to_bgr(image), own, pose::RenderStyle::dense));
  });
}

} // namespace alphapose
