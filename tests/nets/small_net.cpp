// Implements small_net.h.
// SPDX-License-Identifier: MIT
#include "tests/nets/small_net.h"

#include "weights/synthetic.h"

#include <random>

namespace pose {
namespace {

ParamSpec weight_of(const std::string& name, const Conv2d& op) {
  return {name + ".weight", {op.out_c, op.in_c / op.groups, op.kernel_h, op.kernel_w}, Role::weight};
}

int conv(Graph& g, const std::string& name, int x, int out_c, int kernel, int stride) {
  const Conv2d op = conv2d(g[x].shape.c, out_c, kernel, stride, (kernel - 1) / 2);
  return g.add(name, op, {x}, {weight_of(name, op)});
}

int norm(Graph& g, const std::string& name, int x) {
  const int c = g[x].shape.c;
  const auto spec = [&](const char* field, Role role) { return ParamSpec{name + field, {c}, role}; };
  return g.add(name, BatchNorm{c, 1e-3f, kLinear}, {x},
               {spec(".gamma", Role::gamma), spec(".beta", Role::beta), spec(".mean", Role::mean), spec(".var", Role::var)});
}

int conv_norm_act(Graph& g, const std::string& name, int x, int out_c, int kernel, int stride, Act act) {
  return g.add(name, Activation{act}, {norm(g, name + ".bn", conv(g, name + ".conv", x, out_c, kernel, stride))});
}

int dense(Graph& g, const std::string& name, int x, int out_c, Act act) {
  Conv2d op = conv2d(g[x].shape.c, out_c, 1, 1, 0);
  op.bias = true;
  const int y = g.add(name + ".fc", op, {x}, {weight_of(name, op), {name + ".bias", {out_c}, Role::bias}});
  return g.add(name, Activation{act}, {y});
}

} // namespace

Graph small_net() {
  Graph g;
  g.title = "small";
  int x = g.input("input", 24, 20, 3);
  x = conv_norm_act(g, "stem", x, 32, 3, 2, kLeaky);
  const int skip = x;
  x = conv_norm_act(g, "a1", x, 16, 1, 1, kRelu);
  x = conv_norm_act(g, "a2", x, 32, 3, 1, Act{ActKind::mish});
  x = g.add("res1", Add{}, {x, skip});
  const int tap = x;
  int y = norm(g, "b.bn", conv(g, "b.conv", x, 32, 3, 1)); // batch norm without activation, then squeeze and excitation
  const int s = dense(g, "se2", dense(g, "se1", g.add("pool", AvgPool{.global = true}, {y}), 32, kRelu), 32, Act{ActKind::logistic});
  y = g.add("scaled", Scale{}, {y, s});
  const int side = norm(g, "side.bn", conv(g, "side", tap, 32, 1, 1));
  x = g.add("res2", Activation{kRelu}, {g.add("res2.add", Add{}, {y, side})});
  const int left = g.add("left", Slice{0, 16}, {x}), right = g.add("right", Slice{16, 16}, {x});
  const int l = conv_norm_act(g, "l", left, 16, 3, 1, kLeaky);
  const int joined = g.add("joined", Concat{}, {l, right, tap}); // tap has other readers, right is a slice
  const int up = g.add("up", Upsample{2}, {conv_norm_act(g, "u", joined, 24, 1, 1, kLeaky)});
  const int wide = conv_norm_act(g, "wide", g.add("route", Concat{}, {up}), 16, 5, 1, Act{ActKind::swish});
  const int odd = g.add("odd", Concat{}, {up, wide}); // 24 + 16: the second part does not start at a multiple of 16
  const int down = g.add("down", MaxPool{2, 2, 2, 2, 0, 0, 0, 0, Outside::ignore}, {odd});
  const int twice = g.add("twice", Concat{}, {joined, joined}); // the same value at two places
  const int deep =
      g.add("deep", Concat{}, {g.add("inner", Concat{}, {conv(g, "p", down, 16, 1, 1), conv(g, "q", twice, 32, 1, 1)}), conv(g, "r", tap, 16, 3, 1)});
  Conv2d head = conv2d(g[deep].shape.c, 2 * 7, 1, 1, 0);
  head.bias = true;
  const int raw = g.add("raw", head, {deep}, {weight_of("raw", head), {"raw.bias", {14}, Role::bias}});
  YoloHead yolo;
  yolo.anchors = 2;
  yolo.classes = 2;
  yolo.anchor_w[0] = yolo.anchor_h[1] = 10;
  yolo.anchor_w[1] = yolo.anchor_h[0] = 20;
  yolo.net_w = 20;
  yolo.net_h = 24;
  g.outputs = {g.add("head", yolo, {raw})};
  g.outputs.push_back(g.add("map", PixelShuffle{2}, {conv(g, "m", deep, 68, 3, 1)}));
  return g;
}

std::vector<float> run_small_net(const Graph& graph, const PlanOptions& options, int pictures, std::uint64_t seed) {
  const WeightStore weights = random_weights(graph.params(), 1);
  Plan plan(graph, weights, options);
  Shape shape = graph[0].shape;
  shape.n = pictures;
  std::vector<float> in(std::size_t(shape.count())), out;
  std::mt19937_64 random(seed);
  for (float& v : in) v = float(random() % 2001) / 1000 - 1;
  from_nchw(in.data(), plan.input(pictures));
  Pool pool(options.threads);
  plan.run(pictures, pool);
  for (int k = 0; k < int(graph.outputs.size()); k++) {
    const View<const float> v = plan.output(k);
    const std::size_t begin = out.size();
    out.resize(begin + std::size_t(v.shape.count()));
    to_nchw(v, out.data() + begin);
  }
  return out;
}

} // namespace pose
