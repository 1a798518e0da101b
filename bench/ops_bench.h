// Benchmarks of single ops: every kernel of an op's table on one case, checked before it is timed.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/sites.h"
#include "ops/infer.h"
#include "tensor/compare.h"
#include "tensor/tensor.h"

#include <benchmark/benchmark.h>

#include <functional>
#include <string>
#include <vector>

namespace pose::bench {

struct Settings {
  int threads = 1;
  int batch = 1;
  bool cold = false; // weights come from memory in every run, as in a whole network
  double peak = 0;   // GFLOP/s of one core
};

// A network whose shapes are measured; the name says its size when it can have several.
struct Net {
  std::string name;
  Graph graph;
};
const std::vector<Net>& nets(); // throws Error

// What a kernel works on and what the check may read.
struct Inputs {
  std::vector<std::vector<float>> values, weights; // dense; values as [n, c, h, w]
  std::vector<Tensor> tensors;
  std::vector<View<const float>> views;
};

Inputs make_inputs(const std::vector<Shape>& shapes, Layout layout, int halo, const std::vector<std::int64_t>& weights);

template <class P> struct OpCase {
  std::string name; // net and shape
  Site<P> site;
  std::function<Difference(const Kernel<P>&, const Inputs&, View<const float> out)> check;
  Layout out_layout = Layout::blocked;

  POSE_INLINE int out_halo() const { return out_layout == Layout::blocked ? 1 : 0; }
};

// Copies of the packed weights, taken in turn: together larger than any cache when they shall be cold.
int rotated_copies(const Settings& settings, std::int64_t packed_floats);
bool available(Target target);
// floats: read and written, each once.  layers: of this kind in the net; totals are sums of time x layers.
void set_counters(benchmark::State& state, const Settings& settings, double flop, double floats, int layers);

// The benchmark itself: prepares, runs once, checks, times.
template <class P> void time_kernel(benchmark::State& state, const Settings& settings, const Kernel<P>& kernel, const OpCase<P>& c) {
  const P& op = c.site.op;
  std::vector<Shape> in = c.site.in;
  for (Shape& s : in) s.n = settings.batch;
  const Shape out = infer(op, std::span<const Shape>(in));
  Inputs inputs = make_inputs(in, c.site.layout, c.site.halo, c.site.params);
  Tensor y(out, c.out_layout, c.out_halo());
  Pool pool(settings.threads);
  Call call;
  call.maps = {inputs.views.data(), int(inputs.views.size()), y.view()};

  const std::int64_t floats = kernel.packed_floats != nullptr ? kernel.packed_floats(op) : 0;
  const int copies = rotated_copies(settings, floats);
  std::vector<Buffer> packed;
  std::vector<const float*> tensors;
  for (const auto& w : inputs.weights) tensors.push_back(w.data());
  for (int i = 0; i < copies && kernel.pack != nullptr; i++) {
    packed.emplace_back(floats);
    kernel.pack(op, {tensors.data(), nullptr, nullptr}, packed.back().data());
  }
  Buffer scratch(kernel.scratch_floats != nullptr ? kernel.scratch_floats(op, call.maps, settings.threads) : 0);
  call.scratch = scratch.data();
  call.pool = &pool;
  auto run = [&](std::size_t i) {
    if (!packed.empty()) call.packed = packed[i % packed.size()].data();
    kernel.run(op, call);
  };

  run(0);
  const Difference d = c.check(kernel, inputs, y.view());
  if (!d.ok()) return state.SkipWithError(("wrong result: " + d.text()).c_str());
  std::size_t i = 0;
  for (auto _ : state) run(i++);
  std::int64_t moved = out.count();
  for (const Shape& s : in) moved += s.count();
  for (std::int64_t n : c.site.params) moved += n;
  set_counters(state, settings, 2.0 * double(macs(op, std::span<const Shape>(in), out)), double(moved), c.site.count);
  state.SetLabel(c.site.node);
}

// One benchmark for each kernel that this machine can run; the reference is what they are checked against, not timed.
template <class P> void add_case(const Settings& settings, const OpCase<P>& c) {
  const Site<P>& site = c.site;
  for (const Kernel<P>* k : kernels_of<P>) {
    if (k->target == Target::ref || !available(k->target)) continue;
    std::vector<View<const float>> views;
    for (const Shape& s : site.in) views.push_back(layout_of(s, site.layout, site.halo));
    const Maps maps{views.data(), int(views.size()), layout_of(infer(site.op, std::span<const Shape>(site.in)), c.out_layout, c.out_halo())};
    if (k->accepts != nullptr && !k->accepts(site.op, maps)) continue;
    const std::string name = fmt::format("{}/{}/{}", op_name<P>, k->name, c.name);
    auto* b = benchmark::RegisterBenchmark(name.c_str(), [&settings, k, c](benchmark::State& state) { time_kernel(state, settings, *k, c); });
    b->Unit(benchmark::kMillisecond);
    if (settings.threads > 1) b->UseRealTime(); // a single thread is measured by its own clock, which stops while other programs run
  }
}

// The tables.
void add_conv2d(const Settings& settings);
void add_others(const Settings& settings); // all other ops

} // namespace pose::bench
