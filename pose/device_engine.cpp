// The GPU engine.  Detector and pose network run on separate streams, and uploads on a third one.
// SPDX-License-Identifier: MIT
//
// Uploads overlap with computation.  The pose network processes one batch while the detector processes the next.  Only boxes and keypoints are
// copied back to the host; the output of the pose network in place of keypoints with matching, and where keypoints are not peaks.
#include "pose/device_engine.h"

#include "image/crop_device.h"
#include "pose/device_detector.h"
#include "pose/heatmap_copies.h"
#include "pose/model_checks.h"
#include "postprocess/heatmap_device.h"

#include <algorithm>

namespace pose {
namespace {

// The crops of a batch of images, and what the pose network found in them.
struct KeypointBatch {
  explicit KeypointBatch(Gpu& gpu) : done(gpu) {}

  StagingBuffer crops, peaks; // of each person: one DeviceCrop, a Peak for each keypoint
  HeatmapCopies maps;         // in place of peaks, where these are not enough
  Event done;
};

struct InFlight : Frame::Work {
  std::shared_ptr<Upload> upload;
  bool levels = true;
  std::vector<CropBox> crops;
  std::shared_ptr<KeypointBatch> keypoints; // of the whole batch
  std::size_t first = 0;                    // index of this image's first person in `keypoints`
};

InFlight& in_flight(Frame& frame) {
  return static_cast<InFlight&>(*frame.work);
}

class DeviceEngine : public Engine {
public:
  DeviceEngine(const Model* detector, const Model& pose, const EngineOptions& o, const RunOptions& run)
      : Engine(o.detbatch, o.joints ? o.joints : joints_of(pose)), gpu_(run.gpu), options_(o),
        detector_(maybe_detector<DevicePersonDetector>(detector, o, run)), rules_(pose, o.rule), joints_(std::int64_t(rules_.joints()->size())),
        copies_maps_(o.matching || !rules_.only_peaks()), plan_(make_device_plan(pose, run, o.flip ? 2 * o.posebatch : o.posebatch)),
        upload_stream_(*gpu_), pose_stream_(*gpu_) {
    if (rules_.has_landmarks()) fail<DeviceError>("device: expected cpu for {}, a network of landmarks", pose.graph.title);
  }

  void prepare(Frame& frame) override {
    if (detector_) detector_->check(frame.image);
    on_device([&] { upload(frame); });
  }
  void infer(std::span<Frame* const> frames) override {
    on_device([&] { find_people_and_keypoints(frames); });
  }
  void collect(Frame& frame) override {
    on_device([&] { wait_for_keypoints(frame); });
  }

private:
  void upload(Frame& frame) {
    gpu_->make_current();
    auto work = std::make_unique<InFlight>();
    work->levels = has_levels(frame.image);
    work->upload = uploads_.take([&] { return std::make_unique<Upload>(*gpu_); });
    {
      const std::lock_guard lock(upload_mutex_);
      work->upload->start(frame.image, *gpu_, upload_stream_);
    }
    frame.work = std::move(work);
  }

  void find_people_and_keypoints(std::span<Frame* const> frames) {
    gpu_->make_current();
    if (detector_) find_people(frames_to_detect(frames));
    std::vector<DeviceCrop> crops;
    for (Frame* frame : frames) {
      InFlight& work = in_flight(*frame);
      pose_stream_.wait(work.upload->done);
      work.first = crops.size();
      for (const PersonBox& b : frame->boxes) add_crop(b, work, crops);
    }
    if (crops.empty()) return;
    const std::shared_ptr<KeypointBatch> keypoints = keypoints_.take([&] { return std::make_unique<KeypointBatch>(*gpu_); });
    find_keypoints(crops, *keypoints);
    for (Frame* frame : frames) in_flight(*frame).keypoints = keypoints;
  }

  void find_people(std::span<Frame* const> frames) {
    if (frames.empty()) return;
    std::vector<std::shared_ptr<Upload>> uploads;
    for (Frame* frame : frames) uploads.push_back(in_flight(*frame).upload);
    std::vector<std::vector<PersonBox>> boxes = detector_->detect(uploads);
    for (std::size_t i = 0; i < frames.size(); i++) frames[i]->boxes = std::move(boxes[i]);
  }

  void wait_for_keypoints(Frame& frame) {
    gpu_->make_current();
    const InFlight& work = in_flight(frame);
    frame.candidates.clear();
    frame.peaks.clear();
    if (!frame.boxes.empty()) work.keypoints->done.synchronize();
    for (std::size_t i = 0; i < frame.boxes.size(); i++) {
      if (options_.matching) {
        frame.peaks.push_back(peaks_of(frame.boxes[i], work, i));
      } else {
        frame.candidates.push_back(candidate_of(frame.boxes[i], work, i));
      }
    }
    frame.work.reset();
    set_people(frame, rules_, options_);
  }

