// LayerRun: a net run layer by layer, on the CPU or on a GPU, each value read and overwritten as dense numbers, piece by piece.
// SPDX-License-Identifier: MIT
#pragma once

#include "apps/program.h"
#include "tensor/pieces.h"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace pose::apps {

// A value's dense form: [n, c, h, w], or [n, boxes, attributes] of a head (rows).
struct DenseForm {
  Shape shape;
  bool rows = false;

  std::vector<std::int64_t> sides() const;
  std::vector<Piece> pieces() const { return pieces_of(shape, rows); }
};

DenseForm form_of(const Node& node, int pictures);

// Errors are Exit(kDevice) where a device fails, else as make_plan's.
class LayerRun {
public:
  virtual ~LayerRun() = default;

  virtual const Graph& graph() const = 0;
  virtual int steps() const = 0;
  virtual int node_of(int k) const = 0; // that step k computes
  virtual std::string kernel_of(int k) const = 0;

  // The input as [n, c, h, w], before every run.
  virtual void start(std::span<const float> nchw) = 0;
  // k = 0, 1, ..., steps() - 1 in this order.
  virtual void step(int k) = 0;
  // The value that the last step computed.
  virtual void read(const Piece& piece, float* to) const = 0;
  // Later steps read this instead, after pass_on(); only of a run that keeps values apart.
  virtual void write(const Piece& piece, const float* from) = 0;
  virtual void pass_on() {}
};

// For `pictures` pictures on the device that `run` names.  use.nest must be false for write().
std::unique_ptr<LayerRun> make_layer_run(const Model& model, const RunOptions& run, int pictures, const PlanUse& use);

// What a dump says of the net and its run: model, weights, target, fused, version, input, input_hash, and as `layers` the graph, a JSON list of
// {name, op, inputs}.
std::map<std::string, std::string> describe(const Graph& graph, const std::string& weights, const RunOptions& run, bool fused);

} // namespace pose::apps
