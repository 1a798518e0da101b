// What nets have in common, and those on the CPU: one plan a purpose, each made when it is needed first.
// SPDX-License-Identifier: MIT
#include "apps/python/net.h"

#include <algorithm>
#include <mutex>

namespace pose::python {
namespace {

std::vector<std::int64_t> shape_of(const Node& node) {
  const Shape& s = node.shape;
  if (is_rows(node)) return {s.w, s.c};
  return {s.c, s.h, s.w};
}

// View::rows() is true of compact maps as well.
std::vector<float> dense(const Node& node, View<const float> v) {
  std::vector<float> floats(std::size_t(v.shape.count()));
  if (is_rows(node))
    std::copy_n(v.data, floats.size(), floats.begin());
  else
    to_nchw(v, floats.data());
  return floats;
}

class CpuNet : public Net {
public:
  CpuNet(const Model& model, const apps::RunOptions& run, int batch) : Net(model, run, batch), pool_(run.threads) {
    fused_ = std::make_unique<Plan>(make(batch, true, false));
  }

  std::vector<Layer> layers() const override {
    std::vector<Layer> layers = {layer_of(fused_->graph(), 0, "")};
    for (const Step& s : fused_->steps()) layers.push_back(layer_of(fused_->graph(), s.node, s.kernel));
    return layers;
  }

  std::vector<Value> run(const float* x, int n) override {
    const std::scoped_lock lock(mutex_);
    Values values;
    in_batches(x, n, [&](const float* some, int m) {
      start(*fused_, some, m);
      fused_->run(m, pool_);
      values.begin_run();
      const std::vector<int>& outputs = fused_->graph().outputs;
      for (std::size_t k = 0; k < outputs.size(); k++) {
        const Node& node = fused_->graph()[outputs[k]];
        values.add(node, m, dense(node, fused_->output(int(k))));
      }
    });
    return std::move(values.all);
  }

  std::vector<Value> activations(const float* x, int n, bool fused, const Wanted& wanted) override {
    const std::scoped_lock lock(mutex_);
    if (!fused && plain_ == nullptr) plain_ = std::make_unique<Plan>(make(batch_, false, false));
    Plan& plan = fused ? *fused_ : *plain_;
    Values values;
    in_batches(x, n, [&](const float* some, int m) {
      values.begin_run();
      observe(plan, some, m, wanted, [&](const Node& node, View<const float> view) { values.add(node, m, dense(node, view)); });
    });
    return std::move(values.all);
  }

  std::vector<Place> places(const float* x, int n, bool fused, const Wanted& wanted, std::shared_ptr<const void>& keep) override {
    const std::scoped_lock lock(mutex_);
    const auto fits = [&] { return kept_.use_count() == 1 && kept_->options().fuse == fused && kept_->options().batch >= n; };
    if (kept_ == nullptr || !fits()) kept_ = std::make_shared<Plan>(make(n, fused, true));
    std::vector<Place> all;
    observe(*kept_, x, n, wanted, [&](const Node& node, View<const float> view) { all.push_back({node.name, view, is_rows(node)}); });
    keep = kept_;
    return all;
  }

private:
  // Weights stay in the store: other plans may follow.
  Plan make(int batch, bool fuse, bool keep_all) const {
    PlanOptions options{run_.target, batch, run_.threads, fuse, keep_all, false, fuse && !keep_all ? run_.weight_cache : ""};
    if (run_.tuning && fuse) options.kernels = choices_for(*run_.tuning, model_.graph, run_.target);
    return Plan(model_.graph, *model_.weights, options);
  }

  static View<const float> start(Plan& plan, const float* x, int m) {
    const View<float> input = plan.input(m);
    from_nchw(x, input);
    return input;
  }

  void observe(Plan& plan, const float* x, int m, const Wanted& wanted, const std::function<void(const Node&, View<const float>)>& take) {
    const auto look = [&](int id, View<const float> view) {
      if (wanted(plan.graph()[id].name)) take(plan.graph()[id], view);
    };
    look(0, start(plan, x, m));
    plan.run(m, pool_, [&](const Step& step, View<const float> view) { look(step.node, view); });
  }

  Pool pool_;
  std::unique_ptr<Plan> fused_, plain_; // plain_: null until it is needed
  std::shared_ptr<Plan> kept_;          // of places(); shared with whoever reads its memory
  std::mutex mutex_;
};

} // namespace

void Net::in_batches(const float* x, int n, const std::function<void(const float*, int)>& run_some) const {
  for (int done = 0; done < n; done += batch_) run_some(x + done * graph()[0].shape.count(), std::min(batch_, n - done));
}

void Values::add(const Node& node, int m, std::vector<float> floats) {
  if (next_ < all.size()) {
    all[next_].floats.insert(all[next_].floats.end(), floats.begin(), floats.end());
  } else {
    all.push_back({node.name, shape_of(node), std::move(floats)});
    all.back().shape.insert(all.back().shape.begin(), 0);
  }
  all[next_++].shape[0] += m;
}

Layer layer_of(const Graph& graph, int id, const char* kernel) {
  const Node& node = graph[id];
  Layer layer{node.name, op_name_of(node.op), kernel, {}, shape_of(node), 0, macs_of(graph, node)};
  for (int in : node.inputs) layer.inputs.push_back(graph[in].name);
  for (const ParamSpec& p : node.params) layer.parameters += p.count();
  return layer;
}

std::unique_ptr<Net> Net::open(const Model& model, const apps::RunOptions& run, int batch) {
  if (run.gpu) return open_device_net(model, run, batch);
  return std::make_unique<CpuNet>(model, run, batch);
}

} // namespace pose::python
