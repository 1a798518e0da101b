// Compares a net with a dump: in a free run, and teacher-forced, where every layer gets the reference's inputs.
// SPDX-License-Identifier: MIT
#include "study/diff.h"

#include "nets/net.h"
#include "study/describe.h"
#include "study/diff_common.h"
#include "study/heat_image.h"
#include "study/magnitudes.h"
#include "study/net_input.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <set>

namespace pose::study {
namespace {

// Returns the input of the options, or the reference's tensor of the input's name.  Throws InputError where there is neither.
NetInput input_for(const Model& net, const DiffOptions& options, const TensorFile& reference) {
  if (!options.input.empty()) return read_input(options.input, net.graph);
  const Node& node = net.graph[0];
  const TensorFile::Entry* entry = reference.find(node.name);
  if (entry == nullptr) fail<InputError>("--input: expected one, or a tensor {} in {}, found neither", node.name, reference.path());
  const std::int64_t n = entry->shape.empty() ? 0 : entry->shape[0];
  const DenseForm form = form_of(node, int(std::min<std::int64_t>(std::max<std::int64_t>(n, 1), 1024)));
  find_layer(reference, node.name, form.sides(), net.graph.title);
  NetInput input{reference.path(), form.shape, std::vector<float>(std::size_t(form.shape.count())), {}};
  const ChunkReader read = reader_of(reference, *entry);
  for (const Chunk& chunk : form.chunks()) read(chunk, input.values.data() + chunk.first);
  return input;
}

// Up to three runs of the same net, in lock step.
struct Runs {
  std::unique_ptr<Net> ours, oracle, magnitudes; // null: not needed
};

Runs make_runs(const Model& net, const DiffOptions& options, const RunOptions& run, bool bounds, int batch) {
  RunOptions on_cpu = run;
  on_cpu.gpu = nullptr;
  on_cpu.precision = Precision::fp32;
  on_cpu.tuning = nullptr;
  on_cpu.weight_cache.clear();
  if (run.gpu) on_cpu.target = best_target();
  PlanUse use{.fuse = options.fused, .alias_buffers = !options.teacher_forced, .discard_weights = !options.oracle && !bounds};
  Runs runs;
  runs.ours = Net::make(net, run, batch, use);
  if (options.oracle) {
    RunOptions on_reference = on_cpu;
    on_reference.target = Target::ref;
    use.discard_weights = !bounds;
    runs.oracle = Net::make(net, on_reference, batch, use);
  }
  if (bounds) {
    use.discard_weights = true;
    use.kernels = magnitude_kernels(*runs.ours);
    runs.magnitudes = Net::make(magnitudes_of(net, true), on_cpu, batch, use);
  }
  return runs;
}

class NetDiff {
public:
  NetDiff(const Model& net, const DiffOptions& options, const RunOptions& run)
      : options_(options), stop_(run.stop), filter_(options.only), reference_(open_dump(options.reference)),
        input_(input_for(net, options, reference_)) {
    report_.tolerance = Tolerance::parse(options.tolerance);
    report_.teacher_forced = options.teacher_forced;
    report_.oracle = options.oracle;
    const bool bounds = options.teacher_forced && report_.tolerance.kind == Tolerance::Kind::bound;
    const std::string weights = net.weights->source();
    runs_ = make_runs(net, options, run, bounds, input_.shape.n);
    report_.ours = {graph().title, weights, describe(graph(), weights, run, options.fused)};
    report_.ours.metadata["input"] = input_.source;
    report_.ours.metadata["input_hash"] = hash_text(input_);
    report_.reference = side_of(reference_);
    match_layers();
  }

  DiffReport run() {
    compare_input();
    run_free();
    if (options_.teacher_forced && !report_.interrupted) run_forced();
    return std::move(report_);
  }

private:
  const Graph& graph() const { return runs_.ours->graph(); }

