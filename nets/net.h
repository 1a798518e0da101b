// Net: a network on the CPU or a GPU, run as a whole or layer by layer.  Values are read as dense floats.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/runtime.h"
#include "tensor/chunks.h"

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace pose {

// The dense form of a value: [n, c, h, w], or [n, boxes, attributes] for a YOLO head.
struct DenseForm {
  Shape shape;
  bool rows = false; // YOLO head

  std::vector<std::int64_t> sides() const;
  std::vector<Chunk> chunks() const { return chunks_of(shape, rows); }
};

// Returns the form of a node's value for a batch of n images.
DenseForm form_of(const Node& node, int n);

// Thread safety: one caller at a time.  Errors of a device are DeviceError, others are those of make_plan.
class Net {
public:
  // Makes a plan for at most `batch` images on the device that `run` names.  The Net owns the threads or the stream that run it.
  static std::unique_ptr<Net> make(const Model& model, const RunOptions& run, int batch, const PlanUse& use = {});
  virtual ~Net() = default;

  virtual const Graph& graph() const = 0; // after folding and fusing
  virtual int steps() const = 0;
  virtual int node_of(int k) const = 0; // the node that step k computes
  virtual std::string kernel_of(int k) const = 0;
  virtual std::int64_t device_bytes() const = 0; // GPU memory; 0 on the CPU

  // Writes n images, dense [n, c, h, w], to the input.  Call it before every run.
  void set_input(const float* nchw, int n);
  // Runs the whole network on the n images.
  virtual void run() = 0;
  // Runs step k.  Call it for k = 0, 1, ..., steps() - 1 in this order, instead of run().
  void step(int k);
  // Returns output k of graph().outputs after the last step, in its dense form.
  virtual std::vector<float> output(int k) const = 0;

  // The current value is the input after set_input(), and then the result of the last step.
  int current_node() const { return node_; }
  DenseForm current_form() const { return form_of(graph()[node_], images_); }
  virtual void read(const Chunk& chunk, float* to) const = 0;
  std::vector<float> read_all() const;
  // Returns a view of the current value in memory.  Throws InputError on a GPU.  Valid as long as the plan keeps the value (PlanOptions::keep_all).
  virtual View<const float> view() const = 0;
  // Overwrites the current value, which later steps read after pass_on().  Needs PlanUse::alias_buffers = false.
  virtual void write(const Chunk& chunk, const float* from) = 0;
  virtual void pass_on() {}

protected:
  virtual void put_input(const float* nchw) = 0;
  virtual int run_step(int k) = 0; // returns the node

  int images_ = 0, node_ = 0;
};

} // namespace pose
