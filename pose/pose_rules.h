// PoseRules: what a pose network's file says about crops, heatmaps, pose NMS and keypoints (docs/spec.md, sections 5 to 9, 16 and 21).
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/runtime.h"
#include "postprocess/landmarks.h"
#include "postprocess/pose_nms.h"

namespace pose {

class PoseRules {
public:
  // rule: how boxes are enlarged for a network that wants its crops so.  Throws ModelError for a model that is no pose network.
  PoseRules(const Model& model, CropRule rule);

  const PoseInput& input() const { return input_; }
  const JointSetRef& joints() const { return joints_; }
  const Shape& heatmaps() const { return heatmaps_; } // as heatmaps_of(): without heatmaps, the grid of the keypoints

  CropBox crop_of(const Box& box, int image_h, int image_w) const;
  PeakRule peaks() const;
  bool shifts_mirrored() const; // average_flipped()
  NmsRule nms() const;

  // Returns whether keypoints are read from heatmaps, which can be averaged with those of the mirror image.
  bool has_heatmaps() const { return !has_landmarks() && input_.decode != PoseDecode::simcc; }

  // Of a network of landmarks.
  bool has_landmarks() const { return input_.decode == PoseDecode::landmarks; }
  int passes() const { return input_.crop == PoseCrop::aligned ? 2 : 1; } // runs of the network, the later ones on refined() crops
  CropBox refined(const LandmarkOutputs& outputs, int n, const CropBox& crop) const;
  Candidate landmarks(const LandmarkOutputs& outputs, int n, const CropBox& crop) const;

  // Returns whether every keypoint is the peak of its heatmap.
  bool only_peaks() const { return input_.decode == PoseDecode::peaks || input_.decode == PoseDecode::maxima; }
  // Returns a keypoint of image n of the network's output, which are not landmarks, on the grid of the heatmaps.
  Peak keypoint(View<const float> output, int n, int joint) const;

private:
  PoseInput input_;
  CropRule rule_;
  JointSetRef joints_;
  Shape heatmaps_;
  int input_h_, input_w_;
};

} // namespace pose
