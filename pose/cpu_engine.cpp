// The engine of the CPU: letterboxes by the reading threads, both networks one after the other on one pool.
// SPDX-License-Identifier: MIT
#include "image/letterbox.h"
#include "pose/device_engine.h"

namespace pose {
namespace {

struct Canvas : Sight::Work {
  explicit Canvas(BgrImage i) : image(std::move(i)) {}
  BgrImage image;
};

class CpuEngine : public Engine {
public:
  CpuEngine(const Model* detector, const Model& pose, const EngineOptions& o, const RunOptions& run)
      : Engine(o.detbatch), detector_(maybe_detector<PersonDetector>(detector, o, run)), estimator_(pose, o.rule, o.flip, o.posebatch, run),
        pool_(run.threads) {}

  void prepare(Sight& sight) override {
    if (detector_) sight.work = std::make_unique<Canvas>(letterbox(sight.picture, detector_->inp_dim()));
  }

  void infer(std::span<Sight* const> sights) override {
    if (detector_) find_people(sights);
    for (Sight* s : sights) s->candidates = estimator_.estimate(s->picture, s->boxes, pool_);
  }

  void collect(Sight&) override {}

private:
  void find_people(std::span<Sight* const> sights) {
    std::vector<PersonDetector::Picture> pictures;
    for (const Sight* s : sights) pictures.push_back({&static_cast<Canvas&>(*s->work).image, s->picture.h, s->picture.w});
    std::vector<std::vector<PersonBox>> boxes = detector_->detect(pictures, pool_);
    for (std::size_t i = 0; i < sights.size(); i++) {
      sights[i]->work.reset();
      sights[i]->boxes = std::move(boxes[i]);
    }
  }

  std::optional<PersonDetector> detector_;
  PoseEstimator estimator_;
  Pool pool_;
};

} // namespace

std::unique_ptr<Engine> make_engine(const Model* detector, const Model& pose, const EngineOptions& options, const RunOptions& run) {
  if (run.gpu != nullptr) return make_device_engine(detector, pose, options, run);
  return std::make_unique<CpuEngine>(detector, pose, options, run);
}

} // namespace pose
