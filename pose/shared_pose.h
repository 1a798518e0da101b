// SharedPose: finds the people in images, as the program `pose` does, for callers on any thread.
// SPDX-License-Identifier: MIT
#pragma once

#include "pose/engine.h"

#include <memory>
#include <mutex>
#include <vector>

namespace pose {

// An engine that any thread may use: one infer() runs at a time, and other callers wait.
class SharedEngine : public Engine {
public:
  explicit SharedEngine(std::unique_ptr<Engine> engine) : Engine(engine->batch(), engine->joints()), engine_(std::move(engine)) {}

  void prepare(Frame& frame) override { engine_->prepare(frame); }
  void infer(std::span<Frame* const> frames) override {
    const std::scoped_lock lock(mutex_);
    engine_->infer(frames);
  }
  void collect(Frame& frame) override { engine_->collect(frame); }

private:
  std::unique_ptr<Engine> engine_;
  std::mutex mutex_;
};

// Thread-safe.
class SharedPose {
public:
  explicit SharedPose(std::unique_ptr<Engine> engine) : engine_(std::move(engine)) {}

  // Returns the people of each image.
  std::vector<std::vector<Person>> people(std::vector<BgrImage> images);
  std::vector<Person> people(BgrImage image);

  SharedEngine& engine() { return engine_; }

private:
  SharedEngine engine_;
};

} // namespace pose
