// Tests plans that run step by step, with values that are overwritten between steps.
// SPDX-License-Identifier: MIT
#include "nets/plan.h"
#include "tensor/chunks.h"
#include "tensor/compare.h"
#include "tests/nets/small_net.h"
#include "tests/targets.h"
#include "weights/synthetic.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>
#include <variant>

using namespace pose;

namespace {

using Values = std::map<std::string, std::vector<float>>; // by layer

std::vector<float> dense(View<const float> v, bool rows) {
  std::vector<float> values(std::size_t(v.shape.count()));
  for (const Chunk& p : chunks_of(v.shape, rows)) get_chunk(v, rows, p, values.data() + p.first);
  return values;
}

void set(View<float> v, bool rows, const std::vector<float>& values) {
  for (const Chunk& p : chunks_of(v.shape, rows)) set_chunk(v, rows, p, values.data() + p.first);
}

// Returns every layer's value; those of `forced` replace the computed ones.
Values run_steps(const Graph& net, const PlanOptions& options, float input, const Values& forced = {}) {
  const WeightStore weights = random_weights(net.params(), 1);
  Plan plan(net, weights, options);
  Pool pool(options.threads);
  from_nchw(std::vector<float>(std::size_t(net[0].shape.count()), input).data(), plan.input(1));
  Values values;
  for (int k = 0; k < int(plan.steps().size()); k++) {
    const Node& node = plan.graph()[plan.run_step(k, 1, pool).node];
    values[node.name] = dense(plan.value(1), is_yolo_output(node));
    if (const auto to = forced.find(node.name); to != forced.end()) set(plan.value(1), is_yolo_output(node), to->second);
  }
  return values;
}

} // namespace

TEST_CASE("values without aliased buffers are bit-identical, and so are steps and runs") {
  const Graph net = small_net();
  for (Target target : targets_with_kernels()) {
    for (bool fuse : {false, true}) {
      PlanOptions options{target, 1, 2, fuse, false};
      const Values nested = run_steps(net, options, 0.25f);
      options.alias_buffers = false;
      const Values no_alias = run_steps(net, options, 0.25f);
      REQUIRE(nested.size() == no_alias.size());
      for (const auto& layer : nested) CHECK_MESSAGE(compare(no_alias.at(layer.first), layer.second, 0).ok(), layer.first);
    }
  }
}

TEST_CASE("with another run's values forced upon it, every layer computes what that run computed") {
  const Graph net = small_net();
  for (Target target : targets_with_kernels()) {
    PlanOptions options{target, 1, 1, false, false};
    options.alias_buffers = false;
    const Values reference = run_steps(net, options, 0.5f);
    for (const auto& layer : run_steps(net, options, -1, reference)) {
      const Node& node = net[net.find(layer.first)];
      const bool from_input = node.inputs[0] == 0;
      CHECK_MESSAGE(compare(layer.second, reference.at(layer.first), 0).ok() != from_input, layer.first);
    }
  }
}

TEST_CASE("overwriting a value changes its readers only, also where a concat or a slice could have shared its memory") {
  const Graph net = small_net();
  PlanOptions options{Target::ref, 1, 1, false, false};
  options.alias_buffers = false;
  const Values plain = run_steps(net, options, 0.25f);
  for (const std::string name : {"joined", "left", "deep", "q", "up"}) {
    REQUIRE(net.find(name) > 0);
    std::vector<float> changed = plain.at(name);
    for (float& v : changed) v += 1;
    const Values values = run_steps(net, options, 0.25f, {{name, changed}});
    std::vector<bool> reached(std::size_t(net.size()), false);
    for (int id = 1; id < net.size(); id++) {
      for (int in : net[id].inputs) reached[std::size_t(id)] = reached[std::size_t(id)] || in == net.find(name) || reached[std::size_t(in)];
      if (!reached[std::size_t(id)]) CHECK_MESSAGE(compare(values.at(net[id].name), plain.at(net[id].name), 0).ok(), name, " changed ", net[id].name);
      if (std::count(net[id].inputs.begin(), net[id].inputs.end(), net.find(name)) > 0)
        CHECK_MESSAGE(!compare(values.at(net[id].name), plain.at(net[id].name), 0).ok(), name, " did not reach ", net[id].name);
    }
  }
}
