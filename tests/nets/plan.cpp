// Tests plans: folding, fusing, memory reuse, batches and threads do not change the result.
// SPDX-License-Identifier: MIT
#include "nets/plan.h"

#include "nets/lower.h"
#include "tensor/compare.h"
#include "tensor/error.h"
#include "tests/nets/small_net.h"
#include "tests/targets.h"
#include "weights/synthetic.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

using namespace pose;

namespace {

constexpr double kDeep = 2e-5; // absolute, values of order 1: some 15 layers of rounding; folding changes every weight by half an ulp

std::set<std::string> names_of(const Graph& g) {
  std::set<std::string> names;
  for (const Node& n : g.nodes()) names.insert(n.name);
  return names;
}

} // namespace

TEST_CASE("fused and unfused plans agree, on every target") {
  const Graph net = small_net();
  const std::vector<float> want = run_small_net(net, {Target::ref, 2, 1, false, false}, 2);
  CHECK(std::any_of(want.begin(), want.end(), [](float v) { return std::abs(v) > 0.1f; }));
  for (Target target : targets_with_kernels()) {
    for (bool fuse : {false, true}) {
      const Difference d = compare(run_small_net(net, {target, 2, 1, fuse, false}, 2), want, kDeep, 1e-4);
      CHECK_MESSAGE(d.ok(), name_of(target), " fuse ", fuse, ": ", d.text());
    }
  }
}

TEST_CASE("memory reuse, batch size and threads change no bit") {
  const Graph net = small_net();
  for (Target target : targets_with_kernels()) {
    const std::vector<float> want = run_small_net(net, {target, 3, 1, true, true}, 3);
    for (int threads : {1, 2, 5}) CHECK(compare(run_small_net(net, {target, 3, threads, true, false}, 3), want, 0).ok());
    CHECK(compare(run_small_net(net, {target, 7, 2, true, false}, 3), want, 0).ok()); // the batch is smaller than the plan allows
    CHECK(compare(run_small_net(net, {target, 3, 2, true, false, true}, 3), want, 0).ok());
    const WeightStore weights = random_weights(net.params(), 1);
    Plan plan(net, weights, {target, 3, 1, true, false});
    Pool pool(1);
    std::vector<float> last;
    for (int repeat = 0; repeat < 3; repeat++) { // memory still holds the values of the last run
      Shape s = net[0].shape;
      const View<float> in = plan.input(2);
      for (int n = 0; n < 2; n++) {
        for (int y = 0; y < s.h; y++) {
          for (int x = 0; x < s.w; x++) {
            for (int c = 0; c < s.c; c++) in.at(n, y, x, c) = float(n + y - x * c) / 20;
          }
        }
      }
      plan.run(2, pool);
      std::vector<float> out(std::size_t(plan.output(1).shape.count()));
      to_nchw(plan.output(1), out.data());
      if (repeat > 0) CHECK(compare(out, last, 0).ok());
      last = out;
    }
  }
}

TEST_CASE("every value can be observed, and keep_all keeps it") {
  const Graph net = small_net();
  const WeightStore weights = random_weights(net.params(), 1);
  Plan plan(net, weights, {Target::ref, 1, 1, false, true});
  Pool pool(1);
  from_nchw(std::vector<float>(std::size_t(net[0].shape.count()), 0.25f).data(), plan.input(1));
  std::set<std::string> seen = {"input"};
  plan.run(1, pool, [&](const Step& step, View<const float> v) {
    CHECK(v.shape == net[net.find(plan.graph()[step.node].name)].shape);
    seen.insert(plan.graph()[step.node].name);
  });
  CHECK(seen == names_of(net));
}

TEST_CASE("folding and fusing leave only nodes that must run") {
  const Graph net = small_net();
  const WeightStore weights = random_weights(net.params(), 1);
  const Lowered low = fuse(fold(bind(net, weights)));
  const std::set<std::string> names = names_of(low.graph);
  CHECK(names.count("stem") == 1);
  CHECK(names.count("stem.conv") == 0);
  CHECK(names.count("stem.bn") == 0);
  CHECK(names.count("res1") == 1); // a2 includes the addition
  CHECK(names.count("a2") == 0);
  CHECK(names.count("res2.add") == 0);
  CHECK(names.count("route") == 0);
  for (const Node& n : low.graph.nodes()) {
    CHECK_FALSE(std::holds_alternative<BatchNorm>(n.op));
    CHECK_FALSE(std::holds_alternative<Activation>(n.op));
    CHECK_FALSE(std::holds_alternative<Add>(n.op));
  }
  CHECK(low.graph.macs() < net.macs());
}

TEST_CASE("concats of whole blocks cost no copy") {
  const Graph net = small_net();
  const WeightStore weights = random_weights(net.params(), 1);
  const Plan plan(net, weights, {Target::ref, 1, 1, true, false});
  const auto kernel = [&](const std::string& name) {
    for (const Step& s : plan.steps()) {
      if (plan.graph()[s.node].name == name) return std::string(s.kernel);
    }
    return std::string("none");
  };
  CHECK(kernel("deep") == "view");
  CHECK(kernel("inner") == "view");
  CHECK(kernel("left") == "view");
  CHECK(kernel("odd") == "ref");
  CHECK(kernel("twice") == "ref");
  const Plan keep(net, weights, {Target::ref, 1, 1, true, true});
  CHECK(plan.arena_bytes() < keep.arena_bytes() / 2);
}

