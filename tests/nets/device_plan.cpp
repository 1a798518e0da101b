// Tests plans on the emulated device: memory layout, graphs and streams, and error messages.
// SPDX-License-Identifier: MIT
#include "nets/device_plan.h"

#include "tensor/compare.h"
#include "tensor/error.h"
#include "tests/device/emulating.h"
#include "tests/error_of.h"
#include "tests/nets/device_net.h"
#include "weights/synthetic.h"

#include <doctest/doctest.h>

#include <string>

using namespace pose;
using pose::device_test::Emulating;
using pose::testing::error_of;

namespace {

// Slices and a concat that are views, an identity, values with two readers; two outputs, one of them inside another value.
Graph branches() {
  Graph g;
  g.title = "branches";
  const int x = g.add("first", Activation{kLeaky}, {g.input("input", 5, 6, 24)});
  const int left = g.add("left", Slice{0, 8}, {x}), right = g.add("right", Slice{8, 16}, {x});
  const int l = g.add("l", Activation{kRelu}, {left}), r = g.add("r", Activation{Act{ActKind::relu6}}, {right});
  const int both = g.add("both", Concat{}, {r, l});
  const int same = g.add("same", Concat{}, {both});
  g.outputs = {g.add("last", Activation{Act{ActKind::swish}}, {g.add("middle", Activation{Act{ActKind::mish}}, {same})}), l};
  return g;
}

double bound_of(Precision p) { // of branches(): four roundings of values below 1 each
  return p == Precision::fp16 ? 4 * 0x1p-12 : 1e-6;
}

} // namespace

TEST_CASE("the device computes what the CPU computes, for any batch size, captured or not, with memory reused or not") {
  const Graph net = branches();
  for (const Precision p : kPrecisions) {
    for (int pictures = 1; pictures <= 3; pictures++) {
      const std::vector<float> want = run_on_cpu(net, pictures);
      const std::vector<float> got = run_on_device(net, {.precision = p, .batch = 3}, pictures);
      const Difference d = compare(got, want, bound_of(p));
      CHECK_MESSAGE(d.ok(), name_of(p), ", ", pictures, ": ", d.text());
      CHECK(compare(run_on_device(net, {.precision = p, .batch = pictures, .capture = false}, pictures), got, 0).ok());
      CHECK(compare(run_on_device(net, {.precision = p, .batch = 5, .fuse = false, .keep_all = true}, pictures), got, 0).ok());
    }
  }
}

TEST_CASE("concats and slices of whole groups of channels cost no copy; memory is reused") {
  Gpu gpu(kEmulated);
  const Graph net = branches();
  const DevicePlan plan(net, random_weights({}, 1), {.precision = Precision::fp16, .batch = 2, .fuse = false}, gpu);
  for (const DeviceStep& s : plan.steps()) {
    const std::string& name = plan.graph()[s.node].name;
    const bool view = name == "left" || name == "right" || name == "both" || name == "same";
    CHECK_MESSAGE(std::string(s.kernel) == (view ? "view" : "cuda"), name);
    CHECK(s.out.pitch == 24);
    CHECK(s.out.element == (name == "last" ? Element::f32 : Element::f16)); // l is an output, too, but is stored inside both
  }
  const int map = 5 * 6 * 24 * 2 * 2, mapped = (map + 255) / 256 * 256, wide = (2 * map + 255) / 256 * 256;
  const DevicePlan keep(net, random_weights({}, 1), {.precision = Precision::fp16, .batch = 2, .fuse = false, .keep_all = true}, gpu);
  CHECK(keep.arena_bytes() == 4 * mapped + wide); // input, first, both, middle, last
  CHECK(plan.arena_bytes() < 3 * mapped + wide);
}

TEST_CASE("a graph that cannot run is refused when it is planned") {
  Gpu gpu(kEmulated);
  const auto plan_error = [&](const Graph& g, int batch) {
    return error_of([&] { DevicePlan(g, random_weights(g.params(), 1), {.batch = batch}, gpu); });
  };
  CHECK(plan_error(branches(), 0) == "plan: expected at least 1 image, found 0");
  CHECK(plan_error(Graph{}, 1) == ": expected the first node to be the input");
  DevicePlan plan(branches(), random_weights({}, 1), {.batch = 2}, gpu);
  Stream stream(gpu);
  for (const int n : {0, 3}) {
    const std::string want = fmt::format("branches: expected 1 to 2 images, found {}", n);
    CHECK(error_of([&] { plan.enqueue(n, stream); }) == want);
    CHECK(error_of([&] { plan.input(n); }) == want);
    CHECK(error_of([&] { plan.output(0, n); }) == want);
  }
}

TEST_CASE("insufficient memory: the error gives the required size and the largest batch that fits") {
  const Graph net = branches();
  const auto error_with = [&](std::int64_t bytes, int batch) {
    const Emulating limits({.memory = bytes});
    Gpu gpu(kEmulated);
    return error_of([&] { DevicePlan(net, random_weights({}, 1), {.batch = batch}, gpu); });
  };
  Gpu gpu(kEmulated);
  const auto arena = [&](int batch) { return DevicePlan(net, random_weights({}, 1), {.batch = batch}, gpu).arena_bytes(); };
  CHECK(error_with(arena(400), 400) == "");
  CHECK(
      error_with(arena(400) - 1, 400) ==
      fmt::format("branches: expected {0:.1f} MB of memory on emulated for batches of 400 (weights 0.0, activations {0:.1f}), found {0:.1f} MB free; "
                  "batches of 399 would fit",
                  1e-6 * double(arena(400))));
  CHECK(error_with(arena(1) - 1, 300) ==
        fmt::format("branches: expected {0:.1f} MB of memory on emulated for batches of 300 (weights 0.0, activations {0:.1f}), found 0.0 MB free; "
                    "not even single images would fit",
                    1e-6 * double(arena(300))));
}

