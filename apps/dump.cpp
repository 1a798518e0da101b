// Writing activations as they are computed.
// SPDX-License-Identifier: MIT
#include "apps/dump.h"

#include "image/codec.h"
#include "image/crop.h"
#include "image/letterbox.h"
#include "nets/plan.h"
#include "weights/npy.h"
#include "weights/safetensors.h"

#include <filesystem>
#include <optional>
#include <regex>

namespace pose::apps {
namespace {

// The pictures of the input file as [n, c, h, w].
struct NetInput {
  std::vector<float> values;
  Shape shape;
};

NetInput read_tensor(const std::string& path, const Shape& want) {
  const NpyArray array = read_npy(path);
  const auto& s = array.shape;
  if (s.size() != 4 || s[0] < 1 || s[0] > 1024 || s[1] != want.c || s[2] != want.h || s[3] != want.w) {
    fail("{}: expected shape [n, {}, {}, {}], found [{}]", path, want.c, want.h, want.w, fmt::join(s, ", "));
  }
  return {array.as<float>(), {int(s[0]), want.h, want.w, want.c}};
}

NetInput read_picture(const std::string& path, const Graph& graph) {
  const BgrImage image = read_image(path);
  const Shape shape = graph[0].shape;
  Tensor tensor(shape, Layout::compact);
  if (graph.pose) {
    const Box whole{0, 0, float(image.w), float(image.h)};
    crop(image, enlarge(whole, image.h, image.w), {graph.pose->mean, graph.pose->std}, tensor.view(), 0);
  } else if (shape.h == shape.w) {
    to_input(letterbox(image, shape.w), tensor.view(), 0);
  } else {
    darknet_letterbox(image, tensor.view(), 0);
  }
  NetInput input{std::vector<float>(std::size_t(shape.count())), shape};
  to_nchw(tensor.view(), input.values.data());
  return input;
}

bool is_rows(const Node& node) {
  return std::holds_alternative<YoloHead>(node.op);
}

ParamSpec spec_of(const Node& node, int n) {
  const Shape& s = node.shape;
  if (is_rows(node)) return {node.name, {n, s.w, s.c}, Role::weight};
  return {node.name, {n, s.c, s.h, s.w}, Role::weight};
}

// One file of either kind.
class Writer {
public:
  Writer(const std::string& path, const std::vector<ParamSpec>& specs, const std::string& title) {
    const std::string ext = std::filesystem::path(path).extension();
    if (ext == ".safetensors")
      safetensors_.emplace(path, specs, std::map<std::string, std::string>{{"model", title}});
    else if (ext == ".npz")
      npz_.emplace(path);
    else
      throw Exit(kUsage, fmt::format("{}: expected a name ending in .safetensors or .npz", path));
  }
  void write(const ParamSpec& spec, std::span<const float> values) {
    if (npz_)
      npz_->write(spec.name, values, spec.shape);
    else
      safetensors_->write(values);
  }
  void finish() {
    if (npz_)
      npz_->finish();
    else
      safetensors_->finish();
  }

private:
  std::optional<SafetensorsWriter> safetensors_;
  std::optional<NpzWriter> npz_;
};

// The layers of a graph whose names match, in the order of their nodes.
class Dump {
public:
  Dump(const Graph& graph, const NetInput& input, const std::regex& only, const DumpOptions& options) {
    std::vector<ParamSpec> specs;
    for (const Node& node : graph.nodes()) {
      wanted_.emplace_back();
      if (!std::regex_search(node.name, only)) continue;
      wanted_.back() = spec_of(node, input.shape.n);
      specs.push_back(*wanted_.back());
    }
    if (specs.empty()) throw Exit(kUsage, fmt::format("--only {}: expected to match a layer of {}, found none", options.only, graph.title));
    writer_.emplace(options.out, specs, graph.title);
    write(0, input.values); // node 0 is the input, as graphs are built from it
  }
  bool wants(int node) const { return wanted_[std::size_t(node)].has_value(); }
  void write(int node, std::span<const float> values) {
    try {
      if (wants(node)) writer_->write(*wanted_[std::size_t(node)], values);
    } catch (const Error& e) { // no fault of the device
      throw Exit(kSomeInputsFailed, e.what());
    }
  }
  void finish() { writer_->finish(); }

private:
  std::vector<std::optional<ParamSpec>> wanted_; // by node
  std::optional<Writer> writer_;
};

void run_and_dump(Plan& plan, const NetInput& input, int threads, Dump& dump) {
  from_nchw(input.values.data(), plan.input(input.shape.n));
  Pool pool(threads);
  std::vector<float> values;
  plan.run(input.shape.n, pool, [&](const Step& step, View<const float> v) {
    if (!dump.wants(step.node)) return;
    values.resize(std::size_t(v.shape.count()));
    if (v.rows())
      std::copy_n(v.data, values.size(), values.begin());
    else
      to_nchw(v, values.data());
    dump.write(step.node, values);
  });
}

void run_and_dump(DevicePlan& plan, const NetInput& input, Gpu& gpu, Dump& dump) {
  Stream stream(gpu);
  plan.write_input(input.values.data(), input.shape.n, stream);
  plan.run_observed(input.shape.n, stream, [&](const DeviceStep& step, float) {
    if (dump.wants(step.node)) dump.write(step.node, plan.read(step.node, input.shape.n, stream));
  });
}

} // namespace

void dump_layers(const Model& net, const DumpOptions& options, const RunOptions& run) {
  std::regex only(".*");
  try {
    if (!options.only.empty()) only = std::regex(options.only);
  } catch (const std::regex_error& e) {
    throw Exit(kUsage, fmt::format("--only {}: expected a regular expression: {}", options.only, e.what()));
  }
  const bool is_tensor = std::filesystem::path(options.input).extension() == ".npy";
  NetInput input;
  try {
    input = is_tensor ? read_tensor(options.input, net.graph[0].shape) : read_picture(options.input, net.graph);
  } catch (const Error& e) {
    throw Exit(kSomeInputsFailed, e.what());
  }
  if (run.gpu) {
    DevicePlan plan = make_device_plan(net, run, input.shape.n, options.fused);
    Dump dump(plan.graph(), input, only, options);
    on_device([&] { run_and_dump(plan, input, *run.gpu, dump); });
    dump.finish();
  } else {
    Plan plan = make_plan(net, run, input.shape.n, options.fused);
    Dump dump(plan.graph(), input, only, options);
    run_and_dump(plan, input, run.threads, dump);
    dump.finish();
  }
}

} // namespace pose::apps
