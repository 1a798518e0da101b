// Implements darknet_cfg.h.  Meanings and defaults of keys are Darknet's (src/parser.c of github.com/AlexeyAB/darknet).
// SPDX-License-Identifier: MIT
#include "nets/darknet_cfg.h"

#include "nets/cfg_file.h"
#include "nets/darknet_keys.h"
#include "nets/param_layout.h"
#include "ops/infer.h"
#include "tensor/error.h"
#include "tensor/file.h"

#include <algorithm>
#include <filesystem>
#include <numeric>

namespace pose {
namespace {

constexpr const char* kRoleNames[] = {"weight", "bias", "gamma", "beta", "mean", "var"}; // by Role

Act take_activation(CfgSection& s, const std::string& fallback) {
  const std::string name = s.take_text("activation", fallback);
  for (ActKind kind : {ActKind::linear, ActKind::leaky, ActKind::relu, ActKind::relu6, ActKind::logistic, ActKind::mish, ActKind::swish}) {
    if (name == name_of(kind)) return {kind};
  }
  s.fail_at("activation", "expected linear, leaky, relu, relu6, logistic, mish or swish");
}

// Builds the graph section by section.
class Builder {
public:
  explicit Builder(const CfgOptions& options) : options_(options) {}

  void net(CfgSection& s);
  void layer(CfgSection& s);
  Graph finish();

private:
  struct Kind {
    std::string_view section;
    int (Builder::*build)(CfgSection&);
    const char* training;
  };
  static const Kind kKinds[];

  int convolutional(CfgSection& s);
  int maxpool(CfgSection& s);
  int avgpool(CfgSection& s);
  int upsample(CfgSection& s);
  int route(CfgSection& s);
  int shortcut(CfgSection& s);
  int scale_channels(CfgSection& s);
  int dropout(CfgSection& s) { return add(s, "", Concat{}, {previous()}); }
  int softmax(CfgSection& s);
  int yolo(CfgSection& s);

  int previous() const { return layers_.empty() ? input_ : layers_.back(); }
  const Shape& input_shape() const { return graph_[previous()].shape; }
  std::string layer_name() const { return fmt::format("yolo.{}", layers_.size()); }
  // Adds a node of this layer; its parameters follow from the op.
  int add(const CfgSection& s, const std::string& suffix, Op op, std::vector<int> inputs);
  std::vector<int> take_layers(CfgSection& s, const std::string& key) const;

  const CfgOptions& options_;
  Graph graph_;
  int input_ = -1;
  std::vector<int> layers_; // node of each layer
};

const Builder::Kind Builder::kKinds[] = {
    {"convolutional", &Builder::convolutional, ""},
    {"maxpool", &Builder::maxpool, ""},
    {"avgpool", &Builder::avgpool, ""},
    {"upsample", &Builder::upsample, ""},
    {"route", &Builder::route, ""},
    {"shortcut", &Builder::shortcut, ""},
    {"scale_channels", &Builder::scale_channels, ""},
    {"dropout", &Builder::dropout, kDropoutTraining},
    {"softmax", &Builder::softmax, ""},
    {"yolo", &Builder::yolo, kYoloTraining},
};

void Builder::net(CfgSection& s) {
  int w = s.take_int("width", std::nullopt, 1, kMaxSide), h = s.take_int("height", std::nullopt, 1, kMaxSide);
  const int c = s.take_int("channels", std::nullopt, 1, kMaxSide);
  if (options_.inp_dim != 0) w = h = options_.inp_dim;
  s.skip(kNetTraining);
  s.expect_all_taken();
  try {
    input_ = graph_.input("input", h, w, c);
  } catch (const Error& e) {
    s.fail_here(e.what());
  }
}

void Builder::layer(CfgSection& s) {
  const auto kind = std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& k) { return k.section == s.name(); });
  if (kind == std::end(kKinds)) s.fail_here("unknown section");
  s.skip(kLayerTraining);
  s.skip(kind->training);
  const int node = (this->*kind->build)(s);
  s.expect_all_taken();
  layers_.push_back(node);
}

Graph Builder::finish() {
  for (int id = 0; id < graph_.size(); id++) {
    if (std::holds_alternative<YoloHead>(graph_[id].op)) graph_.outputs.push_back(id);
  }
  if (graph_.outputs.empty()) graph_.outputs.push_back(previous());
  return std::move(graph_);
}

int Builder::add(const CfgSection& s, const std::string& suffix, Op op, std::vector<int> inputs) {
  try {
    std::vector<ParamSpec> params = param_layout(op);
    for (ParamSpec& spec : params) {
      spec.name = fmt::format("{}.{}", layer_name(), kRoleNames[int(spec.role)]);
      if (spec.count() > kMaxCount) fail("{}: expected at most {} numbers, found {}", spec.name, kMaxCount, spec.count());
    }
    return graph_.add(layer_name() + suffix, std::move(op), std::move(inputs), std::move(params));
  } catch (const Error& e) {
    s.fail_here(e.what());
  }
}

