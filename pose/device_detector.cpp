// Implements device_detector.h.  Letterbox, network and selection are enqueued together; then the host waits once.
// SPDX-License-Identifier: MIT
#include "pose/device_detector.h"

#include "image/letterbox_device.h"
#include "pose/model_checks.h"

#include <cstring>

namespace pose {

void Upload::start(const BgrImage& image, Gpu& gpu, Stream& stream) {
  h = image.h;
  w = image.w;
  bytes.reserve(gpu, std::int64_t(image.bytes.size()), "an image");
  std::memcpy(bytes.host.data(), image.bytes.data(), image.bytes.size());
  stream.copy_in(bytes.device.data(), bytes.host.data(), std::int64_t(image.bytes.size()));
  stream.record(done);
}

DeviceHeadsNet::DeviceHeadsNet(const Model& model, int batch, const RunOptions& run)
    : gpu_(run.gpu), plan_((expect_heads(model.graph), make_device_plan(model, run, batch))), stream_(*gpu_) {}

DeviceHeadsNet::List DeviceHeadsNet::run(int n, const ListMaker& lister) {
  plan_.enqueue(n, stream_);
  std::vector<DeviceMap> outputs;
  for (int k = 0; k < int(plan_.graph().outputs.size()); k++) outputs.push_back(plan_.output(k, n));
  const DeviceHeads heads = device_heads(outputs);
  for (;;) {
    const std::int64_t bytes = lister.bytes(capacity_), scratch_bytes = list_scratch_bytes(n, capacity_);
    list_.reserve(*gpu_, bytes, "the detector's list");
    if (scratch_.bytes() < scratch_bytes) scratch_ = DeviceBuffer(*gpu_, scratch_bytes, "the detector's list");
    lister.enqueue(heads, capacity_, scratch_.data(), list_.device.data());
    stream_.copy_out(list_.host.data(), list_.device.data(), bytes);
    plan_.finish(stream_);
    const int found = most_found(list_.host.data(), n);
    if (found <= capacity_) return {list_.host.data(), capacity_};
    capacity_ = int(std::bit_ceil(unsigned(found))); // only the list is made again: the heads keep their values
  }
}

DevicePersonDetector::DevicePersonDetector(const Model& model, const SelectOptions& select, int batch, const RunOptions& run)
    : net_(model, batch, run), select_(for_people_of(model, select)), inp_dim_(square_side(model.graph)) {}

void DevicePersonDetector::check(const BgrImage& image) const {
  letterbox_geometry(image.h, image.w, inp_dim_);
}

std::vector<std::vector<PersonBox>> DevicePersonDetector::detect(std::span<const std::shared_ptr<Upload>> images) {
  const int n = int(images.size());
  Stream& stream = net_.stream();
  const DeviceMap input = net_.plan().input(n);
  for (int i = 0; i < n; i++) {
    const Upload& p = *images[std::size_t(i)];
    stream.wait(p.done);
    enqueue_letterbox(p.image(), letterbox_geometry(p.h, p.w, inp_dim_), input, i, stream.handle());
  }
  const DeviceHeadsNet::ListMaker lister = {
      [&](int capacity) { return people_bytes(n, capacity); },
      [&](const DeviceHeads& heads, int capacity, std::byte* scratch, std::byte* list) {
        enqueue_select_people(heads, n, select_, capacity, scratch, list, stream.handle());
      },
  };
  const DeviceHeadsNet::List list = net_.run(n, lister);
  std::vector<std::vector<PersonBox>> people(images.size());
  for (const Detection& d : selected_people(list.data, n, list.capacity)) {
    const Upload& p = *images[std::size_t(d.image)];
    people[std::size_t(d.image)].push_back({to_image(d.box, p.h, p.w, inp_dim_), d.objectness});
  }
  return people;
}

DeviceDarknetDetector::DeviceDarknetDetector(const Model& model, const DarknetOptions& options, const RunOptions& run)
    : net_(model, 1, run), options_(options), upload_(net_.gpu()), attributes_(YoloOutput::kFirstClass + classes_of_heads(model.graph)) {}

std::vector<ClassBox> DeviceDarknetDetector::detect(const BgrImage& image) {
  const Shape input = net_.plan().input(1).shape;
  const LetterboxGeometry geometry = darknet_letterbox_geometry(image.h, image.w, input.h, input.w);
  return on_device([&] { return detect(image, geometry); });
}

std::vector<ClassBox> DeviceDarknetDetector::detect(const BgrImage& image, const LetterboxGeometry& geometry) {
  Stream& stream = net_.stream();
  upload_.start(image, net_.gpu(), stream);
  const DeviceMap input = net_.plan().input(1);
  enqueue_darknet_letterbox(upload_.image(), geometry, input, 0, stream.handle());
  const DeviceHeadsNet::ListMaker lister = {
      [&](int capacity) { return likely_rows_bytes(1, capacity, attributes_); },
      [&](const DeviceHeads& heads, int capacity, std::byte* scratch, std::byte* list) {
        enqueue_likely_rows(heads, 1, options_.thresh, capacity, scratch, list, stream.handle());
      },
  };
  const DeviceHeadsNet::List list = net_.run(1, lister);
  const YoloOutput rows = likely_rows(list.data, 0, 1, list.capacity, attributes_);
  return darknet_detections(std::span(&rows, 1), geometry, input.shape.h, input.shape.w, image.h, image.w, options_);
}

} // namespace pose