  // Matches all layers by name before anything is computed.  Throws DataError where the shapes differ.
  void match_layers() {
    std::set<std::string> names;
    const auto match = [&](const std::string& name, const DenseForm& form) {
      names.insert(name);
      if (find_layer(reference_, name, form.sides(), graph().title) == nullptr && filter_.wants(name)) report_.only_ours.push_back(name);
    };
    for (const Stage& stage : input_.stages) match(stage.name, {stage.shape});
    for (const Node& node : graph().nodes()) match(node.name, form_of(node, input_.shape.n));
    for (const TensorFile::Entry& entry : reference_.entries()) {
      if (filter_.wants(entry.name) && names.count(entry.name) == 0) report_.only_reference.push_back(entry.name);
    }
  }

  // Returns the reference's entry for a layer; null where it has none, or the filter excludes the layer.
  const TensorFile::Entry* wanted(const std::string& name) const { return filter_.wants(name) ? reference_.find(name) : nullptr; }

  LayerDiff& add_layer(const std::string& name, const DenseForm& form) {
    LayerDiff l;
    l.index = int(report_.layers.size());
    l.name = name;
    l.shape = form.sides();
    if (const int node = graph().find(name); node >= 0) {
      l.op = op_name_of(graph()[node].op);
      for (int in : graph()[node].inputs) l.inputs.push_back(graph()[in].name);
    }
    report_.layers.push_back(std::move(l));
    return report_.layers.back();
  }

  void compare_total(LayerDiff& l, const DenseForm& form, int depth, const ChunkReader& ours, const TensorFile::Entry& entry) {
    const ChunkReader reference = reader_of(reference_, entry);
    const std::vector<Chunk> chunks = form.chunks();
    l.total = compare_chunks(chunks, ours, reference, total_bounds(report_.tolerance, depth, chunks, reference));
    if (wants_heat_images(options_)) l.heat_image = make_heat_image(l.shape, l.total.difference, ours, reference);
  }

  bool stops_now() { return report_.interrupted = wants_stop(stop_); }
  bool stop() const { return options_.fail_fast && !options_.teacher_forced && report_.first_bad() != nullptr; }

  // Compares the preprocessing stages and the net's input.
  void compare_input() {
    for (const Stage& stage : input_.stages) {
      const TensorFile::Entry* entry = stop() ? nullptr : wanted(stage.name);
      if (entry != nullptr) compare_total(add_layer(stage.name, {stage.shape}), {stage.shape}, 0, stage.read, *entry);
    }
    const TensorFile::Entry* entry = stop() ? nullptr : wanted(graph()[0].name);
    if (entry == nullptr) return;
    const auto read = [&](const Chunk& chunk, float* to) { std::copy_n(input_.values.data() + chunk.first, chunk.count, to); };
    compare_total(add_layer(graph()[0].name, {input_.shape}), {input_.shape}, 0, read, *entry);
  }

  // Runs the net on its own values, and compares every layer.
  void run_free() {
    runs_.ours->set_input(input_.values.data(), input_.shape.n);
    for (int k = 0; k < runs_.ours->steps() && !stop(); k++) {
      if (stops_now()) return;
      runs_.ours->step(k);
      const Node& node = graph()[runs_.ours->node_of(k)];
      const TensorFile::Entry* entry = wanted(node.name);
      if (entry == nullptr) continue;
      const DenseForm form = form_of(node, input_.shape.n);
      LayerDiff& l = add_layer(node.name, form);
      l.kernel = runs_.ours->kernel_of(k);
      compare_total(
          l, form, k + 1, [&](const Chunk& chunk, float* to) { runs_.ours->read(chunk, to); }, *entry);
    }
  }