// Returns the nodes of layers named by index.  Negative indices count back from the current layer.
std::vector<int> Builder::take_layers(CfgSection& s, const std::string& key) const {
  const int here = int(layers_.size());
  std::vector<int> nodes;
  for (int reference : s.take_ints(key, -kMaxSide, kMaxSide)) {
    const int index = reference < 0 ? here + reference : reference;
    if (index < 0 || index >= here) s.fail_at(key, fmt::format("expected one of the {} layers before this one, found {}", here, reference));
    nodes.push_back(layers_[std::size_t(index)]);
  }
  if (nodes.empty()) s.fail_here(key + ": expected layers, found no such key");
  return nodes;
}

int Builder::convolutional(CfgSection& s) {
  const int size = s.take_int("size", 1, 1, kMaxSide), stride = s.take_int("stride", 1, 1, kMaxSide);
  const int padding = s.take_int("padding", 0, 0, kMaxSide);
  Conv2d op = conv2d(input_shape().c, s.take_int("filters", std::nullopt, 1, kMaxSide), size, stride, s.take_flag("pad") ? size / 2 : padding);
  op.stride_w = s.take_int("stride_x", stride, 1, kMaxSide);
  op.stride_h = s.take_int("stride_y", stride, 1, kMaxSide);
  op.groups = s.take_int("groups", 1, 1, kMaxSide);
  s.take_int("dilation", 1, 1, 1);
  const bool norm = s.take_flag("batch_normalize");
  const Act act = take_activation(s, "logistic");

  op.bias = !norm;
  int id = add(s, norm || act != kLinear ? ".conv" : "", op, {previous()});
  if (norm) {
    BatchNorm bn;
    bn.c = op.out_c;
    id = add(s, act != kLinear ? ".bn" : "", bn, {id});
  }
  return act != kLinear ? add(s, "", Activation{act}, {id}) : id;
}

// In Darknet, `padding` is the sum of both sides; the larger half is at the bottom and right.
int Builder::maxpool(CfgSection& s) {
  const int stride = s.take_int("stride", 1, 1, kMaxSide), size = s.take_int("size", stride, 1, kMaxSide);
  const int padding = s.take_int("padding", size - 1, 0, kMaxSide);
  MaxPool op;
  op.kernel_h = op.kernel_w = size;
  op.stride_w = s.take_int("stride_x", stride, 1, kMaxSide);
  op.stride_h = s.take_int("stride_y", stride, 1, kMaxSide);
  op.pad_top = op.pad_left = padding / 2;
  op.pad_bottom = op.pad_right = padding - padding / 2;
  if (options_.flavor == Flavor::alphapose && op.stride_h == 1 && op.stride_w == 1) {
    op.pad_top = op.pad_left = op.pad_bottom = op.pad_right = (size - 1) / 2;
    op.outside = Outside::zero;
  }
  return add(s, "", op, {previous()});
}

int Builder::avgpool(CfgSection& s) {
  AvgPool op;
  op.global = true;
  return add(s, "", op, {previous()});
}

int Builder::upsample(CfgSection& s) {
  s.take_float("scale", 1.0f, 1, 1);
  return add(s, "", Upsample{s.take_int("stride", 2, 1, kMaxSide)}, {previous()});
}

// groups > 1: uses only one group of channels of every input.
int Builder::route(CfgSection& s) {
  std::vector<int> inputs = take_layers(s, "layers");
  const int groups = s.take_int("groups", 1, 1, kMaxSide), group = s.take_int("group_id", 0, 0, groups - 1);
  if (groups == 1) return add(s, "", Concat{}, inputs);
  for (std::size_t i = 0; i < inputs.size(); i++) {
    const int c = graph_[inputs[i]].shape.c;
    if (c % groups != 0) s.fail_at("groups", fmt::format("expected a divisor of the {} channels, found {}", c, groups));
    inputs[i] = add(s, inputs.size() == 1 ? "" : fmt::format(".{}", i), Slice{c / groups * group, c / groups}, {inputs[i]});
  }
  return inputs.size() == 1 ? inputs[0] : add(s, "", Concat{}, inputs);
}

// Adds other layers to the previous one.
int Builder::shortcut(CfgSection& s) {
  const std::vector<int> from = take_layers(s, "from");
  const Act act = take_activation(s, "linear");
  int sum = previous();
  for (std::size_t i = 0; i < from.size(); i++) {
    const bool last = i + 1 == from.size() && act == kLinear;
    sum = add(s, last ? "" : fmt::format(".{}", i), Add{}, {sum, from[i]});
  }
  return act == kLinear ? sum : add(s, "", Activation{act}, {sum});
}

