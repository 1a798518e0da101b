// The networks of bench/ops, names of layers, inputs.
// SPDX-License-Identifier: MIT
#include "bench/ops_cases.h"

#include "nets/zoo.h"

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <random>

namespace pose::bench {
namespace {

// A network and, where it can be chosen, the side of its input.
struct Request {
  std::string name;
  int side = 0;
};

const std::vector<Request> kUsual = {{"yolov3-spp", 608},      {"yolov3", 608},  {"yolov3-tiny", 416}, {"yolov4", 608},  {"yolov4-tiny", 416},
                                     {"yolo-fastest-xl", 320}, {"darknet53", 0}, {"fastpose", 0},      {"simplepose", 0}};

// Parses NAME-SIDE where NAME is one of the project's networks; else a name or a path.
Request parse_request(const std::string& text) {
  const std::size_t dash = text.rfind('-');
  const std::vector<std::string> known = model_names();
  if (dash == text.npos || std::find(known.begin(), known.end(), text.substr(0, dash)) == known.end()) return {text};
  int side = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data() + dash + 1, end, side);
  if (error != std::errc{} || rest != end || side < 1) return {text};
  return {text.substr(0, dash), side};
}

std::string title_of(const Request& request) {
  const std::string name = std::filesystem::path(request.name).stem().string();
  return request.side == 0 ? name : fmt::format("{}-{}", name, request.side);
}

Net load_net(const Request& request, const Settings& settings) {
  ModelOptions options;
  options.models_dir = settings.models_dir;
  options.inp_dim = request.side;
  return {title_of(request), load_graph(request.name, options)};
}

// simplepose's decoder: its graph is in the file of its weights, which may be missing.
Net simplepose_decoder() {
  Net net{"simplepose", {}};
  int x = net.graph.input("data", 8, 6, 128);
  ConvTranspose2d op;
  op.in_c = op.out_c = op.groups = 128;
  op.kernel_h = op.kernel_w = 4;
  op.stride_h = op.stride_w = 2;
  op.pad_top = op.pad_left = op.pad_bottom = op.pad_right = 1;
  op.act = kRelu;
  for (int i = 0; i < 3; i++) x = net.graph.add(fmt::format("decoder{}", i), op, {x}, {{fmt::format("decoder{}.weight", i), {128, 1, 4, 4}}});
  return net;
}

Net usual_net(const Request& request, const Settings& settings) {
  if (request.name != "simplepose") return load_net(request, settings);
  try {
    return load_net(request, settings);
  } catch (const Error&) {
    return simplepose_decoder();
  }
}

std::vector<Net> load_nets(const Settings& settings) {
  std::vector<Net> all;
  const auto add = [&](const Request& request, Net (*load)(const Request&, const Settings&)) {
    if (settings.net.wants(title_of(request))) all.push_back(load(request, settings));
  };
  for (const std::string& model : settings.models) add(parse_request(model), load_net);
  if (settings.models.empty()) {
    for (const Request& request : kUsual) add(request, usual_net);
  }
  return all;
}

} // namespace

const std::vector<Net>& nets(const Settings& settings) {
  static const std::vector<Net> all = load_nets(settings);
  return all;
}

std::string to_text(const std::vector<Occurrence>& places) {
  std::string text;
  for (const Occurrence& p : places)
    text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", p.net, p.layer, p.count > 1 ? fmt::format(" ({})", p.count) : "");
  return text;
}

int layers_of(const std::vector<Occurrence>& places) {
  int layers = 0;
  for (const Occurrence& p : places) layers += p.count;
  return layers;
}

std::string without_slashes(std::string text) {
  std::replace(text.begin(), text.end(), '/', '_');
  return text;
}

std::vector<const float*> Inputs::tensors() const {
  std::vector<const float*> all;
  for (const auto& w : weights) all.push_back(w.data());
  return all;
}

Inputs make_inputs(const std::vector<Shape>& shapes, const std::vector<std::int64_t>& weights) {
  std::mt19937 engine(1);
  auto fill = [&](std::vector<float>& v) {
    for (float& f : v) f = float(engine() >> 8) * 0x1p-23f - 1;
  };
  Inputs inputs;
  for (const Shape& s : shapes) fill(inputs.values.emplace_back(std::size_t(s.count())));
  for (std::int64_t n : weights) fill(inputs.weights.emplace_back(std::size_t(n)));
  return inputs;
}

} // namespace pose::bench
