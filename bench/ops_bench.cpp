// What the benchmarks of all ops share.
// SPDX-License-Identifier: MIT
#include "bench/ops_bench.h"

#include "nets/zoo.h"

#include <algorithm>
#include <random>

namespace pose::bench {
namespace {

Net load_net(const std::string& name, int side) {
  ModelOptions options;
  options.inp_dim = side;
  return {side == 0 ? name : fmt::format("{}-{}", name, side), load_graph(name, options)};
}

} // namespace

const std::vector<Net>& nets() {
  static const std::vector<Net> all = {
      load_net("yolov3-spp", 608),  load_net("yolov3", 608),          load_net("yolov3-tiny", 416),
      load_net("yolov4-tiny", 416), load_net("yolo-fastest-xl", 320), load_net("fastpose", 0),
  };
  return all;
}

Inputs make_inputs(const std::vector<Shape>& shapes, Layout layout, int halo, const std::vector<std::int64_t>& weights) {
  std::mt19937 engine(1);
  auto fill = [&](std::vector<float>& v) {
    for (float& f : v) f = float(engine() >> 8) * 0x1p-23f - 1;
  };
  Inputs inputs;
  for (const Shape& s : shapes) {
    fill(inputs.values.emplace_back(std::size_t(s.count())));
    inputs.tensors.emplace_back(s, layout, halo);
    from_nchw(inputs.values.back().data(), inputs.tensors.back().view());
    inputs.views.push_back(inputs.tensors.back().view());
  }
  for (std::int64_t n : weights) fill(inputs.weights.emplace_back(std::size_t(n)));
  return inputs;
}

int rotated_copies(const Settings& settings, std::int64_t packed_floats) {
  constexpr std::int64_t kCacheFloats = 32 << 20; // 128 MB: more than the caches of a server
  if (!settings.cold || packed_floats == 0) return 1;
  return int(std::max<std::int64_t>(1, kCacheFloats / packed_floats));
}

bool available(Target target) {
  return target <= best_target();
}

void set_counters(benchmark::State& state, const Settings& settings, double flop, double floats, int layers) {
  using benchmark::Counter;
  state.counters["GFLOP/s"] = Counter(flop * 1e-9, Counter::kIsIterationInvariantRate);
  state.counters["%peak"] = Counter(flop * 1e-9 / settings.peak / settings.threads * 100, Counter::kIsIterationInvariantRate);
  state.counters["GB/s"] = Counter(floats * sizeof(float) * 1e-9, Counter::kIsIterationInvariantRate);
  state.counters["layers"] = layers;
}

} // namespace pose::bench