// Multiplies the channels of another layer by the 1x1 map of the previous one.
int Builder::scale_channels(CfgSection& s) {
  const std::vector<int> from = take_layers(s, "from");
  if (from.size() != 1) s.fail_at("from", fmt::format("expected one layer, found {}", from.size()));
  s.take_int("scale_wh", 0, 0, 0);
  const Act act = take_activation(s, "linear");
  const int scaled = add(s, act == kLinear ? "" : ".scale", Scale{}, {from[0], previous()});
  return act == kLinear ? scaled : add(s, "", Activation{act}, {scaled});
}

// Darknet's softmax runs over all values of the map, this one over channels.  Both are the same for one pixel.
int Builder::softmax(CfgSection& s) {
  s.take_int("groups", 1, 1, 1);
  s.take_float("temperature", 1.0f, 1, 1);
  const Shape& in = input_shape();
  if (in.h != 1 || in.w != 1) s.fail_here(fmt::format("expected a 1x1 map, found {}x{}", in.h, in.w));
  return add(s, "", Softmax{}, {previous()});
}

int Builder::yolo(CfgSection& s) {
  constexpr float kMost = 1e6f;
  YoloHead op;
  op.classes = s.take_int("classes", 20, 1, kMaxSide);
  op.scale_x_y = s.take_float("scale_x_y", 1.0f, 1e-3f, 1e3f);
  op.net_w = graph_[input_].shape.w;
  op.net_h = graph_[input_].shape.h;
  const int num = s.take_int("num", 1, 1, kMaxSide);
  const std::vector<float> anchors = s.take_floats("anchors", 1 / kMost, kMost);
  if (anchors.size() != 2 * std::size_t(num))
    s.fail_at("anchors", fmt::format("expected {} numbers, found {}", 2 * std::int64_t(num), anchors.size()));
  std::vector<int> mask = s.take_ints("mask", 0, num - 1);
  if (mask.empty()) {
    mask.resize(std::size_t(num));
    std::iota(mask.begin(), mask.end(), 0);
  }
  if (mask.size() > kMaxAnchors) s.fail_at("mask", fmt::format("expected at most {} anchors, found {}", kMaxAnchors, mask.size()));
  op.anchors = int(mask.size());
  for (std::size_t i = 0; i < mask.size(); i++) {
    op.anchor_w[i] = anchors[2 * std::size_t(mask[i])];
    op.anchor_h[i] = anchors[2 * std::size_t(mask[i]) + 1];
  }
  return add(s, "", op, {previous()});
}

} // namespace

Graph parse_darknet_cfg_text(const std::string& text, const std::string& source, const CfgOptions& options) {
  if (options.inp_dim < 0 || options.inp_dim > kMaxSide) fail("inp_dim: expected 1 to {}, found {}", kMaxSide, options.inp_dim);
  std::vector<CfgSection> sections = parse_cfg_sections(text, source);
  const auto is_net = [](const CfgSection& s) { return s.name() == "net" || s.name() == "network"; };
  if (sections.empty()) fail("{}: expected [net], found no section", source);
  if (!is_net(sections[0])) sections[0].fail_here("expected [net] as the first section");
  if (sections.size() == 1) sections[0].fail_here("expected layers after it, found none");

  Builder builder(options);
  builder.net(sections[0]);
  for (std::size_t i = 1; i < sections.size(); i++) {
    if (is_net(sections[i])) sections[i].fail_here("expected only once");
    builder.layer(sections[i]);
  }
  Graph graph = builder.finish();
  graph.title = std::filesystem::path(source).stem().string();
  return graph;
}

Graph parse_darknet_cfg(const std::string& path, const CfgOptions& options) {
  const std::vector<std::byte> bytes = read_file(path);
  return parse_darknet_cfg_text(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), path, options);
}

std::vector<ParamSpec> darknet_file_order(const Graph& graph) {
  constexpr Role kOrder[] = {Role::beta, Role::gamma, Role::mean, Role::var, Role::bias, Role::weight};
  const auto rank = [&](const ParamSpec& spec) { return std::find(std::begin(kOrder), std::end(kOrder), spec.role) - std::begin(kOrder); };
  const auto layer = [](const ParamSpec& spec) { return spec.name.substr(0, spec.name.rfind('.')); };
  std::vector<ParamSpec> specs = graph.params();
  for (auto begin = specs.begin(); begin != specs.end();) {
    const auto end = std::find_if(begin, specs.end(), [&](const ParamSpec& spec) { return layer(spec) != layer(*begin); });
    std::sort(begin, end, [&](const ParamSpec& a, const ParamSpec& b) { return rank(a) < rank(b); });
    begin = end;
  }
  return specs;
}

} // namespace pose
