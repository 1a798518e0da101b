// Implements pose_rules.h.
// SPDX-License-Identifier: MIT
#include "pose/pose_rules.h"

#include "pose/model_checks.h"

namespace pose {

PoseRules::PoseRules(const Model& model, CropRule rule)
    : input_(pose_input_of(model)), rule_(rule), joints_(joints_of(model)), heatmaps_(heatmaps_of(model)), input_h_(model.graph[0].shape.h),
      input_w_(model.graph[0].shape.w) {
  const bool aligned = input_.crop == PoseCrop::aligned, square = input_h_ == input_w_;
  if (aligned != has_landmarks() || (aligned && !square))
    fail<ModelError>("{}: expected the crop aligned and a square input for landmarks, and no others, found {} x {}", model.graph.title, input_h_,
                     input_w_);
}

CropBox PoseRules::crop_of(const Box& box, int image_h, int image_w) const {
  switch (input_.crop) {
    case PoseCrop::box: break;
    case PoseCrop::centered: return centered(box, input_h_, input_w_);
    case PoseCrop::aligned: return pose::crop_of(region_around(box));
  }
  return enlarge(box, image_h, image_w, rule_);
}

CropBox PoseRules::refined(const LandmarkOutputs& outputs, int n, const CropBox& crop) const {
  return pose::crop_of(aligned_region(outputs, n, *crop.region, input_h_, input_w_, *joints_));
}

Candidate PoseRules::landmarks(const LandmarkOutputs& outputs, int n, const CropBox& crop) const {
  return landmarks_of(outputs, n, crop, input_h_, input_w_, joints_);
}

PeakRule PoseRules::peaks() const {
  return input_.decode == PoseDecode::peaks ? PeakRule{} : kPlainPeaks;
}

bool PoseRules::shifts_mirrored() const {
  return input_.decode != PoseDecode::peaks;
}

NmsRule PoseRules::nms() const {
  const PoseDecode decode = input_.decode;
  return decode == PoseDecode::peaks ? NmsRule{} : master_nms(*joints_, decode == PoseDecode::maxima || decode == PoseDecode::simcc);
}

Peak PoseRules::keypoint(View<const float> output, int n, int joint) const {
  switch (input_.decode) {
    case PoseDecode::peaks:
    case PoseDecode::maxima: break;
    case PoseDecode::integral: return find_center(output, n, joint);
    case PoseDecode::mixed:
      if (std::size_t(joint) >= joints_->size() - joints_->face - joints_->hands) return find_center(output, n, joint);
      break;
    case PoseDecode::simcc: return decoded_peak(output, n, joint);
    case PoseDecode::landmarks: break; // landmarks()
  }
  return find_peak(output, n, joint, peaks());
}

} // namespace pose
