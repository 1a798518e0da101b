// Implements plan.h: prepares a graph for the CPU, and runs it.
// SPDX-License-Identifier: MIT
#include "nets/plan.h"

#include "nets/graph_file.h"
#include "nets/lower.h"
#include "nets/packed_cache.h"
#include "nets/storage.h"
#include "ops/infer.h"
#include "ops/registered.h"
#include "tensor/error.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <map>

namespace pose {
namespace {

#ifdef NDEBUG
constexpr bool kPoison = false;
#else
constexpr bool kPoison = true; // dead memory is poisoned with NaN, so that a wrong lifetime shows
#endif

// Increase it when a kernel's pack() or the folding writes different bytes for the same name and size.  Packed weights on disk are then invalid.
// (check_packed() finds most cases in which this was forgotten.)
constexpr int kPackingVersion = 1;

// A step with its kernel and maps: a Kernel<P> for the P of its node's op.
struct Launch {
  Step step;
  const void* kernel = nullptr; // null: view only
  std::vector<View<const float>> in;
  View<float> out;
  std::int64_t packed = 0; // offset in floats into the packed weights

  Maps maps() const { return {in.data(), int(in.size()), out}; }
};

} // namespace

struct Plan::State {
  Lowered net;
  PlanOptions options;
  Storage storage;
  std::vector<Launch> launches; // one per node other than inputs
  std::vector<Step> steps;
  Buffer packed, arena;
  const float* weights = nullptr; // packed, in `packed` or in the cache's file
  std::int64_t weight_floats = 0;
  std::shared_ptr<const MappedFile> cache_file;
  std::string cache_note;
  int images = 0; // batch size of the last run
  int last = 0;   // index of the last launch that ran

  State(const Graph& graph, const WeightStore& store, const PlanOptions& o) : net(lower(graph, store, o)), options(o) {
    storage = choose_views(net.graph, {o.batch, o.keep_all, o.alias_buffers});
    const std::vector<std::int64_t> scratch = choose_kernels();
    lay_out_arena(net.graph, {o.batch, o.keep_all, o.alias_buffers}, scratch, storage);
    arena = Buffer(storage.arena_floats);
    prepare_weights(store);
    place_maps();
    if (kPoison) std::fill_n(arena.data(), arena.floats(), std::numeric_limits<float>::quiet_NaN());
  }

  static Lowered lower(const Graph& graph, const WeightStore& store, const PlanOptions& o) {
    if (o.batch < 1 || o.threads < 1) fail("plan: expected at least 1 image and 1 thread, found {} and {}", o.batch, o.threads);
    require_target(o.target);
    Lowered bound = bind(graph, store);
    return o.fuse ? pose::fuse(fold(std::move(bound))) : bound;
  }

  // Returns the maps of a node for n images, without data.
  Launch launch_of(int id, int n) const {
    Launch launch;
    launch.step.node = id;
    for (int in : net.graph[id].inputs) launch.in.push_back(storage.views[std::size_t(in)]);
    launch.out = storage.views[std::size_t(id)];
    set_batch(launch, n);
    return launch;
  }

  static void set_batch(Launch& launch, int n) {
    for (View<const float>& v : launch.in) v.shape.n = n;
    launch.out.shape.n = n;
  }

  // Fills launches and the size of the packed weights.  Returns scratch floats by node.  Kernels are chosen for one image, so that the choice, and
  // with it every bit of the result, does not depend on the batch.
  std::vector<std::int64_t> choose_kernels() {
    if (net.graph.size() == 0 || !std::holds_alternative<Input>(net.graph[0].op))
      fail("{}: expected the first node to be the input", net.graph.title);
    std::vector<std::int64_t> scratch(std::size_t(net.graph.size()), 0);
    std::int64_t packed_end = 0;
    for (int id = 0; id < net.graph.size(); id++) {
      Launch launch = launch_of(id, 1);
      std::visit(
          [&]<class P>(const P& op) {
            if constexpr (!std::is_same_v<P, Input>) {
              if (storage.aliasing.view_only[std::size_t(id)]) {
                launch.step.kernel = "view";
                return;
              }
              const Maps maps = launch.maps(); // for one image
              const Kernel<P>& k = kernel_for(net.graph[id].name, op, maps);
              for (const Kernel<P>* c : candidates(kernels_of<P>, options.target, op, maps, low_accuracy()))
                launch.step.candidates.push_back(c->name);
              launch.kernel = &k;
              launch.step.kernel = k.name;
              launch.step.packed_floats = k.packed_floats == nullptr ? 0 : k.packed_floats(op);
              set_batch(launch, options.batch);
              scratch[std::size_t(id)] = k.scratch_floats == nullptr ? 0 : k.scratch_floats(op, launch.maps(), options.threads);
            }
          },
          net.graph[id].op);
      if (std::holds_alternative<Input>(net.graph[id].op)) {
        if (id != 0) fail("{}: expected one input, the first node; found {}", net.graph.title, net.graph[id].name);
        continue;
      }
      launch.packed = packed_end;
      packed_end += align_up(launch.step.packed_floats);
      steps.push_back(launch.step);
      launches.push_back(std::move(launch));
    }
    expect_choices_taken();
    packed = Buffer(packed_end);
    weight_floats = packed_end;
    return scratch;
  }

