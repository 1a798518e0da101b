// Implements device_plan.h: prepares a graph for a GPU, and runs it.
// SPDX-License-Identifier: MIT
#include "nets/device_plan.h"

#include "nets/device_storage.h"
#include "nets/device_values.h"
#include "nets/lower.h"
#include "ops/infer.h"
#include "tensor/error.h"
#include "tensor/tensor.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <type_traits>

namespace pose {
namespace {

template <class P> constexpr bool has_device_table = !std::is_null_pointer_v<std::remove_cvref_t<decltype(device_kernels_of<P>)>>;

// A step with its kernel and maps: a DeviceKernel<P> for the P of its node's op.
struct Launch {
  DeviceStep step;
  const void* kernel = nullptr; // null: view only
  std::vector<DeviceMap> in;
  DeviceMap out;
  std::int64_t packed = 0; // offset in bytes into the packed weights

  DeviceMaps maps() const { return {in.data(), int(in.size()), out}; }
  void set_batch(int n) {
    for (DeviceMap& m : in) m.shape.n = n;
    out.shape.n = n;
  }
};

double megabytes(std::int64_t bytes) {
  return 1e-6 * double(bytes);
}

} // namespace

struct DevicePlan::State {
  Lowered net;
  DevicePlanOptions options;
  Gpu& gpu;
  DeviceStorage storage;
  std::vector<Launch> launches; // one per node other than inputs
  std::vector<DeviceStep> steps;
  std::int64_t weight_bytes = 0;
  DeviceBuffer packed, arena;
  std::map<int, DeviceGraph> graphs; // by batch size

  State(const Graph& graph, const WeightStore& store, const DevicePlanOptions& o, Gpu& g) : net(lower(graph, store, o)), options(o), gpu(g) {
    gpu.make_current();
    if (net.graph.size() == 0 || !std::holds_alternative<Input>(net.graph[0].op))
      fail("{}: expected the first node to be the input", net.graph.title);
    storage = choose_maps(net.graph, options.precision, options.batch, options.alias_buffers);
    choose_kernels();
    storage = laid_out(options.batch);
    expect_memory();
    if (weight_bytes > 0) packed = DeviceBuffer(gpu, weight_bytes, net.graph.title + ": packed weights");
    arena = DeviceBuffer(gpu, storage.arena_bytes, net.graph.title + ": activations");
    pack(store);
    place_maps();
  }

  static Lowered lower(const Graph& graph, const WeightStore& store, const DevicePlanOptions& o) {
    if (o.batch < 1) fail("plan: expected at least 1 image, found {}", o.batch);
    Lowered bound = bind(graph, store);
    return o.fuse ? pose::fuse(fold(std::move(bound))) : bound;
  }

  const Node& node_of(const Launch& l) const { return net.graph[l.step.node]; }

  Launch launch_of(int id) const {
    Launch launch;
    launch.step.node = id;
    for (int in : net.graph[id].inputs) launch.in.push_back(storage.maps[std::size_t(in)]);
    launch.step.out = launch.out = storage.maps[std::size_t(id)];
    return launch;
  }

  // Fills `launches` and `steps`.
  void choose_kernels() {
    for (int id = 0; id < net.graph.size(); id++) {
      if (std::holds_alternative<Input>(net.graph[id].op)) {
        if (id != 0) fail("{}: expected one input, the first node; found {}", net.graph.title, net.graph[id].name);
        continue;
      }
      Launch launch = launch_of(id);
      if (storage.aliasing.view_only[std::size_t(id)])
        launch.step.kernel = "view";
      else
        std::visit([&](const auto& op) { choose_kernel(op, launch); }, net.graph[id].op);
      launch.packed = weight_bytes;
      weight_bytes += device_align_up(launch.step.packed_bytes);
      steps.push_back(launch.step);
      launches.push_back(std::move(launch));
    }
  }

  // fp32 results must not depend on the batch size, so kernels are chosen for one image.  Other precisions choose for full batches.
  template <class P> void choose_kernel(const P& op, Launch& launch) const {
    if constexpr (has_device_table<P>) {
      launch.set_batch(options.precision == Precision::fp32 ? 1 : options.batch);
      const DeviceKernel<P>* k = choose(device_kernels_of<P>, op, launch.maps(), options.precision, gpu.info());
      for (int n : {1, options.batch}) {
        launch.set_batch(n);
        if (k != nullptr && !usable(*k, op, launch.maps(), options.precision, gpu.info())) k = nullptr;
      }
      if (k == nullptr) fail_unsupported(launch);
      launch.kernel = k;
      launch.step.kernel = k->name;
      launch.step.packed_bytes = k->packed_bytes == nullptr ? 0 : k->packed_bytes(op, options.precision);
    } else {
      fail_unsupported(launch);
    }
  }