TEST_CASE("each batch size is captured once") {
  Gpu gpu(kEmulated);
  DevicePlan plan(branches(), random_weights({}, 1), {.batch = 2}, gpu);
  Stream stream(gpu);
  const std::vector<float> pictures = random_pictures(plan.graph(), 2);
  const std::vector<float> one = run_on_device(plan, stream, pictures, 1), two = run_on_device(plan, stream, pictures, 2);
  const Emulating failing({.fail_launch = 1, .fail_capture = 1}); // from now on neither single launches nor captures succeed
  CHECK(compare(run_on_device(plan, stream, pictures, 1), one, 0).ok());
  CHECK(compare(run_on_device(plan, stream, pictures, 2), two, 0).ok());
}

TEST_CASE("lazy streams: a run waits for its input and is complete at synchronization") {
  const Graph net = branches();
  const std::vector<float> want = run_on_device(net, {.batch = 2}, 2);
  const Emulating lazy({.lazy = true});
  for (const bool capture : {true, false}) CHECK(compare(run_on_device(net, {.batch = 2, .capture = capture}, 2), want, 0).ok());
  Gpu gpu(kEmulated);
  DevicePlan plan(net, random_weights({}, 1), {.batch = 2}, gpu);
  Stream run(gpu), copies(gpu);
  Event done(gpu);
  plan.write_input(random_pictures(net, 2).data(), 2, copies);
  std::vector<float> got(want.size(), 0.0f);
  const DeviceMap y = plan.output(0, 2);
  std::vector<float> early(std::size_t(y.pixels() * y.pitch)), late(early);
  plan.enqueue(2, run);
  run.record(done);
  CHECK(error_of([&] { ms_between(done, done); }) == "time between events: expected both to have happened");
  copies.copy_out(early.data(), y.data, std::int64_t(early.size() * sizeof(float))); // does not wait: the run has not begun
  copies.synchronize();
  CHECK(early[0] != early[0]); // NaN
  copies.wait(done);
  copies.copy_out(late.data(), y.data, std::int64_t(late.size() * sizeof(float)));
  copies.synchronize();
  CHECK(ms_between(done, done) == 0);
  const std::vector<float> dense = plan.read(plan.graph().outputs[0], 2, copies);
  CHECK(std::equal(dense.begin(), dense.end(), want.begin()));
  CHECK(late[1] == dense[30]); // channel 1 of the first pixel
}

TEST_CASE("every value can be observed, with its time") {
  const Graph net = branches();
  Gpu gpu(kEmulated);
  DevicePlan plan(net, random_weights({}, 1), {.batch = 2, .fuse = false}, gpu);
  Stream stream(gpu);
  plan.write_input(random_pictures(net, 2).data(), 2, stream);
  std::size_t steps = 0;
  std::vector<float> last;
  plan.run_observed(2, stream, [&](const DeviceStep& s, float ms) {
    CHECK(s.node == plan.steps()[steps++].node);
    CHECK((ms >= 0 && ms < 1000));
    last = plan.read(s.node, 2, stream);
    CHECK(last.size() == std::size_t(2 * plan.graph()[s.node].shape.count()));
  });
  CHECK(steps == plan.steps().size());
  CHECK(std::equal(last.begin(), last.end(), run_on_device(net, {.batch = 2, .fuse = false}, 2).begin()));
}

TEST_CASE("failures name net, layer and kernel, and the plan can run after them") {
  Gpu gpu(kEmulated);
  const Graph net = branches();
  DevicePlan plan(net, random_weights({}, 1), {.batch = 2}, gpu);
  DevicePlan direct(net, random_weights({}, 1), {.batch = 2, .capture = false}, gpu);
  Stream stream(gpu);
  const std::vector<float> pictures = random_pictures(net, 2);
  const auto error_with = [&](DevicePlan& p, const Emulation& e) {
    p.write_input(pictures.data(), 2, stream);
    const Emulating failing(e);
    return error_of([&] {
      p.enqueue(2, stream);
      p.finish(stream);
    });
  };
  for (const bool lazy : {false, true}) {
    CHECK(error_with(direct, {.lazy = lazy, .fail_launch = 2}) == "branches: layer l: kernel activation: cannot be launched (error 1)");
    CHECK(error_with(direct, {.lazy = lazy, .fail_kernel = 2}) == "branches: kernel activation: failed; a layer-by-layer run finds the layer");
    CHECK(error_with(direct, {.lazy = lazy}) == "");
  }
  CHECK(error_with(plan, {.fail_launch = 3}) == "branches: layer r: kernel activation: cannot be launched (error 1)"); // during the capture
  CHECK(error_with(plan, {.fail_capture = 1}) == "branches: graph of 2 images: the device refuses a graph of 5 pieces of work");
  for (const bool lazy : {false, true}) {
    CHECK(error_with(plan, {.lazy = lazy, .fail_kernel = 2}) == "branches: kernel activation: failed; a layer-by-layer run finds the layer");
    CHECK(error_with(plan, {.lazy = lazy}) == "");
  }
  const Emulating failing({.fail_kernel = 2, .fail_copy = 1});
  CHECK(error_of([&] { plan.write_input(pictures.data(), 1, stream); }) == "branches: a copy of 2880 bytes failed");
  CHECK(error_of([&] { plan.run_observed(1, stream, [](const DeviceStep&, float) {}); }) ==
        "branches: layer l, kernel cuda: kernel activation: failed");
}
