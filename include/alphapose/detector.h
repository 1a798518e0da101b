// Detector: the objects of an image, of all classes, as Darknet finds them.
// SPDX-License-Identifier: MIT
//
//   alphapose::Detector detector({.model = "yolov3-tiny"});
//   for (const alphapose::Object& o : detector(alphapose::read_image("street.jpg")))
//     std::printf("%s %.2f\n", o.name.c_str(), o.score);
#pragma once

#include <alphapose/pose.h>

namespace alphapose {

struct Object {
  int class_index = 0;
  std::string name; // from NAME.names next to a NAME.cfg, else COCO's for 80 classes, Pascal VOC's for 20, else "class N"
  float score = 0;  // objectness * class probability
  Box box;          // clipped to the image
};

struct DetectorOptions {
  std::string model = {};      // a name or path; "": as PoseOptions::detector
  std::string weights = {};    // file of weights; "": searched for
  std::string models_dir = {}; // searched first for weights
  int input_size = 0; // side of the input, a multiple of 32 from 32 to 4096; 0: the model's default.  A model other than Darknet's ignores it
  std::optional<float> threshold = {}; // that objectness and score must exceed, 0 to 1; none: the model's default, Darknet's 0.25 for most
  double nms = 0.45;                   // IoU above which the weaker box of a class is dropped, 0 to 1
  DeviceOptions device = {};
};

// Thread safety and fork(): as Pose.
class ALPHAPOSE_API Detector {
public:
  // Throws as Pose's constructor.
  explicit Detector(const DetectorOptions& options = {});
  ~Detector();
  Detector(Detector&&) noexcept;
  Detector& operator=(Detector&&) noexcept;

  // Returns the objects of an image, best first.  Throws as Pose's call.
  std::vector<Object> operator()(const ImageView& image);

  const std::string& model() const; // name of the model that is used
  float threshold() const;
  const std::string& device() const; // "cpu", or the name of the GPU

private:
  struct State;
  std::unique_ptr<State> state_;
};

} // namespace alphapose
