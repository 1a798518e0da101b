// Net: a network on float buffers, and every layer's value by name.
// SPDX-License-Identifier: MIT
//
//   alphapose::Net net({.model = "pose-nano"});
//   std::vector<float> x(net.input_shape().count());            // [3, h, w]
//   std::vector<alphapose::Value> outputs = net.run(x);         // heatmaps [1, 17, h, w]
//   for (const alphapose::Value& v : net.activations(x)) ...    // v.name, v.shape, v.data
#pragma once

#include <alphapose/device.h>
#include <alphapose/error.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace alphapose {

struct NetOptions {
  std::string model;           // a name or path (docs/cli.md), "NAME@random" for random weights
  std::string weights = {};    // file of weights; "": searched for
  std::string models_dir = {}; // searched first for weights
  int input_size = 0;          // side of a Darknet network's input, a multiple of 32 from 32 to 4096; 0: the model's own.  Other networks ignore it
  int batch = 1;               // images of one run, 1 to 1024; more are computed in several runs with the same results
  DeviceOptions device = {};
};

// A value: dense float32, [n, channels, height, width], or [n, boxes, attributes] of a YOLO output.
struct Value {
  std::string name; // of the layer
  std::vector<std::int64_t> shape;
  std::vector<float> data;
};

struct Layer {
  std::string name, op, kernel;    // kernel: "" for the input
  std::vector<std::string> inputs; // names of layers
  std::vector<std::int64_t> shape; // of one image's value: [channels, height, width], or [boxes, attributes]
  std::int64_t parameters = 0;     // numbers in its weights
  std::int64_t macs = 0;           // multiply-adds for one image
};

struct InputShape {
  int channels = 0, height = 0, width = 0;

  std::size_t count() const { return static_cast<std::size_t>(channels) * static_cast<std::size_t>(height) * static_cast<std::size_t>(width); }
};

// Thread safety and fork(): as Pose (pose.h).
class ALPHAPOSE_API Net {
public:
  // Throws as Pose's constructor.
  explicit Net(const NetOptions& options);
  ~Net();
  Net(Net&&) noexcept;
  Net& operator=(Net&&) noexcept;

  InputShape input_shape() const;
  std::vector<Layer> layers() const;               // as they run: after folding and fusing
  const std::vector<std::string>& outputs() const; // names of the layers whose values run() returns
  const std::string& device() const;               // "cpu", or the name of the GPU

  // Runs the network on n images, 1 to 65536, x = [n, channels, height, width], and returns its outputs.  Throws InputError for another size,
  // DeviceError when a GPU fails.
  std::vector<Value> run(std::span<const float> x);
  // Does the same into the caller's buffers, one for each output, each exactly as large as the value.  Throws InputError for other buffers.
  void run(std::span<const float> x, std::span<const std::span<float>> outputs);
  // Returns the values of all layers whose name is wanted (empty: all), in the order of computation.  Throws as run().
  // fused: of the network as it runs, after folding and fusing.  Else of every node of the graph as it is described, which can be compared with other
  // frameworks.  For these, the first call makes a second plan, which stays in memory and ignores DeviceOptions::kernels.
  // wanted is called for every layer, and again for every `batch` images, while other callers of this object wait.  It must not call the object: that
  // would wait forever.  What it throws ends the call.
  std::vector<Value> activations(std::span<const float> x, const std::function<bool(const std::string& name)>& wanted = {}, bool fused = false);

private:
  struct State;
  std::unique_ptr<State> state_;
};

// Returns the names that models can have, besides paths.
ALPHAPOSE_API std::vector<std::string> model_names();

} // namespace alphapose
