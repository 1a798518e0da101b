// The engine of a GPU: pictures go up while others are computed; the detector and the pose network have a stream each, so that the joints of one
// batch are found while the next one's people are; only boxes and joints come down.
// SPDX-License-Identifier: MIT
#include "pose/device_engine.h"

#include "image/crop_device.h"
#include "pose/device_detector.h"
#include "pose/model_checks.h"
#include "postprocess/heatmap_device.h"

#include <algorithm>

namespace pose {
namespace {

// The crops of a batch of pictures and what became of them.
struct Joints {
  explicit Joints(Gpu& gpu) : done(gpu) {}

  StagingBuffer crops, peaks; // DeviceCrop, and kJoints times Peak each
  Event done;
};

struct InFlight : Frame::Work {
  std::shared_ptr<Upload> upload;
  bool levels = true;
  std::vector<CropBox> crops;
  std::shared_ptr<Joints> joints; // those of the batch
  std::size_t first = 0;          // of this picture, in them
};

InFlight& in_flight(Frame& s) {
  return static_cast<InFlight&>(*s.work);
}

class DeviceEngine : public Engine {
public:
  DeviceEngine(const Model* detector, const Model& pose, const EngineOptions& o, const RunOptions& run)
      : Engine(o.detbatch), gpu_(run.gpu), options_(o), detector_(maybe_detector<DevicePersonDetector>(detector, o, run)),
        pose_input_(pose_input_of(pose)), maps_(heatmaps_of(pose)), plan_(make_device_plan(pose, run, o.flip ? 2 * o.posebatch : o.posebatch)),
        up_(*gpu_), pose_stream_(*gpu_) {}

  void prepare(Frame& frame) override {
    if (detector_) detector_->check(frame.picture);
    on_device([&] { upload(frame); });
  }
  void infer(std::span<Frame* const> frames) override {
    on_device([&] { find_people_and_joints(frames); });
  }
  void collect(Frame& frame) override {
    on_device([&] { wait_for_joints(frame); });
  }

private:
  void upload(Frame& frame) {
    gpu_->make_current();
    auto work = std::make_unique<InFlight>();
    work->levels = has_levels(frame.picture);
    work->upload = uploads_.take([&] { return std::make_unique<Upload>(*gpu_); });
    {
      const std::lock_guard lock(up_mutex_);
      work->upload->start(frame.picture, *gpu_, up_);
    }
    frame.work = std::move(work);
  }

  void find_people_and_joints(std::span<Frame* const> frames) {
    gpu_->make_current();
    if (detector_) find_people(frames);
    std::vector<DeviceCrop> crops;
    for (Frame* s : frames) {
      InFlight& work = in_flight(*s);
      pose_stream_.wait(work.upload->done);
      work.first = crops.size();
      for (const PersonBox& b : s->boxes) add_crop(b, work, crops);
    }
    if (crops.empty()) return;
    const std::shared_ptr<Joints> joints = joints_.take([&] { return std::make_unique<Joints>(*gpu_); });
    find_joints(crops, *joints);
    for (Frame* s : frames) in_flight(*s).joints = joints;
  }

  void find_people(std::span<Frame* const> frames) {
    std::vector<std::shared_ptr<Upload>> uploads;
    for (Frame* s : frames) uploads.push_back(in_flight(*s).upload);
    std::vector<std::vector<PersonBox>> boxes = detector_->detect(uploads);
    for (std::size_t i = 0; i < frames.size(); i++) frames[i]->boxes = std::move(boxes[i]);
  }

  void wait_for_joints(Frame& frame) {
    gpu_->make_current();
    const InFlight& work = in_flight(frame);
    if (!frame.boxes.empty()) work.joints->done.synchronize();
    for (std::size_t i = 0; i < frame.boxes.size(); i++) {
      const Peak* peaks = work.joints->peaks.on_host<const Peak>() + (work.first + i) * kJoints;
      Candidate c;
      c.box = frame.boxes[i].box;
      c.box_score = frame.boxes[i].score;
      for (std::size_t k = 0; k < kJoints; k++) {
        c.joints[k] = to_image(peaks[k].at, work.crops[i], maps_.h, maps_.w);
        c.scores[k] = peaks[k].score;
      }
      frame.candidates.push_back(c);
    }
    frame.work.reset();
  }

  void add_crop(const PersonBox& person, InFlight& work, std::vector<DeviceCrop>& crops) const {
    const DeviceImage picture = work.upload->picture();
    const Shape input = plan_.input(1).shape;
    work.crops.push_back(enlarge(person.box, picture.h, picture.w, options_.rule));
    crops.push_back(device_crop(picture, crop_geometry(work.crops.back(), input.h, input.w), work.levels));
  }

  // Enqueues it all, in runs of at most posebatch people.
  void find_joints(const std::vector<DeviceCrop>& crops, Joints& joints) {
    const std::int64_t count = std::int64_t(crops.size()), crop_bytes = count * std::int64_t(sizeof(DeviceCrop)),
                       peak_bytes = count * kJoints * std::int64_t(sizeof(Peak));
    joints.crops.reserve(*gpu_, crop_bytes, "crops");
    joints.peaks.reserve(*gpu_, peak_bytes, "joints");
    std::copy(crops.begin(), crops.end(), joints.crops.on_host<DeviceCrop>());
    pose_stream_.copy_in(joints.crops.device.data(), joints.crops.host.data(), crop_bytes);
    for (std::int64_t first = 0; first < count; first += options_.posebatch) {
      const int n = int(std::min<std::int64_t>(count - first, options_.posebatch)), runs = options_.flip ? 2 * n : n;
      enqueue_crops(joints.crops.on_device<const DeviceCrop>() + first, n, {pose_input_.mean, pose_input_.std}, options_.flip, plan_.input(runs),
                    pose_stream_.handle());
      plan_.enqueue(runs, pose_stream_);
      const DeviceMap maps = plan_.output(0, runs);
      if (options_.flip) enqueue_average_flipped(maps, n, pose_stream_.handle());
      enqueue_find_peaks(maps, n, joints.peaks.on_device<Peak>() + first * kJoints, pose_stream_.handle());
    }
    pose_stream_.copy_out(joints.peaks.host.data(), joints.peaks.device.data(), peak_bytes);
    pose_stream_.record(joints.done);
  }

  std::shared_ptr<Gpu> gpu_;
  EngineOptions options_;
  std::optional<DevicePersonDetector> detector_;
  PoseInput pose_input_;
  Shape maps_;
  DevicePlan plan_;
  Stream up_, pose_stream_;
  std::mutex up_mutex_;
  ObjectPool<Upload> uploads_;
  ObjectPool<Joints> joints_;
};

} // namespace

std::unique_ptr<Engine> make_device_engine(const Model* detector, const Model& pose, const EngineOptions& options, const RunOptions& run) {
  return std::make_unique<DeviceEngine>(detector, pose, options, run);
}

} // namespace pose
