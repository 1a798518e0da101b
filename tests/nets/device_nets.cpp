// Tests whole networks on the emulated device against the reference implementation on the CPU.
// SPDX-License-Identifier: MIT
#include "nets/fastpose.h"
#include "nets/plan.h"
#include "nets/zoo.h"
#include "tensor/compare.h"
#include "tests/nets/device_net.h"
#include "tests/nets/small_net.h"
#include "weights/synthetic.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

using namespace pose;

namespace {

// Returns the number of consecutive sums of products on the longest path through the graph.
int depth_of(const Graph& graph) {
  std::vector<int> depth(std::size_t(graph.size()), 0);
  for (int id = 0; id < graph.size(); id++) {
    const Op& op = graph[id].op;
    int& d = depth[std::size_t(id)];
    for (int in : graph[id].inputs) d = std::max(d, depth[std::size_t(in)]);
    if (std::holds_alternative<Conv2d>(op) || std::holds_alternative<ConvTranspose2d>(op)) d++;
  }
  return *std::max_element(depth.begin(), depth.end());
}

// The largest allowed |got - want| / |want| (Euclidean norms) of an output.  Each sum reads values and weights that were rounded to 11 bits (fp16,
// tf32).  random_weights() keep the norm of values from layer to layer, and so that of their errors.  fp32: sums of at most 4608 products, whose
// rounding errors add like random ones.
double bound_of(Precision p, int depth) {
  const double of_one = p == Precision::fp32 ? 68 * 0x1p-24 : 2 * 0x1p-11;
  return depth * of_one;
}

void check_outputs(const Graph& graph, const std::vector<float>& got, const std::vector<float>& want, int pictures, Precision p, const char* what) {
  REQUIRE(got.size() == want.size());
  std::size_t at = 0;
  for (int id : graph.outputs) {
    double error = 0, norm = 0;
    const std::size_t end = at + std::size_t(graph[id].shape.count() * pictures);
    for (; at < end; at++) {
      error += std::pow(double(got[at]) - want[at], 2);
      norm += std::pow(double(want[at]), 2);
    }
    const double distance = std::sqrt(error / norm), bound = bound_of(p, depth_of(graph));
    CHECK_MESSAGE(distance <= bound, graph.title, ", ", name_of(p), ", ", what, ", ", graph[id].name, ": ", distance, " of ", bound);
  }
  CHECK(at == got.size());
}

} // namespace

TEST_CASE("the small network matches the CPU, fused or not, in every precision") {
  const Graph net = small_net();
  const std::vector<float> want = run_on_cpu(net, 2);
  for (const Precision p : kPrecisions) {
    for (const bool fuse : {true, false}) {
      const std::vector<float> got = run_on_device(net, {.precision = p, .batch = 2, .fuse = fuse}, 2);
      check_outputs(net, got, want, 2, p, fuse ? "fused" : "as described");
      CHECK(compare(run_on_device(net, {.precision = p, .batch = 2, .fuse = fuse, .keep_all = true, .capture = false}, 2), got, 0).ok());
    }
  }
}

TEST_CASE("fp32: no bit depends on the batch size or on the largest batch size") {
  const Graph net = small_net();
  const std::vector<float> one = run_on_device(net, {.batch = 1}, 1);
  for (const int pictures : {1, 2, 3}) {
    const std::vector<float> all = run_on_device(net, {.batch = 3}, pictures);
    auto it = all.begin();
    auto want = one.begin();
    for (int id : net.outputs) {
      const std::int64_t count = net[id].shape.count();
      CHECK_MESSAGE(std::equal(want, want + count, it), net[id].name, " of ", pictures);
      want += count;
      it += count * pictures;
    }
  }
}

TEST_CASE("yolov3-tiny on the device matches the CPU") {
  const Graph net = load_graph("yolov3-tiny", {.inp_dim = 64});
  const std::vector<float> want = run_on_cpu(net, 1);
  for (const Precision p : kPrecisions) check_outputs(net, run_on_device(net, {.precision = p}, 1), want, 1, p, "fused");
}

TEST_CASE("a small SE-ResNet with a DUC head matches the CPU") {
  const Graph net = fastpose({.depth = 50, .input_h = 64, .input_w = 64, .heatmaps = 17, .width = 16});
  const std::vector<float> want = run_on_cpu(net, 1);
  for (const Precision p : kPrecisions) check_outputs(net, run_on_device(net, {.precision = p}, 1), want, 1, p, "fused");
}
