// Implements net.h of the public headers.
// SPDX-License-Identifier: MIT
#include <alphapose/net.h>

#include "api/convert.h"
#include "nets/shared_net.h"
#include "tensor/one_process.h"

#include <algorithm>

namespace alphapose {
namespace {

using pose::fail;

constexpr int kMostImages = 65536; // of one call

std::vector<Value> to_values(std::vector<pose::LayerValue> values) {
  std::vector<Value> result;
  for (pose::LayerValue& v : values) result.push_back({std::move(v.name), std::move(v.shape), std::move(v.floats)});
  return result;
}

} // namespace

struct Net::State {
  explicit State(const NetOptions& o) {
    constexpr int kMostBatch = 1024;
    expect_in("batch", o.batch, 1, kMostBatch);
    if (o.input_size != 0) pose::check_inp_dim(o.input_size, 32, "input_size");
    pose::ModelOptions models;
    models.models_dir = o.models_dir;
    models.inp_dim = o.input_size;
    models.weights = o.weights;
    const pose::RunOptions run = to_run_options(o.device, pose::Precision::fp32);
    device = device_name(run);
    shared = std::make_unique<pose::SharedNet>(pose::load_model(o.model, models), run, o.batch);
    for (int id : shared->graph().outputs) outputs.push_back(shared->graph()[id].name);
  }

  // Returns the number of images of an input.
  int images_of(std::span<const float> x) const {
    const std::size_t one = std::size_t(shared->graph()[0].shape.count()), n = x.size() / one;
    if (x.data() == nullptr || n < 1 || n > kMostImages || x.size() % one != 0)
      fail<InputError>("input: expected 1 to {} times {} floats, found {}", kMostImages, one, x.size());
    return int(n);
  }

  std::unique_ptr<pose::SharedNet> shared;
  std::vector<std::string> outputs;
  std::string device;
  pose::OneProcess process;
};

Net::Net(const NetOptions& options) : state_(guarded([&] { return std::make_unique<State>(options); })) {}
Net::~Net() = default;
Net::Net(Net&&) noexcept = default;
Net& Net::operator=(Net&&) noexcept = default;

InputShape Net::input_shape() const {
  const pose::Shape& s = state_->shared->graph()[0].shape;
  return {s.c, s.h, s.w};
}

std::vector<Layer> Net::layers() const {
  return guarded([&] {
    std::vector<Layer> layers;
    for (pose::LayerInfo& l : state_->shared->layers())
      layers.push_back({std::move(l.name), std::move(l.op), std::move(l.kernel), std::move(l.inputs), std::move(l.shape), l.parameters, l.macs});
    return layers;
  });
}

const std::vector<std::string>& Net::outputs() const {
  return state_->outputs;
}

const std::string& Net::device() const {
  return state_->device;
}

std::vector<Value> Net::run(std::span<const float> x) {
  return guarded([&] {
    state_->process.expect_same();
    return to_values(state_->shared->run(x.data(), state_->images_of(x)));
  });
}

void Net::run(std::span<const float> x, std::span<const std::span<float>> outputs) {
  guarded([&] {
    state_->process.expect_same();
    const int n = state_->images_of(x);
    const pose::Graph& graph = state_->shared->graph();
    if (outputs.size() != graph.outputs.size()) fail<InputError>("outputs: expected {} buffers, found {}", graph.outputs.size(), outputs.size());
    for (std::size_t k = 0; k < outputs.size(); k++) { // before the long work
      const std::size_t floats = std::size_t(graph[graph.outputs[k]].shape.count()) * std::size_t(n);
      if (outputs[k].data() == nullptr || outputs[k].size() != floats)
        fail<InputError>("outputs: expected {} floats for {}, found {}", floats, state_->outputs[k], outputs[k].size());
    }
    const std::vector<pose::LayerValue> values = state_->shared->run(x.data(), n);
    for (std::size_t k = 0; k < outputs.size(); k++) std::copy(values[k].floats.begin(), values[k].floats.end(), outputs[k].begin());
  });
}

std::vector<Value> Net::activations(std::span<const float> x, const std::function<bool(const std::string&)>& wanted, bool fused) {
  return guarded([&] {
    state_->process.expect_same();
    const auto all = [](const std::string&) { return true; };
    return to_values(state_->shared->activations(x.data(), state_->images_of(x), fused, wanted ? pose::LayerPredicate(wanted) : all));
  });
}

std::vector<std::string> model_names() {
  return guarded([] { return pose::model_names(); });
}

} // namespace alphapose