  // i: index of the person in the image.
  PeakCandidate peaks_of(const PersonBox& person, const InFlight& work, std::size_t i) const {
    const Tensor heatmaps = work.keypoints->maps.of(work.first + i);
    return find_candidate(heatmaps.view(), 0, person.box, person.score, work.crops[i], rules_.joints());
  }

  Candidate candidate_of(const PersonBox& person, const InFlight& work, std::size_t i) const {
    Candidate c = of_set<Candidate>(rules_.joints());
    c.box = person.box;
    c.box_score = person.score;
    const std::vector<Peak> peaks = peaks_of_person(*work.keypoints, work.first + i);
    for (std::size_t k = 0; k < peaks.size(); k++) {
      c.joints[k] = to_image(peaks[k].at, work.crops[i], rules_.heatmaps().h, rules_.heatmaps().w);
      c.scores[k] = peaks[k].score;
    }
    return c;
  }

  // person: index in the batch.
  std::vector<Peak> peaks_of_person(const KeypointBatch& batch, std::size_t person) const {
    const auto joints = static_cast<std::size_t>(joints_);
    if (!copies_maps_) {
      const Peak* peaks = batch.peaks.on_host<const Peak>() + person * joints;
      return {peaks, peaks + joints};
    }
    const Tensor output = batch.maps.of(person);
    std::vector<Peak> peaks;
    for (int k = 0; k < int(joints_); k++) peaks.push_back(rules_.keypoint(output.view(), 0, k));
    return peaks;
  }

  void add_crop(const PersonBox& person, InFlight& work, std::vector<DeviceCrop>& crops) const {
    const DeviceImage image = work.upload->image();
    const Shape input = plan_.input(1).shape;
    work.crops.push_back(rules_.crop_of(person.box, image.h, image.w));
    crops.push_back(device_crop(image, crop_geometry(work.crops.back(), input.h, input.w), work.levels));
  }

  // Enqueues crops, pose network and peak search, or the copies of the heatmaps, in batches of at most posebatch people.
  void find_keypoints(const std::vector<DeviceCrop>& crops, KeypointBatch& keypoints) {
    const std::int64_t count = std::int64_t(crops.size()), crop_bytes = count * std::int64_t(sizeof(DeviceCrop)),
                       peak_bytes = copies_maps_ ? 0 : count * joints_ * std::int64_t(sizeof(Peak));
    keypoints.crops.reserve(*gpu_, crop_bytes, "crops");
    keypoints.peaks.reserve(*gpu_, peak_bytes, "keypoints");
    if (copies_maps_) keypoints.maps.reserve(*gpu_, plan_.output(0, 1), count);
    std::copy(crops.begin(), crops.end(), keypoints.crops.on_host<DeviceCrop>());
    pose_stream_.copy_in(keypoints.crops.device.data(), keypoints.crops.host.data(), crop_bytes);
    for (std::int64_t first = 0; first < count; first += options_.posebatch) {
      const int n = int(std::min<std::int64_t>(count - first, options_.posebatch)), runs = options_.flip ? 2 * n : n;
      enqueue_crops(keypoints.crops.on_device<const DeviceCrop>() + first, n, {rules_.input().mean, rules_.input().std}, options_.flip,
                    plan_.input(runs), pose_stream_.handle());
      plan_.enqueue(runs, pose_stream_);
      const DeviceMap maps = plan_.output(0, runs);
      if (options_.flip) enqueue_average_flipped(maps, n, *rules_.joints(), rules_.shifts_mirrored(), pose_stream_.handle());
      if (copies_maps_) {
        keypoints.maps.enqueue(maps, n, first, pose_stream_);
      } else {
        enqueue_find_peaks(maps, n, int(joints_), rules_.peaks(), keypoints.peaks.on_device<Peak>() + first * joints_, pose_stream_.handle());
      }
    }
    if (!copies_maps_) pose_stream_.copy_out(keypoints.peaks.host.data(), keypoints.peaks.device.data(), peak_bytes);
    pose_stream_.record(keypoints.done);
  }

  std::shared_ptr<Gpu> gpu_;
  EngineOptions options_;
  std::optional<DevicePersonDetector> detector_;
  PoseRules rules_;
  std::int64_t joints_; // keypoints of the network
  bool copies_maps_;    // the network's output is copied to the host, in place of peaks
  DevicePlan plan_;
  Stream upload_stream_, pose_stream_;
  std::mutex upload_mutex_;
  ObjectPool<Upload> uploads_;
  ObjectPool<KeypointBatch> keypoints_;
};

} // namespace

std::unique_ptr<Engine> make_device_engine(const Model* detector, const Model& pose, const EngineOptions& options, const RunOptions& run) {
  return std::make_unique<DeviceEngine>(detector, pose, options, run);
}

} // namespace pose
