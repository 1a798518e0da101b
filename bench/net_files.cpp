// Files of complete networks, their inputs and outputs.
// SPDX-License-Identifier: MIT
#include "bench/net_files.h"

#include "nets/graph_file.h"
#include "nets/param_layout.h"
#include "tensor/error.h"
#include "weights/npy.h"
#include "weights/safetensors.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace pose::bench {

void save_model(const Model& model, const std::string& path) {
  std::vector<ParamSpec> specs;
  std::set<std::string> names;
  for (const Node& node : model.graph.nodes()) {
    std::vector<ParamSpec> layout =
        param_layout(node.op); // FastPose's weights of fully connected layers have only two dimensions, a graph file has four
    for (std::size_t i = 0; i < layout.size(); i++) {
      layout[i].name = node.params[i].name;
      if (names.insert(layout[i].name).second) specs.push_back(layout[i]);
    }
  }
  SafetensorsWriter writer(path, specs, {{"graph", to_json(model.graph)}});
  for (const ParamSpec& spec : specs) {
    const auto& params = model.weights->params();
    const auto param = params.find(spec.name);
    if (param == params.end()) fail("{}: expected tensor {}, found none", model.weights->source(), spec.name);
    writer.write({param->second.data, std::size_t(spec.count())});
  }
  writer.finish();
}

std::vector<float> read_input(const std::string& path, const Shape& shape, int batch) {
  const NpyArray array = read_npy(path);
  const std::vector<std::int64_t> want = {batch, shape.c, shape.h, shape.w};
  if (array.shape != want) fail("{}: expected shape [{}], found [{}]", path, fmt::join(want, ", "), fmt::join(array.shape, ", "));
  return array.as<float>();
}

void write_outputs(const Graph& graph, const std::vector<std::vector<float>>& outputs, int batch, const std::string& path) {
  std::vector<ParamSpec> specs;
  for (int id : graph.outputs) {
    const Shape& s = graph[id].shape;
    const bool rows = is_yolo_output(graph[id]);
    specs.push_back(
        {graph[id].name, rows ? std::vector<std::int64_t>{batch, s.w, s.c} : std::vector<std::int64_t>{batch, s.c, s.h, s.w}, Role::weight});
  }
  SafetensorsWriter writer(path, specs);
  for (const std::vector<float>& values : outputs) writer.write(values);
  writer.finish();
}

} // namespace pose::bench
