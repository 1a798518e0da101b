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
  // Returns COCO's name of a class where the model has COCO's number of classes, else "class N".
  std::string class_name(int cls) const;

private:
  struct OnCpu;
  struct OnDevice;

  DarknetOptions options_;
  int classes_;
  std::unique_ptr<OnCpu> cpu_; // one of the two
  std::unique_ptr<OnDevice> device_;
};

} // namespace pose
