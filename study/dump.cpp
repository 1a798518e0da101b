// Implements dump.h.  Every value is written as soon as it is computed.
// SPDX-License-Identifier: MIT
#include "study/dump.h"

#include "nets/net.h"
#include "study/describe.h"
#include "study/layer_filter.h"
#include "study/net_input.h"
#include "tensor/text_file.h"
#include "weights/npy.h"
#include "weights/safetensors.h"

#include <optional>

namespace pose::study {
namespace {

using Metadata = std::map<std::string, std::string>;

// Writes a safetensors or npz file.  Throws DataError, which tells its errors from those of the device.
class Writer {
public:
  Writer(const std::string& path, const std::vector<ParamSpec>& specs, const Metadata& metadata) : specs_(specs) {
    const std::string ext = ending_of(path);
    if (ext == ".safetensors")
      safetensors_.emplace(path, specs, metadata);
    else if (ext == ".npz")
      npz_.emplace(path);
    else
      fail<InputError>("{}: expected a name ending in .safetensors or .npz", path);
  }

  // Writes the next value of `specs`, chunk by chunk.
  void write(const DenseForm& form, const ChunkReader& read) {
    try {
      if (npz_) npz_->begin(specs_[next_].name, specs_[next_].shape);
      for (const Chunk& chunk : form.chunks()) {
        values_.resize(std::size_t(chunk.count));
        read(chunk, values_.data());
        if (npz_)
          npz_->append(values_);
        else
          safetensors_->append(values_);
      }
      next_++;
    } catch (const Error& e) {
      throw DataError(e.what());
    }
  }
  void finish() {
    if (npz_)
      npz_->finish();
    else
      safetensors_->finish();
  }

private:
  std::vector<ParamSpec> specs_;
  std::size_t next_ = 0;
  std::vector<float> values_;
  std::optional<SafetensorsWriter> safetensors_;
  std::optional<NpzWriter> npz_;
};

ParamSpec spec_of(const std::string& name, const DenseForm& form) {
  return {name, form.sides(), Role::weight};
}

// Returns the values that will be written, in the order of computation.  Throws InputError when the filter matches none.
std::vector<ParamSpec> specs_of(const Graph& graph, const NetInput& input, const LayerFilter& filter) {
  std::vector<ParamSpec> specs;
  for (const Stage& stage : input.stages) {
    if (filter.wants(stage.name)) specs.push_back(spec_of(stage.name, {stage.shape}));
  }
  for (const Node& node : graph.nodes()) {
    if (filter.wants(node.name)) specs.push_back(spec_of(node.name, form_of(node, input.shape.n)));
  }
  if (specs.empty()) fail<InputError>("--only {}: expected to match a layer of {}, found none", filter.text(), graph.title);
  return specs;
}

} // namespace

void dump_layers(const Model& net, const DumpOptions& options, const RunOptions& run) {
  const LayerFilter filter(options.only);
  const NetInput input = read_input(options.input, net.graph);
  const std::unique_ptr<Net> layers = Net::make(net, run, input.shape.n, {.fuse = options.fused});
  const Graph& graph = layers->graph();
  Metadata metadata = describe(graph, net.weights->source(), run, options.fused);
  metadata["input"] = input.source;
  metadata["input_hash"] = hash_text(input);
  Writer writer(options.out, specs_of(graph, input, filter), metadata);
  for (const Stage& stage : input.stages) {
    if (filter.wants(stage.name)) writer.write({stage.shape}, stage.read);
  }
  if (filter.wants(graph[0].name)) // node 0 is the input
    writer.write({input.shape}, [&](const Chunk& chunk, float* to) { std::copy_n(input.values.data() + chunk.first, chunk.count, to); });
  layers->set_input(input.values.data(), input.shape.n);
  for (int k = 0; k < layers->steps(); k++) {
    if (wants_stop(run.stop)) fail<Interrupted>("{}: interrupted: nothing was written", options.out);
    layers->step(k);
    const Node& node = graph[layers->node_of(k)];
    if (filter.wants(node.name)) writer.write(form_of(node, input.shape.n), [&](const Chunk& chunk, float* to) { layers->read(chunk, to); });
  }
  writer.finish();
}

} // namespace pose::study
