// Net: a network that is asked for outputs and activations, on the CPU or on a GPU, from any thread.
// SPDX-License-Identifier: MIT
#pragma once

#include "apps/program.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace pose::python {

// Dense [n, c, h, w], or rows of heads [n, rows, attributes].
struct Value {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> floats;
};

// A layer's value where it was computed.
struct Place {
  std::string name;
  View<const float> view;
  bool rows = false; // of a head
};

struct Layer {
  std::string name, op, kernel; // kernel: "" for the input
  std::vector<std::string> inputs;
  std::vector<std::int64_t> shape; // of one picture's result: c, h, w, or rows, attributes of a head
  std::int64_t parameters = 0, macs = 0;
};

using Wanted = std::function<bool(const std::string& name)>;

// Thread safety: every member may be called from any thread; one computes, the others wait.
// Errors of models, devices and memory are Error, in the words of the programs.
class Net {
public:
  virtual ~Net() = default;

  // batch: pictures of a run; more are computed in several.  Results do not depend on it.
  static std::unique_ptr<Net> open(const Model& model, const apps::RunOptions& run, int batch);

  virtual std::vector<Layer> layers() const = 0; // as they run: after folding and fusing
  // x: n >= 1 dense pictures.  The outputs in the order of the graph.
  virtual std::vector<Value> run(const float* x, int n) = 0;
  // Every layer that is wanted; fused: of the net as it runs, else of the graph as it is described.
  virtual std::vector<Value> activations(const float* x, int n, bool fused, const Wanted& wanted) = 0;
  // The same without copying: the views are of the memory that `keep` holds, which is not written again while anybody else holds it.
  virtual std::vector<Place> places(const float* x, int n, bool fused, const Wanted& wanted, std::shared_ptr<const void>& keep) = 0;

  const Graph& graph() const { return model_.graph; }

protected:
  Net(const Model& model, const apps::RunOptions& run, int batch) : model_(model), run_(run), batch_(batch) {}

  // Calls run_some(first picture, how many of them) for n pictures in runs of at most batch_.
  void in_batches(const float* x, int n, const std::function<void(const float*, int)>& run_some) const;

  Model model_;
  apps::RunOptions run_;
  int batch_;
};

// Values of run after run of the same layers in the same order, put together.
class Values {
public:
  void begin_run() { next_ = 0; }
  // The next layer's value for m more pictures.
  void add(const Node& node, int m, std::vector<float> floats);

  std::vector<Value> all;

private:
  std::size_t next_ = 0;
};

Layer layer_of(const Graph& graph, int id, const char* kernel);

// Net::open, for run.gpu.
std::unique_ptr<Net> open_device_net(const Model& model, const apps::RunOptions& run, int batch);

} // namespace pose::python
