// Implements shared_net.h: one Net per purpose, each created when first needed.
// SPDX-License-Identifier: MIT
#include "nets/shared_net.h"

#include <algorithm>

namespace pose {
namespace {

std::vector<std::int64_t> shape_of_one(const Node& node) {
  std::vector<std::int64_t> sides = form_of(node, 1).sides();
  sides.erase(sides.begin());
  return sides;
}

LayerInfo info_of(const Graph& graph, int id, std::string kernel) {
  const Node& node = graph[id];
  LayerInfo layer{node.name, op_name_of(node.op), std::move(kernel), {}, shape_of_one(node), 0, macs_of(graph, node)};
  for (int in : node.inputs) layer.inputs.push_back(graph[in].name);
  for (const ParamSpec& p : node.params) layer.parameters += p.count();
  return layer;
}

// Joins the values of the same layers over several runs.
class Joined {
public:
  void begin_run() { next_ = 0; }
  // Adds the next layer's value for m more images.
  void add(const Node& node, int m, std::vector<float> floats) {
    if (next_ < all.size()) {
      all[next_].floats.insert(all[next_].floats.end(), floats.begin(), floats.end());
    } else {
      all.push_back({node.name, form_of(node, 0).sides(), std::move(floats)});
    }
    all[next_++].shape[0] += m;
  }

  std::vector<LayerValue> all;

private:
  std::size_t next_ = 0;
};

// Runs the network layer by layer.  Calls look(net) for the input and after each step whose layer is wanted.
template <class F> void observe(Net& net, const float* x, int n, const LayerPredicate& wanted, F look) {
  const auto look_if_wanted = [&] {
    if (wanted(net.graph()[net.current_node()].name)) look(net);
  };
  net.set_input(x, n);
  look_if_wanted();
  for (int k = 0; k < net.steps(); k++) {
    net.step(k);
    look_if_wanted();
  }
}

} // namespace

SharedNet::SharedNet(const Model& model, const RunOptions& run, int batch)
    : model_(model), run_(run), batch_(batch), fused_(make(batch, true, false)) {}

std::unique_ptr<Net> SharedNet::make(int batch, bool fuse, bool keep_all) const {
  RunOptions run = run_;
  if (!fuse) run.tuning = nullptr; // it names the layers after fusing
  if (!fuse || keep_all) run.weight_cache.clear();
  return Net::make(model_, run, batch, {.fuse = fuse, .discard_weights = false, .keep_all = keep_all});
}

template <class F> void SharedNet::in_batches(const float* x, int n, F run_some) const {
  for (int done = 0; done < n; done += batch_) run_some(x + done * graph()[0].shape.count(), std::min(batch_, n - done));
}

std::vector<LayerInfo> SharedNet::layers() const {
  std::vector<LayerInfo> layers = {info_of(fused_->graph(), 0, "")};
  for (int k = 0; k < fused_->steps(); k++) layers.push_back(info_of(fused_->graph(), fused_->node_of(k), fused_->kernel_of(k)));
  return layers;
}

std::vector<LayerValue> SharedNet::run(const float* x, int n) {
  const std::scoped_lock lock(mutex_);
  Joined values;
  in_batches(x, n, [&](const float* some, int m) {
    fused_->set_input(some, m);
    fused_->run();
    values.begin_run();
    const std::vector<int>& outputs = fused_->graph().outputs;
    for (std::size_t k = 0; k < outputs.size(); k++) values.add(fused_->graph()[outputs[k]], m, fused_->output(int(k)));
  });
  return std::move(values.all);
}

std::vector<LayerValue> SharedNet::activations(const float* x, int n, bool fused, const LayerPredicate& wanted) {
  const std::scoped_lock lock(mutex_);
  if (!fused && plain_ == nullptr) plain_ = make(batch_, false, false);
  Net& net = fused ? *fused_ : *plain_;
  Joined values;
  in_batches(x, n, [&](const float* some, int m) {
    values.begin_run();
    observe(net, some, m, wanted, [&](Net& at) { values.add(at.graph()[at.current_node()], m, at.read_all()); });
  });
  return std::move(values.all);
}

std::vector<LayerView> SharedNet::views(const float* x, int n, bool fused, const LayerPredicate& wanted, std::shared_ptr<const void>& keep) {
  const std::scoped_lock lock(mutex_);
  if (run_.gpu) fail<InputError>("{}: expected a copy: values in a GPU's memory have no view", run_.gpu->info().name);
  const auto fits = [&] { return kept_.use_count() == 1 && kept_->fused == fused && kept_->batch >= n; };
  if (kept_ == nullptr || !fits()) kept_ = std::make_shared<Kept>(Kept{make(n, fused, true), fused, n});
  std::vector<LayerView> all;
  observe(*kept_->net, x, n, wanted, [&](Net& at) {
    const Node& node = at.graph()[at.current_node()];
    all.push_back({node.name, at.view(), is_yolo_output(node)});
  });
  keep = kept_;
  return all;
}

} // namespace pose
