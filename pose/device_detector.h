// Detectors on a GPU.  They upload images as bytes and download boxes.
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

// The upload of one image to the GPU.  `done` is recorded after the copy.
struct Upload {
  explicit Upload(Gpu& gpu) : done(gpu) {}

  // Enqueues the copy of the image on the stream.
  void start(const BgrImage& image, Gpu& gpu, Stream& stream);
  DeviceImage image() const { return {bytes.on_device<const std::uint8_t>(), h, w}; }

  StagingBuffer bytes;
  Event done;
  int h = 0, w = 0;
};

// A network whose outputs are YOLO heads, and a list of selected rows, which grows to the length needed.
class DeviceHeadsNet {
public:
  DeviceHeadsNet(const Model& model, int batch, const RunOptions& run);

  DevicePlan& plan() { return plan_; }
  Gpu& gpu() { return *gpu_; }
  Stream& stream() { return stream_; }

  // Makes a list of up to `capacity` entries per image from the heads.
  struct ListMaker {
    std::function<std::int64_t(int capacity)> bytes;
    std::function<void(const DeviceHeads& heads, int capacity, std::byte* scratch, std::byte* list)> enqueue;
  };
  struct List {
    const std::byte* data = nullptr; // on the host, until the next run
    int capacity = 0;
  };
  // Runs the network on the n images that earlier work of the stream has put into plan().input(n), makes the list, and waits for it.
  List run(int n, const ListMaker& lister);

private:
  std::shared_ptr<Gpu> gpu_;
  DevicePlan plan_;
  Stream stream_;
  StagingBuffer list_;
  DeviceBuffer scratch_;
  int capacity_ = 1024;
};

// PersonDetector on a GPU.
class DevicePersonDetector {
public:
  DevicePersonDetector(const Model& model, const SelectOptions& select, int batch, const RunOptions& run);

  void check(const BgrImage& image) const; // throws Error for an image that the letterbox refuses
  std::vector<std::vector<PersonBox>> detect(std::span<const std::shared_ptr<Upload>> images);

private:
  DeviceHeadsNet net_;
  SelectOptions select_;
  int inp_dim_;
};

// Darknet's detector on a GPU, batch size 1.
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
