// Tests the choice of conv2d kernels on layers of the networks: every bit of a result depends on it.
// SPDX-License-Identifier: MIT
#include "ops/conv2d/cost.h"

#include "tensor/target.h"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace pose;

namespace {

struct Layer {
  Conv2d op;
  Shape in;
  std::string avx512, avx2; // the cheapest kernels, without the target's name
};

Layer layer(int in_c, int h, int w, int out_c, const std::string& avx512, const std::string& avx2) {
  return {conv2d(in_c, out_c, 3, 1, 1), {1, h, w, in_c}, avx512, avx2};
}

// Layers whose best kernels are more than 2 % apart by the model; F(5 x 5) includes its handicap, and is not for 16 input channels.
const std::vector<Layer>& layers() {
  static const std::vector<Layer> all = {
      layer(16, 208, 208, 32, "winograd4", "winograd4"),  layer(32, 104, 104, 32, "winograd5", "winograd5"),
      layer(32, 104, 104, 64, "winograd5", "winograd5"),  layer(32, 304, 304, 64, "winograd5", "winograd5"),
      layer(64, 52, 52, 128, "winograd4", "winograd4"),   layer(64, 80, 64, 64, "winograd5", "winograd5"),
      layer(64, 104, 104, 64, "winograd5", "winograd5"),  layer(64, 152, 152, 128, "winograd5", "winograd5"),
      layer(128, 26, 26, 128, "winograd4", "winograd4"),  layer(128, 52, 52, 128, "winograd4", "winograd4"),
      layer(128, 80, 64, 33, "winograd5", "winograd5"),   layer(256, 13, 13, 512, "winograd5", "winograd5"),
      layer(512, 10, 8, 512, "winograd4", "winograd2"),   layer(512, 13, 13, 512, "winograd5", "winograd5"),
      layer(512, 13, 13, 1024, "winograd5", "winograd5"), layer(512, 20, 16, 1024, "winograd4", "winograd4"),
  };
  return all;
}

// Maps without data.
struct Site {
  View<const float> in;
  Maps maps;

  explicit Site(const Layer& l) : in(layout_of(l.in, Layout::blocked, 1)) {
    maps = {&in, 1, layout_of({1, l.in.h, l.in.w, l.op.out_c}, Layout::blocked, 1)};
  }
};

template <int width> std::string cheapest(const Conv2d& op, const Maps& maps) {
  std::string name;
  double least = 0;
  const auto offer = [&](const char* kernel, double cost) {
    CHECK(cost > 0);
    if (!name.empty() && !(cost < least)) return;
    name = kernel;
    least = cost;
  };
  offer("winograd4", winograd_cost<width, 4>(op, maps));
  offer("winograd5", winograd_cost<width, 5>(op, maps));
  offer("winograd2", winograd_cost<width, 2>(op, maps));
  offer("gemm", gemm_cost<width>(op, maps));
  return name;
}

void check_choice(const Layer& l, const Maps& maps, Target target, const std::string& want) {
  if (target > best_target()) return; // accepts() is compiled for that target
  CHECK(choose(conv2d_kernels, target, l.op, maps).name == std::string(name_of(target)) + "_" + want);
}

} // namespace

TEST_CASE("each layer gets the cheapest kernel and the planner's choice") {
  for (const Layer& l : layers()) {
    CAPTURE(l.in.c);
    CAPTURE(l.in.h);
    CAPTURE(l.in.w);
    CAPTURE(l.op.out_c);
    const Site site(l);
    CHECK(cheapest<16>(l.op, site.maps) == l.avx512);
    CHECK(cheapest<8>(l.op, site.maps) == l.avx2);
    check_choice(l, site.maps, Target::avx512, l.avx512);
    check_choice(l, site.maps, Target::avx2, l.avx2);
  }
}

TEST_CASE("no cost depends on the batch") {
  for (const Layer& l : layers()) {
    Site site(l);
    const double gemm = gemm_cost<16>(l.op, site.maps), winograd = winograd_cost<16, 4>(l.op, site.maps);
    site.in.shape.n = site.maps.out.shape.n = 7;
    CHECK(gemm_cost<16>(l.op, site.maps) == gemm);
    CHECK(winograd_cost<16, 4>(l.op, site.maps) == winograd);
  }
}

TEST_CASE("costs rise with the work") {
  const Layer small = layer(64, 40, 32, 64, "", "");
  for (const Layer& large : {layer(128, 40, 32, 64, "", ""), layer(64, 40, 32, 128, "", ""), layer(64, 80, 32, 64, "", "")}) {
    const Site a(small), b(large);
    CHECK(gemm_cost<8>(large.op, b.maps) > 1.5 * gemm_cost<8>(small.op, a.maps));
    CHECK(winograd_cost<8, 2>(large.op, b.maps) > 1.5 * winograd_cost<8, 2>(small.op, a.maps));
    CHECK(winograd_cost<16, 5>(large.op, b.maps) > 1.4 * winograd_cost<16, 5>(small.op, a.maps));
  }
}
