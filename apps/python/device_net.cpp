// Nets on a GPU; values are copied from its memory.
// SPDX-License-Identifier: MIT
#include "apps/python/net.h"

#include <mutex>

namespace pose::python {
namespace {

class DeviceNet : public Net {
public:
  DeviceNet(const Model& model, const apps::RunOptions& run, int batch)
      : Net(model, run, batch), stream_(*run.gpu), fused_(std::make_unique<DevicePlan>(make(true))) {}

  std::vector<Layer> layers() const override {
    std::vector<Layer> layers = {layer_of(fused_->graph(), 0, "")};
    for (const DeviceStep& s : fused_->steps()) layers.push_back(layer_of(fused_->graph(), s.node, s.kernel));
    return layers;
  }

  std::vector<Value> run(const float* x, int n) override {
    const std::scoped_lock lock(mutex_);
    run_.gpu->make_current();
    Values values;
    in_batches(x, n, [&](const float* some, int m) {
      fused_->write_input(some, m, stream_);
      fused_->enqueue(m, stream_);
      fused_->finish(stream_);
      values.begin_run();
      for (int id : fused_->graph().outputs) values.add(fused_->graph()[id], m, fused_->read(id, m, stream_));
    });
    return std::move(values.all);
  }

  std::vector<Value> activations(const float* x, int n, bool fused, const Wanted& wanted) override {
    const std::scoped_lock lock(mutex_);
    run_.gpu->make_current();
    if (!fused && plain_ == nullptr) plain_ = std::make_unique<DevicePlan>(make(false));
    DevicePlan& plan = fused ? *fused_ : *plain_;
    Values values;
    in_batches(x, n, [&](const float* some, int m) {
      const auto take = [&](int id) {
        if (wanted(plan.graph()[id].name)) values.add(plan.graph()[id], m, plan.read(id, m, stream_));
      };
      values.begin_run();
      plan.write_input(some, m, stream_);
      take(0);
      plan.run_observed(m, stream_, [&](const DeviceStep& step, float) { take(step.node); });
    });
    return std::move(values.all);
  }

  std::vector<Place> places(const float*, int, bool, const Wanted&, std::shared_ptr<const void>&) override {
    fail("{}: expected copy=True: values in a GPU's memory are no arrays", run_.gpu->info().name);
  }

private:
  DevicePlan make(bool fuse) const {
    return DevicePlan(model_.graph, *model_.weights, {.precision = run_.precision, .batch = batch_, .fuse = fuse}, *run_.gpu);
  }

  Stream stream_;
  std::unique_ptr<DevicePlan> fused_, plain_; // plain_: null until it is needed
  std::mutex mutex_;
};

} // namespace

std::unique_ptr<Net> open_device_net(const Model& model, const apps::RunOptions& run, int batch) {
  return std::make_unique<DeviceNet>(model, run, batch);
}

} // namespace pose::python
