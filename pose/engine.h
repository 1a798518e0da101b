// Engine: finds people and their keypoints in images, on the CPU or a GPU.
// SPDX-License-Identifier: MIT
#pragma once

#include "pose/estimator.h"

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace pose {

// An image in an engine, and its results.
struct Frame {
  BgrImage image;
  bool detect = true; // infer() sets the boxes; false, or an engine without a detector: the caller does
  std::vector<PersonBox> boxes;

  // Set by collect().
  std::vector<Candidate> candidates; // one per box, before pose NMS; none with matching
  std::vector<PeakCandidate> peaks;  // one per box, before matching; none without it
  std::vector<Person> people;

  // Data that an engine keeps between its steps.
  struct Work {
    virtual ~Work() = default;
  };
  std::unique_ptr<Work> work = nullptr;
};

struct EngineOptions {
  SelectOptions select;
  CropRule rule = CropRule::demo;
  bool flip = false;
  int detbatch = 1;        // batch size of the detector
  int posebatch = 80;      // largest batch size of the pose network, in people
  bool matching = false;   // people compete for keypoints, in place of pose NMS (docs/spec.md, section 13)
  JointSetRef joints = {}; // of the people, by the names of the network's keypoints; null: the network's
};

// Call prepare(), infer() and collect() in this order for every image.  Each throws the errors of the image and of the device.  A caller may call
// them again for the same frame, for example to detect people in an image whose boxes turned out to be stale.
class Engine {
public:
  virtual ~Engine() = default;

  int batch() const { return batch_; }                  // most images in one infer()
  const JointSetRef& joints() const { return joints_; } // of all people

  // Letterboxes or uploads frame.image.  Reads frame.detect, only to save work: it may change before infer().  Thread-safe: several threads may
  // prepare several frames at once.
  virtual void prepare(Frame& frame) = 0;
  // Sets the boxes where frame.detect is true, and starts the computation of keypoints, which may go on after the return.  One thread at a time.
  virtual void infer(std::span<Frame* const> frames) = 0;
  // Waits for the keypoints and sets the people.  Call after infer(), from any thread.
  virtual void collect(Frame& frame) = 0;

protected:
  explicit Engine(int batch, JointSetRef joints = coco_joints()) : batch_(batch), joints_(std::move(joints)) {}

private:
  int batch_;
  JointSetRef joints_;
};

// Returns the frames in which the detector must run.
std::vector<Frame*> frames_to_detect(std::span<Frame* const> frames);

// Sets the people of a frame from its peaks, or from its candidates.
void set_people(Frame& frame, const PoseRules& rules, const EngineOptions& options);

// Returns an engine on run.gpu, or on the CPU where run.gpu is null.  detector: null where the caller sets the boxes.  Consumes the models' weights.
std::unique_ptr<Engine> make_engine(const Model* detector, const Model& pose, const EngineOptions& options, const RunOptions& run);

// Returns the detector of an engine; nothing where model is null.
template <class Detector> std::optional<Detector> maybe_detector(const Model* model, const EngineOptions& o, const RunOptions& run) {
  return model == nullptr ? std::optional<Detector>() : std::optional<Detector>(std::in_place, *model, o.select, o.detbatch, run);
}

} // namespace pose
