// Engine: what finds people and their joints in pictures, on whatever device it runs.
// SPDX-License-Identifier: MIT
#pragma once

#include "pose/estimator.h"

#include <memory>
#include <optional>
#include <span>
#include <vector>

namespace pose {

// A picture on its way through an engine.
struct Frame {
  BgrImage picture;
  std::vector<PersonBox> boxes;      // set by infer(), or before it where the engine has no detector
  std::vector<Candidate> candidates; // set by collect(): one a box, before pose NMS

  // What an engine keeps with the picture between its steps.
  struct Work {
    virtual ~Work() = default;
  };
  std::unique_ptr<Work> work = nullptr;
};

struct EngineOptions {
  SelectOptions select;
  CropRule rule = CropRule::demo;
  bool flip = false;
  int detbatch = 1;   // pictures a run of the detector
  int posebatch = 80; // most people a run of the pose network
};

// prepare() -> infer() -> collect(), in this order for every picture.  Errors of a picture or of the device are thrown.
class Engine {
public:
  virtual ~Engine() = default;

  int batch() const { return batch_; } // most pictures for one infer()

  // Reads only `picture`; by any thread, for several pictures at once.
  virtual void prepare(Frame& frame) = 0;
  // One thread at a time.  The boxes are there when it returns; the joints may still be under way.
  virtual void infer(std::span<Frame* const> frames) = 0;
  // By any thread, after infer(): waits for the joints.
  virtual void collect(Frame& frame) = 0;

protected:
  explicit Engine(int batch) : batch_(batch) {}

private:
  int batch_;
};

// On the CPU, or on the GPU that `run` names.  detector: null where the boxes of people are known.  Uses up the models' weights.
std::unique_ptr<Engine> make_engine(const Model* detector, const Model& pose, const EngineOptions& options, const RunOptions& run);

// The detector of an engine that has one.
template <class Detector> std::optional<Detector> maybe_detector(const Model* model, const EngineOptions& o, const RunOptions& run) {
  return model == nullptr ? std::optional<Detector>() : std::optional<Detector>(std::in_place, *model, o.select, o.detbatch, run);
}

} // namespace pose
