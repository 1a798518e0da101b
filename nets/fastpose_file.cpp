// Implements fastpose_of of fastpose.h: finds the form and the sizes of FastPose by its tensors.
// SPDX-License-Identifier: MIT
#include "nets/fastpose.h"

#include "nets/pose_input_json.h"
#include "tensor/error.h"

#include <charconv>
#include <limits>

namespace pose {
namespace {

// Returns the sides of the input that the converter wrote, "256x192".
std::array<int, 2> input_of(const std::string& text, const std::string& source) {
  std::array<int, 2> sides{};
  const char *end = text.data() + text.size(), *at = text.data();
  for (std::size_t i = 0; i < 2; i++) {
    const auto [rest, error] = std::from_chars(at, end, sides[i]);
    const bool more = i == 0;
    if (error != std::errc{} || (more ? rest == end || *rest != 'x' : rest != end)) fail("{}: input: expected HxW, found {}", source, text);
    at = rest + 1;
  }
  return sides;
}

} // namespace

Graph fastpose_of(const WeightStore& store) {
  const auto has = [&](const std::string& name) { return store.params().count(name) == 1; };
  const auto side = [&](const std::string& name, std::size_t axis = 0) {
    const auto it = store.params().find(name);
    if (it == store.params().end() || it->second.shape.size() <= axis)
      fail("{}: expected a graph in the metadata, or the tensors of FastPose, found no {}", store.source(), name);
    return int(std::min<std::int64_t>(it->second.shape[axis], std::numeric_limits<int>::max()));
  };
  FastPoseOptions options;
  options.width = side("preact.conv1.weight");
  options.depth = has("preact.layer2.7.conv1.weight") ? 152 : has("preact.layer3.22.conv1.weight") ? 101 : 50;
  options.squeeze = has("preact.layer1.0.se.fc.0.weight");
  options.unshuffle = has("preact.layer2.0.conv2.1.weight");
  options.head = has("final_layer.weight") ? PoseHead::deconv : has("duc1.1.weight") ? PoseHead::stages : PoseHead::duc;
  options.heatmaps = side(options.head == PoseHead::deconv ? "final_layer.bias" : "conv_out.bias");
  if (options.head == PoseHead::duc) options.last = side("conv_out.weight", 1);
  for (int i = 0; i < 3; i++) {
    int& count = options.convs[std::size_t(i)];
    if (options.head == PoseHead::deconv) options.deconvs[std::size_t(i)] = side(fmt::format("deconv_layers.{}.weight", 3 * i), 1);
    if (options.head == PoseHead::stages) count = 0;
    while (options.head == PoseHead::stages && has(fmt::format("duc{}.{}.weight", i + 1, 3 * count + 1))) count++;
  }
  if (const auto input = store.metadata.find("input"); input != store.metadata.end()) {
    const auto [h, w] = input_of(input->second, store.source());
    options.input_h = h;
    options.input_w = w;
  }
  Graph graph = fastpose(options);
  if (const auto pose = store.metadata.find("pose"); pose != store.metadata.end())
    graph.pose = parse_pose_json(pose->second, store.source() + ": pose", options.heatmaps);
  return graph;
}

} // namespace pose
