// PersonDetector and PoseEstimator: the two networks with their pre- and post-processing, on the CPU.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/crop.h"
#include "image/image.h"
#include "nets/plan.h"
#include "nets/runtime.h"
#include "pose/pose_rules.h"
#include "postprocess/detections.h"
#include "postprocess/matching.h"

#include <functional>

namespace pose {

struct PersonBox {
  Box box; // in pixels of the image
  float score = 0;
};

// Returns the output of every YOLO head for image n, after plan.run().
std::vector<YoloOutput> yolo_outputs(const Plan& plan, int n);

// Finds the boxes of people in letterboxed images (docs/spec.md, section 4).
class PersonDetector {
public:
  PersonDetector(const Model& model, const SelectOptions& select, int batch, const RunOptions& run);

  int inp_dim() const { return inp_dim_; }
  int batch() const { return plan_.options().batch; }

  struct Image {
    const BgrImage* canvas = nullptr; // letterbox(image, inp_dim())
    int h = 0, w = 0;                 // of the original image
  };
  // Returns the people of each image, for at most batch() images.  The selection's rule for more than 100 candidates counts them together.
  std::vector<std::vector<PersonBox>> detect(std::span<const Image> images, Pool& pool);

private:
  Plan plan_;
  SelectOptions select_;
  int inp_dim_;
};

// Computes the heatmaps for the boxes of an image, in chunks of at most `batch` people, and decodes them (docs/spec.md, sections 5 to 8 and 13).
class PoseEstimator {
public:
  // flip: also computes each person's mirror image, and averages the heatmaps.
  PoseEstimator(const Model& model, CropRule rule, bool flip, int batch, const RunOptions& run);

  const PoseRules& rules() const { return rules_; }

  // Returns one candidate for each box, for pose_nms().
  std::vector<Candidate> estimate(const BgrImage& image, std::span<const PersonBox> boxes, Pool& pool);
  // Returns all peaks for each box, for match_people().
  std::vector<PeakCandidate> estimate_peaks(const BgrImage& image, std::span<const PersonBox> boxes, Pool& pool);

private:
  // Decodes heatmaps n, which are those of a box.
  using Decode = std::function<void(View<const float> heatmaps, int n, std::size_t box, const CropBox& crop)>;
  LandmarkOutputs landmark_outputs() const; // of the last run
  void average_flip(View<const float> maps, int n, int i);
  void run(const BgrImage& image, std::span<const PersonBox> boxes, Pool& pool, const Decode& decode);
  void run_chunk(const BgrImage& image, std::span<const PersonBox> boxes, std::size_t first, Pool& pool, const Decode& decode);

  PoseRules rules_;
  bool flip_;
  int batch_;
  Plan plan_;
  Tensor averaged_; // heatmaps of the flip test
};

} // namespace pose