  [[noreturn]] void fail_unsupported(const Launch& launch) const {
    std::string in;
    for (int id : node_of(launch).inputs) in += fmt::format("{}{}", in.empty() ? "" : ", ", to_text(net.graph[id].shape));
    fail("{}: layer {}: expected a kernel of {} for {} from {} to {} in {}, found none", net.graph.title, node_of(launch).name, gpu.info().name,
         op_name_of(node_of(launch).op), in, to_text(node_of(launch).shape), name_of(options.precision));
  }

  // Returns storage for n images with the chosen kernels.
  DeviceStorage laid_out(int n) const {
    DeviceStorage s = choose_maps(net.graph, options.precision, n, options.alias_buffers);
    std::vector<std::int64_t> scratch(std::size_t(net.graph.size()), 0);
    for (Launch launch : launches) {
      launch.set_batch(n);
      std::visit(
          [&]<class P>(const P& op) {
            const DeviceKernel<P>* k = static_cast<const DeviceKernel<P>*>(launch.kernel);
            if (k != nullptr && k->scratch_bytes != nullptr) scratch[std::size_t(launch.step.node)] = k->scratch_bytes(op, launch.maps(), gpu.info());
          },
          node_of(launch).op);
    }
    lay_out_device(net.graph, options.keep_all, scratch, s);
    return s;
  }

  void expect_memory() const {
    const std::int64_t free = gpu.free_memory(), need = weight_bytes + storage.arena_bytes;
    if (need <= free) return;
    int fits = 0;
    for (int least = options.batch; least - fits > 1;) { // invariant: a batch of `fits` fits, one of `least` does not
      const int n = (fits + least) / 2;
      (weight_bytes + laid_out(n).arena_bytes <= free ? fits : least) = n;
    }
    fail("{}: expected {:.1f} MB of memory on {} for batches of {} (weights {:.1f}, activations {:.1f}), found {:.1f} MB free; {}", net.graph.title,
         megabytes(need), gpu.info().name, options.batch, megabytes(weight_bytes), megabytes(storage.arena_bytes), megabytes(free),
         fits > 0 ? fmt::format("batches of {} would fit", fits) : "not even single images would fit");
  }

  // Packs layer by layer through one host buffer, so that at most one layer is in memory twice.
  void pack(const WeightStore& store) {
    std::int64_t largest = 0;
    for (const Launch& l : launches) largest = std::max(largest, l.step.packed_bytes);
    if (largest == 0) return;
    const PinnedBuffer staging(gpu, largest, net.graph.title + ": one layer's packed weights");
    Stream stream(gpu);
    for (const Launch& l : launches) {
      if (l.step.packed_bytes > 0) {
        std::memset(staging.data(), 0, std::size_t(l.step.packed_bytes));
        pack_one(l, staging.data());
        stream.copy_in(packed.data() + l.packed, staging.data(), l.step.packed_bytes);
        finish(stream);
      }
      if (options.discard_weights) discard(l);
    }
    store.expect_unchanged();
    net.weights.clear(); // the store may be released now
  }

  void pack_one(const Launch& launch, std::byte* to) const {
    const NodeWeights& w = net.weights[std::size_t(launch.step.node)];
    const RawWeights raw{w.tensors.data(), w.scale.empty() ? nullptr : w.scale.data(), w.shift.empty() ? nullptr : w.shift.data()};
    std::visit([&]<class P>(const P& op) { static_cast<const DeviceKernel<P>*>(launch.kernel)->pack(op, raw, options.precision, to); },
               node_of(launch).op);
  }

  void discard(const Launch& launch) const {
    const NodeWeights& w = net.weights[std::size_t(launch.step.node)];
    const std::vector<ParamSpec>& specs = node_of(launch).params; // the first ones describe `tensors`
    for (std::size_t t = 0; t < w.tensors.size(); t++) discard_pages(w.tensors[t], specs[t].count());
  }

  DeviceMap map(int id, int n) const {
    DeviceMap m = storage.maps[std::size_t(id)];
    m.data = arena.data() + storage.offset[std::size_t(id)];
    m.shape.n = n;
    return m;
  }

  void place_maps() {
    for (std::size_t i = 0; i < launches.size(); i++) {
      Launch& launch = launches[i];
      steps[i].out = launch.out = map(launch.step.node, options.batch);
      launch.in.clear();
      for (int in : node_of(launch).inputs) launch.in.push_back(map(in, options.batch));
      launch.step = steps[i];
    }
  }

  void enqueue_step(Launch& launch, int n, Stream& stream) {
    if (launch.kernel == nullptr) return;
    launch.set_batch(n);
    const DeviceCall call{
        launch.maps(), options.precision, packed.data() + launch.packed, arena.data() + storage.scratch[std::size_t(launch.step.node)],
        &gpu.info(),   stream.handle()};
    try {
      std::visit([&]<class P>(const P& op) { static_cast<const DeviceKernel<P>*>(launch.kernel)->run(op, call); }, node_of(launch).op);
    } catch (const Error& e) {
      fail("{}: layer {}: {}", net.graph.title, node_of(launch).name, e.what());
    }
  }

