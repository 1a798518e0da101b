// Detectors on a GPU: pictures go up as bytes, boxes come down.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/device_image.h"
#include "nets/device_plan.h"
#include "pose/device_memory.h"
#include "pose/estimator.h"
#include "postprocess/darknet_detect.h"
#include "postprocess/detections_device.h"

#include <functional>

namespace pose {

// A picture on its way up.
struct Upload {
  explicit Upload(Gpu& gpu) : done(gpu) {}

  // As the stream's next work.
  void start(const BgrImage& picture, Gpu& gpu, Stream& stream);
  DeviceImage picture() const { return {bytes.on_device<const std::uint8_t>(), h, w}; }

  StagingBuffer bytes;
  Event done;
  int h = 0, w = 0;
};

// A network whose outputs are YOLO heads, and the list of what its rows hold: as long as needed.
class DeviceHeadsNet {
public:
  DeviceHeadsNet(const Model& model, int batch, const RunOptions& run);

  DevicePlan& plan() { return plan_; }
  Gpu& gpu() { return *gpu_; }
  Stream& stream() { return stream_; }

  // How a list of `capacity` entries a picture is made from the heads.
  struct ListMaker {
    std::function<std::int64_t(int capacity)> bytes;
    std::function<void(const DeviceHeads& heads, int capacity, std::byte* scratch, std::byte* list)> enqueue;
  };
  struct List {
    const std::byte* data = nullptr; // on the host, until the next run
    int capacity = 0;
  };
  // Runs the network on the n pictures that the stream's work so far has put into plan().input(n), lists, and waits.
  List run(int n, const ListMaker& lister);

private:
  std::shared_ptr<Gpu> gpu_;
  DevicePlan plan_;
  Stream stream_;
  StagingBuffer list_;
  DeviceBuffer scratch_;
  int capacity_ = 1024;
};

// As PersonDetector.
class DevicePersonDetector {
public:
  DevicePersonDetector(const Model& model, const SelectOptions& select, int batch, const RunOptions& run);

  void check(const BgrImage& picture) const; // throws Error for one that the letterbox does not take
  std::vector<std::vector<PersonBox>> detect(std::span<const std::shared_ptr<Upload>> pictures);

private:
  DeviceHeadsNet net_;
  SelectOptions select_;
  int inp_dim_;
};

// Darknet's detections, one picture a run.
class DeviceDarknetDetector {
public:
  DeviceDarknetDetector(const Model& model, const DarknetOptions& options, const RunOptions& run);

  std::vector<ClassBox> detect(const BgrImage& image);

private:
  std::vector<ClassBox> detect(const BgrImage& image, const LetterboxGeometry& geometry);

  DeviceHeadsNet net_;
  DarknetOptions options_;
  Upload upload_;
  int attributes_;
};

} // namespace pose
