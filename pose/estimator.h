// PersonDetector and PoseEstimator: the two networks with what goes before and after each.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/crop.h"
#include "image/image.h"
#include "nets/plan.h"
#include "nets/runtime.h"
#include "postprocess/detections.h"
#include "postprocess/pose_nms.h"

namespace pose {

struct PersonBox {
  Box box; // pixels of the picture
  float score = 0;
};

// The rows of every head of picture n after plan.run().
std::vector<YoloOutput> yolo_outputs(const Plan& plan, int n);

// Letterboxed pictures -> people's boxes (docs/spec.md, section 4).
class PersonDetector {
public:
  PersonDetector(const Model& model, const SelectOptions& select, int batch, const RunOptions& run);

  int inp_dim() const { return inp_dim_; }
  int batch() const { return plan_.options().batch; }

  struct Picture {
    const BgrImage* canvas = nullptr; // letterbox(picture, inp_dim())
    int h = 0, w = 0;                 // of the picture
  };
  // At most batch() pictures; the >100 rule of the selection sees them together.
  std::vector<std::vector<PersonBox>> detect(std::span<const Picture> pictures, Pool& pool);

private:
  Plan plan_;
  SelectOptions select_;
  int inp_dim_;
};

// Boxes of a picture -> candidates, in chunks of at most `batch` people (docs/spec.md, sections 5 to 8).
class PoseEstimator {
public:
  // flip: each person is also seen in the mirror and the heatmaps are averaged.
  PoseEstimator(const Model& model, CropRule rule, bool flip, int batch, const RunOptions& run);

  std::vector<Candidate> estimate(const BgrImage& picture, std::span<const PersonBox> boxes, Pool& pool);

private:
  void average_flip(View<const float> maps, int n, int i);
  void estimate_chunk(const BgrImage& picture, std::span<const PersonBox> boxes, Pool& pool, std::vector<Candidate>& out);

  PoseInput input_;
  CropRule rule_;
  bool flip_;
  int batch_;
  Plan plan_;
  Tensor averaged_; // heatmaps of the flip test
};

} // namespace pose
