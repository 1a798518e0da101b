// Implements darknet_cfg.h, and the sections of a file as a whole.
// SPDX-License-Identifier: MIT
#include "nets/darknet_cfg.h"

#include "nets/darknet_builder.h"
#include "nets/darknet_keys.h"
#include "nets/param_layout.h"
#include "ops/infer.h"
#include "tensor/error.h"
#include "tensor/text_file.h"

#include <algorithm>
#include <array>
#include <filesystem>

namespace pose {
namespace {

constexpr std::int64_t kMaxParameters = 1 << 30;                                         // of a network; the largest published one has 3e8
constexpr const char* kRoleNames[] = {"weight", "bias", "gamma", "beta", "mean", "var"}; // by Role

// Sections of Darknet's that are not supported, and why.
struct Unsupported {
  std::string_view section;
  const char* why;
};
constexpr const char* kRecurrent = "recurrent networks";
constexpr Unsupported kUnsupported[] = {
    {"rnn", kRecurrent},
    {"crnn", kRecurrent},
    {"gru", kRecurrent},
    {"lstm", kRecurrent},
    {"conv_lstm", kRecurrent},
    {"history", kRecurrent},
    {"implicit", "layers that learn a constant"},
    {"normalization", "normalization across channels"},
    {"lrn", "normalization across channels"},
};

bool is_net(const CfgSection& s) {
  return s.name() == "net" || s.name() == "network";
}

} // namespace

const DarknetBuilder::Kind DarknetBuilder::kKinds[] = {
    {"convolutional", "conv", &DarknetBuilder::convolutional, ""},
    {"connected", "conn", &DarknetBuilder::connected, ""},
    {"local", "", &DarknetBuilder::local, ""},
    {"batchnorm", "", &DarknetBuilder::batchnorm, ""},
    {"activation", "", &DarknetBuilder::activation, ""},
    {"maxpool", "max", &DarknetBuilder::maxpool, ""},
    {"local_avgpool", "local_avg", &DarknetBuilder::local_avgpool, ""},
    {"avgpool", "avg", &DarknetBuilder::avgpool, ""},
    {"upsample", "", &DarknetBuilder::upsample, ""},
    {"reorg", "reorg3d", &DarknetBuilder::reorg, ""},
    {"crop", "", &DarknetBuilder::crop, kCropTraining},
    {"route", "", &DarknetBuilder::route, ""},
    {"shortcut", "", &DarknetBuilder::shortcut, ""},
    {"sam", "", &DarknetBuilder::sam, ""},
    {"scale_channels", "", &DarknetBuilder::scale_channels, ""},
    {"dropout", "", &DarknetBuilder::passed_on, kDropoutTraining},
    {"empty", "silence", &DarknetBuilder::passed_on, ""},
    {"softmax", "soft", &DarknetBuilder::softmax, "noloss"},
    {"cost", "", &DarknetBuilder::loss, kCostTraining},
    {"contrastive", "", &DarknetBuilder::loss, kContrastiveTraining},
    {"yolo", "", &DarknetBuilder::yolo, kYoloTraining},
    {"Gaussian_yolo", "", &DarknetBuilder::gaussian_yolo, kYoloTraining},
    {"region", "", &DarknetBuilder::region, kRegionTraining},
    {"detection", "", &DarknetBuilder::detection, kDetectionTraining},
};

const DarknetBuilder::Kind* DarknetBuilder::find_kind(const std::string& section) {
  const auto* const kind =
      std::find_if(std::begin(kKinds), std::end(kKinds), [&](const Kind& k) { return section == k.section || section == k.alias; });
  return kind == std::end(kKinds) ? nullptr : kind;
}

void expect_known_section(const CfgSection& s) {
  if (is_net(s) || DarknetBuilder::find_kind(s.name()) != nullptr) return;
  for (const Unsupported& u : kUnsupported) {
    if (s.name() == u.section) s.fail_here(fmt::format("is not supported: {}", u.why));
  }
  s.fail_here("unknown section");
}

void DarknetBuilder::net(CfgSection& s) {
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

void DarknetBuilder::layer(CfgSection& s) {
  const Kind& kind = *find_kind(s.name());
  s.skip(kLayerTraining);
  s.skip(kind.training);
  const int node = (this->*kind.build)(s);
  s.expect_all_taken();
  layers_.push_back(node);
}

Graph DarknetBuilder::finish() {
  for (int id = 0; id < graph_.size(); id++) {
    if (std::holds_alternative<YoloHead>(graph_[id].op)) graph_.outputs.push_back(id);
  }
  if (graph_.outputs.empty()) graph_.outputs.push_back(previous());
  return std::move(graph_);
}

std::string DarknetBuilder::layer_name() const {
  return fmt::format("yolo.{}", layers_.size());
}

int DarknetBuilder::add(const CfgSection& s, const std::string& suffix, Op op, std::vector<int> inputs, const std::map<Role, StoredOrder>& stored) {
  for (int id : inputs) {
    if (is_yolo_output(graph_[id])) s.fail_here(fmt::format("expected a map as its input, found the boxes of {}", graph_[id].name));
  }
  try {
    std::vector<ParamSpec> params = param_layout(op);
    for (ParamSpec& spec : params) {
      spec.name = fmt::format("{}.{}", layer_name(), kRoleNames[int(spec.role)]);
      if (const auto order = stored.find(spec.role); order != stored.end()) spec.stored = order->second;
      if (spec.count() > kMaxParameters - parameters_)
        fail("{}: expected at most {} parameters, found {} and {} in earlier layers", spec.name, kMaxParameters, spec.count(), parameters_);
      parameters_ += spec.count();
    }
    return graph_.add(layer_name() + suffix, std::move(op), std::move(inputs), std::move(params));
  } catch (const Error& e) {
    s.fail_here(e.what());
  }
}

// Returns the nodes of layers named by index.  Negative indices count back from the current layer.
std::vector<int> DarknetBuilder::take_layers(CfgSection& s, const std::string& key) const {
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

int DarknetBuilder::take_layer(CfgSection& s, const std::string& key) const {
  const std::vector<int> nodes = take_layers(s, key);
  if (nodes.size() != 1) s.fail_at(key, fmt::format("expected one layer, found {}", nodes.size()));
  return nodes[0];
}

Graph parse_darknet_cfg_text(const std::string& text, const std::string& source, const CfgOptions& options) {
  if (options.inp_dim < 0 || options.inp_dim > kMaxSide) fail("inp_dim: expected 1 to {}, found {}", kMaxSide, options.inp_dim);
  std::vector<CfgSection> sections = parse_cfg_sections(text, source);
  if (sections.empty()) fail("{}: expected [net], found no section", source);
  if (!is_net(sections[0])) sections[0].fail_here("expected [net] as the first section");
  if (sections.size() == 1) sections[0].fail_here("expected layers after it, found none");

  for (const CfgSection& s : sections) expect_known_section(s);
  DarknetBuilder builder(options, source);
  builder.net(sections[0]);
  for (std::size_t i = 1; i < sections.size(); i++) {
    if (is_net(sections[i])) sections[i].fail_here("expected only once");
    builder.layer(sections[i]);
  }
  Graph graph = builder.finish();
  if (graph.size() == 1) sections[0].fail_here("expected a layer that computes a value, found none");
  graph.title = std::filesystem::path(source).stem().string();
  return graph;
}

Graph parse_darknet_cfg(const std::string& path, const CfgOptions& options) {
  return parse_darknet_cfg_text(read_text(path), path, options);
}

std::vector<ParamSpec> darknet_file_order(const Graph& graph) {
  using Order = std::array<Role, 6>;
  constexpr Order kOrder = {Role::beta, Role::gamma, Role::mean, Role::var, Role::bias, Role::weight};
  constexpr Order kConnectedOrder = {Role::bias, Role::beta, Role::weight, Role::gamma, Role::mean, Role::var};
  const auto layer = [](const ParamSpec& spec) { return spec.name.substr(0, spec.name.rfind('.')); };
  std::vector<ParamSpec> specs = graph.params();
  for (auto begin = specs.begin(); begin != specs.end();) {
    const auto end = std::find_if(begin, specs.end(), [&](const ParamSpec& spec) { return layer(spec) != layer(*begin); });
    const bool connected = std::any_of(begin, end, [](const ParamSpec& spec) { return spec.stored.kind == StoredOrder::transposed_above_1000; });
    const Order& order = connected ? kConnectedOrder : kOrder;
    const auto rank = [&](const ParamSpec& spec) { return std::find(order.begin(), order.end(), spec.role) - order.begin(); };
    std::sort(begin, end, [&](const ParamSpec& a, const ParamSpec& b) { return rank(a) < rank(b); });
    begin = end;
  }
  return specs;
}

} // namespace pose
