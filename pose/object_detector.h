// ObjectDetector: the objects of an image, all classes, with Darknet's own letterbox, thresholds and NMS, on the CPU or on a GPU.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/image.h"
#include "nets/runtime.h"
#include "postprocess/darknet_detect.h"

#include <memory>
#include <string>
#include <vector>

namespace pose {

// Thread safety: one caller at a time.
class ObjectDetector {
public:
  // Throws ModelError for a model that is no detector.  Uses up the model's weights.
  ObjectDetector(const Model& model, const DarknetOptions& options, const RunOptions& run);
  ~ObjectDetector();

  // Returns the objects, best first; boxes in pixels of the image.
  std::vector<ClassBox> detect(const BgrImage& image);
  int classes() const { return classes_; }
  // Returns the model's name of a class, or "class N" where it has no names.
  std::string class_name(int cls) const;

private:
  struct OnCpu;
  struct OnDevice;

  std::unique_ptr<const ClassTree> tree_; // null: none
  DarknetOptions options_;
  int classes_;
  std::vector<std::string> names_;
  std::unique_ptr<OnCpu> cpu_; // one of the two
  std::unique_ptr<OnDevice> device_;
};

} // namespace pose