  // Runs every layer on the reference's values of its inputs, and compares its result.
  void run_forced() {
    const Node& first = graph()[0];
    if (const TensorFile::Entry* entry = reference_.find(first.name)) {
      const ChunkReader read = reader_of(reference_, *entry);
      for (const Chunk& chunk : chunks_of(input_.shape, false)) read(chunk, input_.values.data() + chunk.first);
    }
    runs_.ours->set_input(input_.values.data(), input_.shape.n);
    if (runs_.oracle) runs_.oracle->set_input(input_.values.data(), input_.shape.n);
    if (runs_.magnitudes) {
      for (float& v : input_.values) v = std::fabs(v);
      runs_.magnitudes->set_input(input_.values.data(), input_.shape.n);
    }
    std::size_t next = 0; // index in report_.layers
    while (next < report_.layers.size() && report_.layers[next].kernel.empty()) next++;
    for (int k = 0; k < runs_.ours->steps(); k++) {
      if (stops_now()) return report_.layers.resize(next);
      for_each_run([k](Net& run) { run.step(k); });
      const int node = runs_.ours->node_of(k);
      const TensorFile::Entry* entry = reference_.find(graph()[node].name);
      const std::optional<ChunkReader> reference = entry != nullptr ? std::optional(reader_of(reference_, *entry)) : std::nullopt;
      if (next < report_.layers.size() && report_.layers[next].name == graph()[node].name) {
        LayerDiff& l = report_.layers[next++];
        judge(node, *reference, l);
        if (options_.fail_fast && !l.ok()) {
          report_.layers.resize(next);
          return;
        }
      }
      pass_on(node, reference ? &*reference : nullptr);
    }
  }

  // Sets the own error and the oracle's result of the layer that the last step computed.
  void judge(int node, const ChunkReader& reference, LayerDiff& l) {
    const ChunkReader ours = [&](const Chunk& chunk, float* to) { runs_.ours->read(chunk, to); };
    ChunkBounds bounds = elementwise_bounds(report_.tolerance);
    if (runs_.magnitudes) bounds = own_bounds(graph(), node, [&](const Chunk& chunk, float* to) { runs_.magnitudes->read(chunk, to); });
    const std::vector<Chunk> chunks = form_of(graph()[node], input_.shape.n).chunks();
    l.own = compare_chunks(chunks, ours, reference, bounds);
    if (wants_heat_images(options_)) l.heat_image = make_heat_image(l.shape, l.own->difference, ours, reference);
    if (!runs_.oracle) return;
    const ChunkReader exact = [&](const Chunk& chunk, float* to) { runs_.oracle->read(chunk, to); };
    l.oracle = {compare_chunks(chunks, ours, exact, bounds), compare_chunks(chunks, reference, exact, bounds)};
  }

  // Replaces the last step's value in all runs: by the reference's value, or by ours where the reference has none.
  void pass_on(int node, const ChunkReader* reference) {
    if (reference == nullptr && !runs_.oracle && !runs_.magnitudes) return;
    std::vector<float> values;
    for (const Chunk& chunk : form_of(graph()[node], input_.shape.n).chunks()) {
      values.resize(std::size_t(chunk.count));
      if (reference != nullptr) {
        (*reference)(chunk, values.data());
        runs_.ours->write(chunk, values.data());
      } else {
        runs_.ours->read(chunk, values.data());
      }
      if (runs_.oracle) runs_.oracle->write(chunk, values.data());
      if (!runs_.magnitudes) continue;
      for (float& v : values) v = std::fabs(v);
      runs_.magnitudes->write(chunk, values.data());
    }
    for_each_run([](Net& run) { run.pass_on(); });
  }

  template <class F> void for_each_run(F f) {
    for (Net* run : {runs_.ours.get(), runs_.oracle.get(), runs_.magnitudes.get()}) {
      if (run != nullptr) f(*run);
    }
  }

  DiffOptions options_;
  StopCallback stop_;
  LayerFilter filter_;
  TensorFile reference_;
  NetInput input_;
  Runs runs_;
  DiffReport report_;
};

} // namespace

bool diff_net(const Model& net, const DiffOptions& options, const RunOptions& run) {
  return finish_diff(NetDiff(net, options, run).run(), options);
}

} // namespace pose::study
