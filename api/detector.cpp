// Implements detector.h of the public headers.
// SPDX-License-Identifier: MIT
#include <alphapose/detector.h>

#include "api/convert.h"
#include "pose/object_detector.h"
#include "tensor/one_process.h"

#include <mutex>

namespace alphapose {

struct Detector::State {
  explicit State(const DetectorOptions& o) {
    if (o.threshold) expect_in("threshold", *o.threshold, 0, 1);
    expect_in("nms", o.nms, 0, 1);
    if (o.input_size != 0) pose::check_inp_dim(o.input_size, 32, "input_size");
    pose::ModelOptions models;
    models.models_dir = o.models_dir;
    models.weights = o.weights;
    const pose::RunOptions run = to_run_options(o.device, pose::Precision::fp16);
    model = o.model.empty() ? pose::default_detector(models) : o.model;
    const pose::DetectorDefaults defaults = pose::detector_defaults(model);
    models.inp_dim = o.input_size != 0 ? o.input_size : defaults.inp_dim;
    threshold = o.threshold.value_or(defaults.threshold);
    device = device_name(run);
    const pose::DarknetOptions darknet{threshold, float(o.nms)};
    detector = std::make_unique<pose::ObjectDetector>(pose::load_model(model, models), darknet, run);
  }

  std::string model, device;
  float threshold = 0;
  std::unique_ptr<pose::ObjectDetector> detector;
  std::mutex mutex;
  pose::OneProcess process;
};

Detector::Detector(const DetectorOptions& options) : state_(guarded([&] { return std::make_unique<State>(options); })) {}
Detector::~Detector() = default;
Detector::Detector(Detector&&) noexcept = default;
Detector& Detector::operator=(Detector&&) noexcept = default;

std::vector<Object> Detector::operator()(const ImageView& image) {
  return guarded([&] {
    state_->process.expect_same();
    const pose::BgrImage copy = to_bgr(image);
    const std::scoped_lock lock(state_->mutex);
    std::vector<Object> objects;
    for (const pose::ClassBox& b : state_->detector->detect(copy))
      objects.push_back({b.cls, state_->detector->class_name(b.cls), b.score, {b.box.x1, b.box.y1, b.box.x2, b.box.y2}});
    return objects;
  });
}

const std::string& Detector::model() const {
  return state_->model;
}
float Detector::threshold() const {
  return state_->threshold;
}
const std::string& Detector::device() const {
  return state_->device;
}

} // namespace alphapose
