// Implements object_detector.h.
// SPDX-License-Identifier: MIT
#include "pose/object_detector.h"

#include "image/letterbox.h"
#include "pose/device_detector.h"
#include "pose/estimator.h"
#include "pose/model_checks.h"

namespace pose {

struct ObjectDetector::OnCpu {
  OnCpu(const Model& model, const RunOptions& run) : plan(make_plan(model, run, 1)), pool(run.threads) {}
  Plan plan;
  Pool pool;
};

struct ObjectDetector::OnDevice : DeviceDarknetDetector {
  using DeviceDarknetDetector::DeviceDarknetDetector;
};

ObjectDetector::ObjectDetector(const Model& model, const DarknetOptions& options, const RunOptions& run)
    : tree_(model.graph.class_parents.empty() ? nullptr : std::make_unique<ClassTree>(model.graph.class_parents)), options_(options),
      classes_((expect_heads(model.graph), classes_of_heads(model.graph))), names_(model.class_names) {
  options_.diou_beta = model.graph.diou_beta;
  options_.tree = tree_.get();
  if (run.gpu != nullptr)
    device_ = std::make_unique<OnDevice>(model, options_, run);
  else
    cpu_ = std::make_unique<OnCpu>(model, run);
}

ObjectDetector::~ObjectDetector() = default;

std::vector<ClassBox> ObjectDetector::detect(const BgrImage& image) {
  if (device_ != nullptr) return device_->detect(image);
  const View<float> input = cpu_->plan.input(1);
  const LetterboxGeometry geometry = darknet_letterbox(image, input, 0);
  cpu_->plan.run(1, cpu_->pool);
  return darknet_detections(yolo_outputs(cpu_->plan, 0), geometry, input.shape.h, input.shape.w, image.h, image.w, options_);
}

std::string ObjectDetector::class_name(int cls) const {
  return std::size_t(cls) < names_.size() ? names_[std::size_t(cls)] : fmt::format("class {}", cls);
}

} // namespace pose