TEST_CASE("a plan takes the requested kernels, for any larger batch size") {
  const Graph net = small_net();
  const std::vector<float> ref = run_small_net(net, {Target::ref, 3, 1, true, false}, 3);
  const WeightStore weights = random_weights(net.params(), 1);
  for (Target target : targets_with_kernels()) {
    const Plan chosen(net, weights, {target, 3, 1, true, false});
    std::size_t most = 1;
    for (const Step& s : chosen.steps()) most = std::max(most, s.candidates.size());
    CHECK((target == Target::ref || most > 3));
    for (std::size_t i = 0; i < most; i++) {
      PlanOptions options{target, 3, 1, true, false};
      for (const Step& s : chosen.steps()) {
        if (!s.candidates.empty()) options.kernels.kernel_of[chosen.graph()[s.node].name] = s.candidates[i % s.candidates.size()];
      }
      const Plan forced(net, weights, options);
      for (const Step& s : forced.steps()) {
        if (!s.candidates.empty()) CHECK(s.kernel == options.kernels.kernel_of[forced.graph()[s.node].name]);
      }
      const std::vector<float> want = run_small_net(net, options, 3);
      CHECK(compare(want, ref, kDeep, 1e-4).ok());
      for (int batch = 4; batch < 12; batch++) { // scratch must suffice for smaller batches, which may be split differently
        options.batch = batch;
        options.threads = 1 + batch % 3;
        CHECK(compare(run_small_net(net, options, 3), want, 0).ok());
      }
    }
  }
}

TEST_CASE("candidates include the chosen kernel, and forcing it changes no bit") {
  const Graph net = small_net();
  const WeightStore weights = random_weights(net.params(), 1);
  const Target target = targets_with_kernels().back();
  PlanOptions options{target, 2, 1, true, false};
  const std::vector<float> want = run_small_net(net, options, 2);
  const Plan plan(net, weights, options);
  for (const Step& s : plan.steps()) {
    const auto is_it = [&](const char* name) { return std::string(name) == s.kernel; };
    CHECK((s.candidates.empty() ? std::string(s.kernel) == "view" : std::count_if(s.candidates.begin(), s.candidates.end(), is_it) == 1));
    if (!s.candidates.empty()) options.kernels.kernel_of[plan.graph()[s.node].name] = s.kernel;
  }
  CHECK(compare(run_small_net(net, options, 2), want, 0).ok());
}

TEST_CASE("kernels that cannot be used are refused") {
  const Graph net = small_net();
  const WeightStore weights = random_weights(net.params(), 1);
  const auto expect_error = [&](const std::string& node, const std::string& kernel, const std::string& message) {
    PlanOptions options{Target::ref, 1, 1, true, false};
    options.kernels = {"tuned.json", {{node, kernel}}};
    try {
      Plan plan(net, weights, options);
      FAIL("no error");
    } catch (const Error& e) {
      CHECK(std::string(e.what()) == message);
    }
  };
  expect_error("wide", "fast", "tuned.json: node wide: expected a kernel that ref takes here (ref), found fast");
  expect_error("wide", "avx2_gemm", "tuned.json: node wide: expected a kernel that ref takes here (ref), found avx2_gemm"); // of a better machine
  const std::string none = ": expected a layer that small computes, found none of that name";
  expect_error("wide.conv", "ref", "tuned.json: node wide.conv" + none); // fused into another node
  expect_error("left", "ref", "tuned.json: node left" + none);           // a view
  expect_error("input", "ref", "tuned.json: node input" + none);
  expect_error("", "ref", "tuned.json: node " + none);
}

TEST_CASE("binding refuses missing tensors, unused ones and wrong shapes") {
  const Graph net = small_net();
  const PlanOptions options;
  std::vector<ParamSpec> specs = net.params();
  const auto expect_error = [&](const std::vector<ParamSpec>& in_file, const std::string& word) {
    try {
      Plan plan(net, random_weights(in_file, 1), options);
      FAIL("no error");
    } catch (const Error& e) {
      CHECK_MESSAGE(std::string(e.what()).find(word) != std::string::npos, e.what());
    }
  };
  std::vector<ParamSpec> bad = specs;
  bad.pop_back();
  expect_error(bad, specs.back().name);
  bad = specs;
  bad.push_back({"surplus", {3}, Role::weight});
  expect_error(bad, "surplus");
  bad = specs;
  bad[0].shape[0] += 1;
  expect_error(bad, bad[0].name);
}

TEST_CASE("a negative variance is refused") {
  Graph net;
  const int x = net.input("in", 2, 2, 3);
  std::vector<ParamSpec> specs;
  for (const char* field : {"gamma", "beta", "mean", "var"}) specs.push_back({field, {3}, Role::gamma});
  net.outputs = {net.add("norm", BatchNorm{3, 1e-5f, kLinear}, {x}, specs)};
  const std::vector<float> ones(3, 1.0f), var = {1, -0.5f, 1};
  WeightStore store("some file");
  for (const ParamSpec& spec : specs) store.add(spec.name, spec.shape, spec.name == "var" ? var.data() : ones.data());
  try {
    bind(net, store);
    FAIL("no error");
  } catch (const Error& e) {
    CHECK(std::string(e.what()) == "some file: var[1]: expected a variance, found -0.5");
  }
}

TEST_CASE("a plan refuses a batch of 0, 0 threads and an empty graph") {
  const Graph net = small_net();
  const WeightStore weights = random_weights(net.params(), 1);
  CHECK_THROWS_AS(Plan(net, weights, {Target::ref, 0, 1, true, false}), Error);
  CHECK_THROWS_AS(Plan(net, weights, {Target::ref, 1, 0, true, false}), Error);
  CHECK_THROWS_AS(Plan(Graph{}, random_weights({}, 1), PlanOptions{}), Error);
}
