// The CPU engine.  The reading threads letterbox the images; one thread pool runs the detector, then the pose network.
// SPDX-License-Identifier: MIT
#include "image/letterbox.h"
#include "pose/device_engine.h"
#include "pose/model_checks.h"

#include <algorithm>
#include <iterator>

namespace pose {
namespace {

// The letterboxed image.
struct Canvas : Frame::Work {
  explicit Canvas(BgrImage i) : image(std::move(i)) {}
  BgrImage image;
};

class CpuEngine : public Engine {
public:
  CpuEngine(const Model* detector, const Model& pose, const EngineOptions& o, const RunOptions& run)
      : Engine(o.detbatch, o.joints ? o.joints : joints_of(pose)), options_(o), detector_(maybe_detector<PersonDetector>(detector, o, run)),
        estimator_(pose, o.rule, o.flip, o.posebatch, run), pool_(run.threads) {}

  void prepare(Frame& frame) override {
    if (detector_ && frame.detect) frame.work = std::make_unique<Canvas>(letterbox(frame.image, detector_->inp_dim()));
  }

  void infer(std::span<Frame* const> frames) override {
    if (detector_) find_people(frames_to_detect(frames));
    for (Frame* frame : frames) {
      if (options_.matching) {
        frame->peaks = estimator_.estimate_peaks(frame->image, frame->boxes, pool_);
      } else {
        frame->candidates = estimator_.estimate(frame->image, frame->boxes, pool_);
      }
    }
  }

  void collect(Frame& frame) override { set_people(frame, estimator_.rules(), options_); }

private:
  void find_people(std::span<Frame* const> frames) {
    if (frames.empty()) return;
    std::vector<PersonDetector::Image> images;
    for (Frame* frame : frames) {
      if (!frame->work) prepare(*frame); // the caller changed its mind after prepare()
    }
    for (const Frame* frame : frames) images.push_back({&static_cast<Canvas&>(*frame->work).image, frame->image.h, frame->image.w});
    std::vector<std::vector<PersonBox>> boxes = detector_->detect(images, pool_);
    for (std::size_t i = 0; i < frames.size(); i++) {
      frames[i]->work.reset();
      frames[i]->boxes = std::move(boxes[i]);
    }
  }

  EngineOptions options_;
  std::optional<PersonDetector> detector_;
  PoseEstimator estimator_;
  Pool pool_;
};

// Throws InputError for options that the network cannot have.
void check_options(const Model& pose, const EngineOptions& options) {
  const PoseRules rules(pose, options.rule);
  if (options.matching && rules.input().decode != PoseDecode::peaks)
    fail<InputError>("matching: expected a pose network of AlphaPose's branch pytorch, found {}, which has no matching", pose.graph.title);
  if (options.flip && !rules.has_heatmaps())
    fail<InputError>("flip: expected a pose network with heatmaps, found {}, which has none", pose.graph.title);
}

} // namespace

std::vector<Frame*> frames_to_detect(std::span<Frame* const> frames) {
  std::vector<Frame*> chosen;
  std::copy_if(frames.begin(), frames.end(), std::back_inserter(chosen), [](const Frame* frame) { return frame->detect; });
  return chosen;
}

void set_people(Frame& frame, const PoseRules& rules, const EngineOptions& options) {
  frame.people = options.matching ? match_people(frame.peaks) : pose_nms(frame.candidates, rules.nms());
  if (options.joints == nullptr) return;
  for (Person& person : frame.people) person = with_joints(person, options.joints);
}

std::unique_ptr<Engine> make_engine(const Model* detector, const Model& pose, const EngineOptions& options, const RunOptions& run) {
  check_options(pose, options);
  if (run.gpu != nullptr) return make_device_engine(detector, pose, options, run);
  return std::make_unique<CpuEngine>(detector, pose, options, run);
}

} // namespace pose
