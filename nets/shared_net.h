// SharedNet: outputs and layer values of a network, for calls from any thread and batches of any size.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/net.h"

#include <functional>
#include <mutex>

namespace pose {

// A layer's value: dense [n, c, h, w], or [n, boxes, attributes] for a YOLO head.
struct LayerValue {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> floats;
};

// A layer's value in the memory where it was computed.
struct LayerView {
  std::string name;
  View<const float> view;
  bool rows = false; // YOLO head
};

struct LayerInfo {
  std::string name, op, kernel; // kernel: "" for the input
  std::vector<std::string> inputs;
  std::vector<std::int64_t> shape; // of one image's value: c, h, w; for a YOLO head boxes, attributes
  std::int64_t parameters = 0, macs = 0;
};

using LayerPredicate = std::function<bool(const std::string& name)>;

// Thread safety: every member may be called from any thread.  One call computes, the others wait.
class SharedNet {
public:
  // batch: batch size of one run; larger inputs take several runs.  Results do not depend on it.  The model's weights are kept.
  SharedNet(const Model& model, const RunOptions& run, int batch);

  const Graph& graph() const { return model_.graph; }
  std::vector<LayerInfo> layers() const; // as they run: after folding and fusing

  // Returns the outputs for n >= 1 dense images x, in the order of the graph.
  std::vector<LayerValue> run(const float* x, int n);
  // Returns every wanted layer.  fused: of the network as it runs, else of the graph as described.
  std::vector<LayerValue> activations(const float* x, int n, bool fused, const LayerPredicate& wanted);
  // Does the same without copying.  `keep` holds the memory of the views, which is not overwritten while another owner holds it.  Throws InputError
  // on a GPU.
  std::vector<LayerView> views(const float* x, int n, bool fused, const LayerPredicate& wanted, std::shared_ptr<const void>& keep);

private:
  std::unique_ptr<Net> make(int batch, bool fuse, bool keep_all) const;
  template <class F> void in_batches(const float* x, int n, F run_some) const;

  Model model_;
  RunOptions run_;
  int batch_;
  std::unique_ptr<Net> fused_, plain_; // plain_: null until needed
  // Memory of views(), shared with its readers.
  struct Kept {
    std::unique_ptr<Net> net;
    bool fused = false;
    int batch = 0;
  };
  std::shared_ptr<Kept> kept_;
  std::mutex mutex_;
};

} // namespace pose
