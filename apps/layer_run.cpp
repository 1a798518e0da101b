// The two kinds of plans, and what a dump says of a run.
// SPDX-License-Identifier: MIT
#include "apps/layer_run.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace pose::apps {
namespace {

class CpuRun : public LayerRun {
public:
  CpuRun(Plan plan, int pictures, int threads) : plan_(std::move(plan)), pool_(threads), pictures_(pictures) {}

  const Graph& graph() const override { return plan_.graph(); }
  int steps() const override { return int(plan_.steps().size()); }
  int node_of(int k) const override { return plan_.steps()[std::size_t(k)].node; }
  std::string kernel_of(int k) const override { return plan_.steps()[std::size_t(k)].kernel; }

  void start(std::span<const float> nchw) override { from_nchw(nchw.data(), plan_.input(pictures_)); }
  void step(int k) override {
    const Step& step = plan_.run_step(k, pictures_, pool_);
    value_ = plan_.value(pictures_);
    rows_ = form_of(graph()[step.node], pictures_).rows;
  }
  void read(const Piece& piece, float* to) const override { get_piece(value_, rows_, piece, to); }
  void write(const Piece& piece, const float* from) override { set_piece(value_, rows_, piece, from); }

private:
  Plan plan_;
  Pool pool_;
  int pictures_;
  View<float> value_;
  bool rows_ = false;
};

// The value of the last step is here as a whole; so it comes from the device.
class DeviceRun : public LayerRun {
public:
  DeviceRun(DevicePlan plan, int pictures, std::shared_ptr<Gpu> gpu)
      : gpu_(std::move(gpu)), plan_(std::move(plan)), stream_(*gpu_), pictures_(pictures) {}

  const Graph& graph() const override { return plan_.graph(); }
  int steps() const override { return int(plan_.steps().size()); }
  int node_of(int k) const override { return plan_.steps()[std::size_t(k)].node; }
  std::string kernel_of(int k) const override { return plan_.steps()[std::size_t(k)].kernel; }

  void start(std::span<const float> nchw) override {
    on_device([&] { plan_.write_input(nchw.data(), pictures_, stream_); });
  }
  void step(int k) override {
    on_device([&] {
      node_ = plan_.run_step(k, pictures_, stream_).node;
      values_ = plan_.read(node_, pictures_, stream_);
    });
  }
  void read(const Piece& piece, float* to) const override { std::copy_n(values_.data() + piece.first, piece.count, to); }
  void write(const Piece& piece, const float* from) override { std::copy_n(from, piece.count, values_.data() + piece.first); }
  void pass_on() override {
    on_device([&] { plan_.write(node_, values_, pictures_, stream_); });
  }

private:
  std::shared_ptr<Gpu> gpu_;
  DevicePlan plan_;
  Stream stream_;
  int pictures_, node_ = 0;
  std::vector<float> values_;
};

} // namespace

std::vector<std::int64_t> DenseForm::sides() const {
  if (rows) return {shape.n, shape.w, shape.c};
  return {shape.n, shape.c, shape.h, shape.w};
}

DenseForm form_of(const Node& node, int pictures) {
  Shape shape = node.shape;
  shape.n = pictures;
  return {shape, is_rows(node)};
}

std::unique_ptr<LayerRun> make_layer_run(const Model& model, const RunOptions& run, int pictures, const PlanUse& use) {
  if (!run.gpu) return std::make_unique<CpuRun>(make_plan(model, run, pictures, use), pictures, run.threads);
  DevicePlan plan = make_device_plan(model, run, pictures, use);
  return on_device([&] { return std::make_unique<DeviceRun>(std::move(plan), pictures, run.gpu); });
}

std::map<std::string, std::string> describe(const Graph& graph, const std::string& weights, const RunOptions& run, bool fused) {
  nlohmann::json layers = nlohmann::json::array();
  for (const Node& node : graph.nodes()) {
    nlohmann::json inputs = nlohmann::json::array();
    for (int in : node.inputs) inputs.push_back(graph[in].name);
    layers.push_back({{"name", node.name}, {"op", op_name_of(node.op)}, {"inputs", std::move(inputs)}});
  }
  return {{"model", graph.title},
          {"weights", weights},
          {"target", run.gpu ? fmt::format("{}, {}", run.gpu->info().name, name_of(run.precision)) : name_of(run.target)},
          {"fused", fused ? "true" : "false"},
          {"version", POSE_VERSION},
          {"layers", layers.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)}};
}

} // namespace pose::apps