  void finish_step(const Launch& launch, Stream& stream) const {
    try {
      stream.synchronize();
    } catch (const Error& e) {
      fail("{}: layer {}, kernel {}: {}", net.graph.title, node_of(launch).name, launch.step.kernel, e.what());
    }
  }

  void expect_batch(int n) const {
    if (n < 1 || n > options.batch) fail("{}: expected 1 to {} images, found {}", net.graph.title, options.batch, n);
  }

  const DeviceGraph& graph_of(int n, Stream& stream) {
    const auto known = graphs.find(n);
    if (known != graphs.end()) return known->second;
    bool enqueued = false;
    const auto enqueue_all = [&] {
      for (Launch& l : launches) enqueue_step(l, n, stream);
      enqueued = true;
    };
    try {
      return graphs.emplace(n, stream.capture(enqueue_all)).first->second;
    } catch (const Error& e) {
      if (!enqueued) throw; // the message names the layer
      fail("{}: graph of {} images: {}", net.graph.title, n, e.what());
    }
  }

  void finish(Stream& stream, const char* hint = "") const {
    try {
      stream.synchronize();
    } catch (const Error& e) {
      fail("{}: {}{}", net.graph.title, e.what(), hint);
    }
  }
};

DevicePlan::DevicePlan(const Graph& graph, const WeightStore& weights, const DevicePlanOptions& options, Gpu& gpu)
    : state_(new State(graph, weights, options, gpu)) {}
DevicePlan::~DevicePlan() = default;
DevicePlan::DevicePlan(DevicePlan&&) noexcept = default;

const Graph& DevicePlan::graph() const {
  return state_->net.graph;
}
const DevicePlanOptions& DevicePlan::options() const {
  return state_->options;
}
std::span<const DeviceStep> DevicePlan::steps() const {
  return state_->steps;
}

DeviceMap DevicePlan::input(int n) const {
  state_->expect_batch(n);
  return state_->map(0, n);
}

void DevicePlan::enqueue(int n, Stream& stream) {
  state_->expect_batch(n);
  state_->gpu.make_current();
  if (state_->options.capture) return stream.launch(state_->graph_of(n, stream));
  for (Launch& l : state_->launches) state_->enqueue_step(l, n, stream);
}

void DevicePlan::finish(Stream& stream) const {
  state_->finish(stream, "; a layer-by-layer run finds the layer");
}

DeviceMap DevicePlan::output(int k, int n) const {
  state_->expect_batch(n);
  return state_->map(state_->net.graph.outputs[std::size_t(k)], n);
}

void DevicePlan::run_observed(int n, Stream& stream, const Observer& observer) {
  state_->expect_batch(n);
  state_->gpu.make_current();
  Event start(state_->gpu), end(state_->gpu);
  for (Launch& l : state_->launches) {
    stream.record(start);
    state_->enqueue_step(l, n, stream);
    stream.record(end);
    state_->finish_step(l, stream);
    observer(l.step, ms_between(start, end));
  }
}

const DeviceStep& DevicePlan::run_step(int k, int n, Stream& stream) {
  state_->expect_batch(n);
  state_->gpu.make_current();
  Launch& launch = state_->launches[std::size_t(k)];
  state_->enqueue_step(launch, n, stream);
  state_->finish_step(launch, stream);
  return launch.step;
}

std::vector<float> DevicePlan::read(int node, int n, Stream& stream) const {
  state_->expect_batch(n);
  const DeviceMap map = state_->map(node, n);
  std::vector<std::byte> bytes(std::size_t(bytes_of(map)));
  stream.copy_out(bytes.data(), map.data, std::int64_t(bytes.size()));
  state_->finish(stream);
  return to_dense(map, is_yolo_output(graph()[node]), bytes);
}

void DevicePlan::write(int node, std::span<const float> values, int n, Stream& stream) {
  state_->expect_batch(n);
  const DeviceMap map = state_->map(node, n);
  const std::vector<std::byte> bytes = from_dense(values.data(), is_yolo_output(graph()[node]), map);
  stream.copy_in(map.data, bytes.data(), std::int64_t(bytes.size()));
  state_->finish(stream);
}

void DevicePlan::write_input(const float* nchw, int n, Stream& stream) {
  write(0, std::span(nchw, std::size_t(input(n).shape.count())), n, stream);
}

std::int64_t DevicePlan::arena_bytes() const {
  return state_->arena.bytes();
}
std::int64_t DevicePlan::weight_bytes() const {
  return state_->weight_bytes;
}

} // namespace pose