  // Detectors tolerate the error of F(5 x 5).  Pose networks have three times as many layers before their heatmaps.
  bool low_accuracy() const { return !net.graph.pose.has_value(); }

  // Returns the kernel that the options select for this node, else the table's choice.
  template <class P> const Kernel<P>& kernel_for(const std::string& name, const P& op, const Maps& maps) const {
    const auto wanted = options.kernels.kernel_of.find(name);
    if (wanted == options.kernels.kernel_of.end()) return choose(kernels_of<P>, options.target, op, maps, low_accuracy());
    std::vector<const Kernel<P>*> known(std::begin(kernels_of<P>), std::end(kernels_of<P>));
    known.insert(known.end(), registered_kernels<P>().begin(), registered_kernels<P>().end());
    std::string names;
    for (const Kernel<P>* k : known) {
      if (!usable(*k, options.target, op, maps)) continue;
      if (k->name == wanted->second) return *k;
      names += fmt::format("{}{}", names.empty() ? "" : ", ", k->name);
    }
    fail("{}: node {}: expected a kernel that {} takes here ({}), found {}", options.kernels.source, name, name_of(options.target), names,
         wanted->second);
  }

  void expect_choices_taken() const {
    for (const auto& [name, kernel] : options.kernels.kernel_of) {
      const bool taken = std::any_of(steps.begin(), steps.end(),
                                     [&, &n = name, &k = kernel](const Step& s) { return net.graph[s.node].name == n && s.kernel == k; });
      if (!taken) fail("{}: node {}: expected a layer that {} computes, found none of that name", options.kernels.source, name, net.graph.title);
    }
  }

  // Loads the weights from the cache, or packs them.
  void prepare_weights(const WeightStore& store) {
    Pool pool(options.threads);
    if (options.weight_cache.empty()) {
      pack(pool);
    } else {
      PackedCache cache(options.weight_cache, net.graph.title, cache_key(store, pool));
      weights = cache.load(weight_floats, pool);
      if (weights != nullptr && !check_packed()) {
        weights = nullptr;
        cache.refuse("expected what the kernels pack today, found something else");
      }
      if (weights == nullptr) {
        pack(pool);
        cache.save(packed.span(), pool);
      } else {
        packed = Buffer();
        if (options.discard_weights) discard(store);
      }
      cache_file = cache.file();
      cache_note = cache.note();
    }
    store.expect_unchanged();
    net.weights.clear(); // the store may be released now
  }

  // Returns everything that the packed weights depend on.  A convolution's store mode decides the order of its weights, but shows only in the shape.
  std::string cache_key(const WeightStore& store, Pool& pool) const {
    std::string key = fmt::format("packing {} target {} weights {:016x}\n", kPackingVersion, name_of(options.target), hash_of(store, pool));
    for (const Launch& l : launches)
      key += fmt::format("{} {} at {} for {}\n", l.step.kernel, l.step.packed_floats, l.packed, to_text(net.graph[l.step.node].shape));
    return key + to_json(net.graph);
  }

  // Packs the smallest layer of every kernel again.  This detects cached weights of a kernel that has changed since.
  bool check_packed() const {
    std::map<const void*, const Launch*> smallest;
    for (const Launch& l : launches) {
      const Launch*& s = smallest[l.kernel];
      if (l.step.packed_floats > 0 && (s == nullptr || l.step.packed_floats < s->step.packed_floats)) s = &l;
    }
    return std::all_of(smallest.begin(), smallest.end(), [&](const auto& kernel_and_launch) {
      const Launch* l = kernel_and_launch.second;
      if (l == nullptr) return true; // a kernel without weights
      Buffer fresh(l->step.packed_floats);
      pack_one(*l, fresh.data());
      return std::memcmp(fresh.data(), weights + l->packed, std::size_t(fresh.floats()) * sizeof(float)) == 0;
    });
  }

  void pack_one(const Launch& launch, float* to) const {
    const NodeWeights& w = net.weights[std::size_t(launch.step.node)];
    const RawWeights raw{w.tensors.data(), w.scale.empty() ? nullptr : w.scale.data(), w.shift.empty() ? nullptr : w.shift.data()};
    std::visit(
        [&]<class P>(const P& op) {
          const Kernel<P>* k = static_cast<const Kernel<P>*>(launch.kernel);
          if (k != nullptr && k->pack != nullptr) k->pack(op, raw, to);
        },
        net.graph[launch.step.node].op);
  }

