// Implements net.h over Plan and DevicePlan.
// SPDX-License-Identifier: MIT
#include "nets/net.h"

#include "nets/device_plan.h"
#include "nets/plan.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace pose {
namespace {

// The parts that do not depend on the kind of plan P.
template <class P> class PlanNet : public Net {
public:
  PlanNet(P plan, std::shared_ptr<Gpu> gpu) : gpu_(std::move(gpu)), plan_(std::move(plan)) {}

  const Graph& graph() const override { return plan_.graph(); }
  int steps() const override { return int(plan_.steps().size()); }
  int node_of(int k) const override { return plan_.steps()[std::size_t(k)].node; }
  std::string kernel_of(int k) const override { return plan_.steps()[std::size_t(k)].kernel; }

protected:
  std::shared_ptr<Gpu> gpu_; // null on the CPU; before plan_, which it must outlive
  P plan_;
};

class CpuNet : public PlanNet<Plan> {
public:
  CpuNet(Plan plan, int threads) : PlanNet(std::move(plan), nullptr), pool_(threads) {}

  std::int64_t device_bytes() const override { return 0; }

  void run() override { plan_.run(images_, pool_); }
  std::vector<float> output(int k) const override {
    const DenseForm form = form_of(graph()[graph().outputs[std::size_t(k)]], images_);
    const View<const float> v = plan_.output(k);
    std::vector<float> floats(std::size_t(form.shape.count()));
    if (form.rows)
      std::copy_n(v.data, floats.size(), floats.begin());
    else
      to_nchw(v, floats.data());
    return floats;
  }

  void read(const Chunk& chunk, float* to) const override { get_chunk(value_, is_yolo_output(graph()[node_]), chunk, to); }
  View<const float> view() const override { return value_; }
  void write(const Chunk& chunk, const float* from) override { set_chunk(value_, is_yolo_output(graph()[node_]), chunk, from); }

private:
  void put_input(const float* nchw) override {
    value_ = plan_.input(images_);
    from_nchw(nchw, value_);
  }
  int run_step(int k) override {
    const Step& step = plan_.run_step(k, images_, pool_);
    value_ = plan_.value(images_);
    return step.node;
  }

  Pool pool_;
  View<float> value_;
};

// A network on a GPU.  The current value is copied from the device as a whole when it is first read.
class DeviceNet : public PlanNet<DevicePlan> {
  // Calls f() with the GPU current.  Throws DeviceError.
  template <class F> auto on_gpu(F f) const {
    return on_device([&] {
      gpu_->make_current();
      return f();
    });
  }

public:
  DeviceNet(DevicePlan plan, std::shared_ptr<Gpu> gpu) : PlanNet(std::move(plan), std::move(gpu)), stream_(*gpu_) {}

  std::int64_t device_bytes() const override { return plan_.arena_bytes() + plan_.weight_bytes(); }

  void run() override {
    on_gpu([&] {
      plan_.enqueue(images_, stream_);
      plan_.finish(stream_);
    });
  }
  std::vector<float> output(int k) const override {
    return on_gpu([&] { return plan_.read(graph().outputs[std::size_t(k)], images_, stream_); });
  }

  void read(const Chunk& chunk, float* to) const override { std::copy_n(values().data() + chunk.first, chunk.count, to); }
  View<const float> view() const override { fail<InputError>("{}: expected a copy: values in a GPU's memory have no view", gpu_->info().name); }
  void write(const Chunk& chunk, const float* from) override { std::copy_n(from, chunk.count, values().data() + chunk.first); }
  void pass_on() override {
    on_gpu([&] { plan_.write(node_, values(), images_, stream_); });
  }

private:
  void put_input(const float* nchw) override {
    values_.clear();
    on_gpu([&] { plan_.write_input(nchw, images_, stream_); });
  }
  int run_step(int k) override {
    values_.clear();
    return on_gpu([&] { return plan_.run_step(k, images_, stream_).node; });
  }
  std::vector<float>& values() const {
    if (values_.empty()) {
      values_ = on_gpu([&] { return plan_.read(node_, images_, stream_); });
    }
    return values_;
  }

  mutable Stream stream_;
  mutable std::vector<float> values_; // of the current value; empty: not read yet
};

} // namespace

std::vector<std::int64_t> DenseForm::sides() const {
  if (rows) return {shape.n, shape.w, shape.c};
  return {shape.n, shape.c, shape.h, shape.w};
}

DenseForm form_of(const Node& node, int n) {
  Shape shape = node.shape;
  shape.n = n;
  return {shape, is_yolo_output(node)};
}

std::unique_ptr<Net> Net::make(const Model& model, const RunOptions& run, int batch, const PlanUse& use) {
  if (!run.gpu) return std::make_unique<CpuNet>(make_plan(model, run, batch, use), run.threads);
  DevicePlan plan = make_device_plan(model, run, batch, use);
  return on_device([&] { return std::make_unique<DeviceNet>(std::move(plan), run.gpu); });
}

void Net::set_input(const float* nchw, int n) {
  images_ = n;
  node_ = 0;
  put_input(nchw);
}

void Net::step(int k) {
  node_ = run_step(k);
}

std::vector<float> Net::read_all() const {
  const DenseForm form = current_form();
  std::vector<float> floats(std::size_t(form.shape.count()));
  for (const Chunk& chunk : form.chunks()) read(chunk, floats.data() + chunk.first);
  return floats;
}

} // namespace pose