  // Packs the weights of all kernels, layers in parallel.  The largest come first, so that the threads end at about the same time.
  void pack(Pool& pool) {
    std::vector<const Launch*> order;
    for (const Launch& l : launches) order.push_back(&l);
    std::stable_sort(order.begin(), order.end(), [](const Launch* a, const Launch* b) { return a->step.packed_floats > b->step.packed_floats; });
    auto pack_next = [&](std::int64_t i, int) {
      const Launch& launch = *order[std::size_t(i)];
      pack_one(launch, packed.data() + launch.packed);
      if (!options.discard_weights) return;
      const NodeWeights& w = net.weights[std::size_t(launch.step.node)];
      const std::vector<ParamSpec>& specs = net.graph[launch.step.node].params; // the first ones describe `tensors`
      for (std::size_t t = 0; t < w.tensors.size(); t++) discard_pages(w.tensors[t], specs[t].count());
    };
    parallel_for(pool, std::int64_t(order.size()), pack_next);
    weights = packed.data();
  }

  static void discard(const WeightStore& store) {
    for (const auto& [name, param] : store.params()) discard_pages(param.data, checked_product(name, param.shape));
  }

  View<float> view(int id) {
    View<float> v = storage.views[std::size_t(id)];
    v.data = arena.data() + storage.origin[std::size_t(id)];
    return v;
  }

  void place_maps() {
    for (Launch& launch : launches) {
      launch.out = view(launch.step.node);
      const std::vector<int>& inputs = net.graph[launch.step.node].inputs;
      for (std::size_t k = 0; k < inputs.size(); k++) launch.in[k] = view(inputs[k]);
    }
  }

  void run_one(const Launch& launch, Pool& pool) {
    if (launch.kernel == nullptr) return;
    zero_halo(launch.out);
    const Call call{launch.maps(), weights + launch.packed, arena.data() + storage.scratch[std::size_t(launch.step.node)], &pool};
    std::visit([&]<class P>(const P& op) { static_cast<const Kernel<P>*>(launch.kernel)->run(op, call); }, net.graph[launch.step.node].op);
  }

  void poison_dead(int id) {
    for (auto [begin, end] : storage.dies_after[std::size_t(id)]) {
      std::fill(arena.data() + begin, arena.data() + end, std::numeric_limits<float>::quiet_NaN());
    }
  }
};

Plan::Plan(const Graph& graph, const WeightStore& weights, const PlanOptions& options) : state_(new State(graph, weights, options)) {}
Plan::~Plan() = default;
Plan::Plan(Plan&&) noexcept = default;

const Graph& Plan::graph() const {
  return state_->net.graph;
}
const PlanOptions& Plan::options() const {
  return state_->options;
}
std::span<const Step> Plan::steps() const {
  return state_->steps;
}

View<float> Plan::input(int n) {
  View<float> v = state_->view(0);
  v.shape.n = n;
  if (v.blocked())
    std::fill_n(v.data - origin_of(v), floats_of(v), 0.0f); // padding lanes too
  else
    zero_halo(v);
  return v;
}

void Plan::run(int n, Pool& pool, const Observer& observer) {
  for (int k = 0; k < int(state_->launches.size()); k++) {
    const Step& step = run_step(k, n, pool);
    if (observer) observer(step, value(n));
  }
}

const Step& Plan::run_step(int k, int n, Pool& pool) {
  if (kPoison && k > 0) state_->poison_dead(state_->launches[std::size_t(k) - 1].step.node);
  Launch& launch = state_->launches[std::size_t(k)];
  State::set_batch(launch, n);
  state_->run_one(launch, pool);
  if (state_->cache_file) with_errors_as<ModelError>([&] { state_->cache_file->check(); }); // its weights may have been lost while they were read
  state_->images = n;
  state_->last = k;
  return launch.step;
}

View<float> Plan::value(int n) {
  View<float> v = state_->launches[std::size_t(state_->last)].out;
  v.shape.n = n;
  return v;
}

View<const float> Plan::output(int k) const {
  View<float> v = state_->view(state_->net.graph.outputs[std::size_t(k)]);
  v.shape.n = state_->images;
  return v;
}

std::int64_t Plan::arena_bytes() const {
  return state_->arena.floats() * std::int64_t(sizeof(float));
}
std::int64_t Plan::weight_bytes() const {
  return state_->weight_floats * std::int64_t(sizeof(float));
}
const std::string& Plan::cache_note() const {
  return state_->cache_note;
}

} // namespace pose
