// Tests both networks with synthetic weights against the original's predictions, heatmaps and layer probes.
// SPDX-License-Identifier: MIT
#include "image/codec.h"
#include "image/letterbox.h"
#include "ops/bounds.h"
#include "pose/estimator.h"
#include "postprocess/heatmap.h"
#include "tensor/compare.h"
#include "tests/oracle/oracle.h"
#include "tests/targets.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

using namespace pose;

namespace {

// Cases are NAME_layers.json next to NAME.npz: yolo_seedS_P and pose_seedS_P.
struct NetCase {
  nlohmann::json layers;
  std::map<std::string, NpyArray> arrays;
  Model model;
  std::string picture;
};

bool is_yolo(const std::string& name) {
  return name.rfind("yolo", 0) == 0;
}

NetCase load_case(const std::string& name) {
  const oracle::Case info = oracle::load("nets", name);
  const int seed = info.info["seed"];
  const std::string net = is_yolo(name) ? "yolov3-spp" : "fastpose";
  ModelOptions options;
  options.bn_path = oracle::side_file(fmt::format("bn_{}_seed{}.bin", is_yolo(name) ? "yolo" : "pose", seed)).string();
  options.inp_dim = is_yolo(name) ? 608 : 0;
  const std::string npz = name.substr(0, name.size() - std::string("_layers").size()) + ".npz";
  const std::string stem = std::filesystem::path(info.info["image"].get<std::string>()).stem();
  return {info.info["layers"], read_npz((oracle::dir("nets") / npz).string()), load_model(fmt::format("{}@seed:{}", net, seed), options),
          (oracle::dir("nets") / ("letterbox608_" + stem + ".png")).string()};
}

// Writes the network's input as [n, c, h, w] into the plan.
int fill_input(const NetCase& c, Plan& plan) {
  if (c.arrays.count("prediction") > 0) {
    to_input(read_image(c.picture), plan.input(1), 0);
    return 1;
  }
  const NpyArray& inps = c.arrays.at("inps");
  from_nchw(inps.as<float>().data(), plan.input(int(inps.shape[0])));
  return int(inps.shape[0]);
}

int pictures_of(const NetCase& c) {
  return c.arrays.count("prediction") > 0 ? 1 : int(c.arrays.at("inps").shape[0]);
}

// Returns the targets of this machine that have a separate convolution, without the reference: it needs minutes for these networks.
std::vector<Target> fast_targets() {
  std::vector<Target> all = targets_with_kernels();
  all.erase(std::remove(all.begin(), all.end(), Target::ref), all.end());
  return all;
}

void report(const std::string& what, const Difference& d) {
  CHECK_MESSAGE(d.ok(), what, ": ", d.text());
  fmt::print("{}: {}\n", what, d.text());
}

std::vector<float> predictions(const Plan& plan) {
  std::vector<float> rows;
  for (const YoloOutput& r : yolo_outputs(plan, 0)) rows.insert(rows.end(), r.data, r.data + std::ptrdiff_t(r.count) * r.attributes);
  return rows;
}

std::vector<float> heatmaps(const Plan& plan) {
  const View<const float> v = plan.output(0);
  std::vector<float> maps(std::size_t(v.shape.count()));
  to_nchw(v, maps.data());
  return maps;
}

// Returns the probed elements of one layer, in the order of the case's indices.
std::vector<float> probe(View<const float> v, const std::vector<std::int64_t>& indices) {
  std::vector<float> dense(std::size_t(v.shape.count())), out;
  if (v.rows())
    std::copy_n(v.data, dense.size(), dense.begin());
  else
    to_nchw(v, dense.data());
  for (std::int64_t i : indices) out.push_back(dense.at(std::size_t(i)));
  return out;
}

} // namespace

TEST_CASE("network results match the original's") {
  for (const std::string& name : oracle::case_names("nets")) {
    const NetCase c = load_case(name);
    for (Target target : fast_targets()) {
      Plan plan(c.model.graph, *c.model.weights, {target, pictures_of(c), available_threads(), true, false});
      Pool pool(available_threads());
      plan.run(fill_input(c, plan), pool);
      const std::string what = fmt::format("{} {}", name, name_of(target));
      if (is_yolo(name))
        report(what, compare(predictions(plan), c.arrays.at("prediction").as<float>(), 1e-4, 2e-4));
      else
        report(what, compare(heatmaps(plan), c.arrays.at("hm33").as<float>(), 2e-3));
    }
  }
}

TEST_CASE("the flip test matches the original's") {
  for (const std::string& name : oracle::case_names("nets")) {
    if (is_yolo(name)) continue;
    const NetCase c = load_case(name);
    const NpyArray& want = c.arrays.at("hm17_flip");
    const int n = int(want.shape[0]), h = int(c.arrays.at("inps").shape[2]), w = int(c.arrays.at("inps").shape[3]);
    const std::vector<float> inps = c.arrays.at("inps").as<float>();
    std::vector<float> both(inps.begin(), inps.begin() + std::ptrdiff_t(n) * 3 * h * w);
    for (int row = 0; row < n * 3 * h; row++) {
      for (int x = 0; x < w; x++) both.push_back(inps[std::size_t(row * w + w - 1 - x)]);
    }
    for (Target target : fast_targets()) {
      Plan plan(c.model.graph, *c.model.weights, {target, 2 * n, 1, true, false});
      Pool pool(1);
      from_nchw(both.data(), plan.input(2 * n));
      plan.run(2 * n, pool);
      const View<const float> maps = plan.output(0);
      Shape shape = maps.shape;
      shape.n = n;
      Tensor average(shape);
      const std::vector<float> dense = heatmaps(plan);
      from_nchw(dense.data(), average.view());
      View<const float> mirrored = maps;
      mirrored.data += n * maps.image;
      for (int i = 0; i < n; i++) average_flipped(average.view(), mirrored, i, *coco_joints());
      std::vector<float> got;
      for (int i = 0; i < n; i++) {
        for (int k = 0; k < kJoints; k++) {
          for (int y = 0; y < shape.h; y++) {
            for (int x = 0; x < shape.w; x++) got.push_back(average.view().at(i, y, x, k));
          }
        }
      }
      report(fmt::format("{} flip {}", name, name_of(target)), compare(got, want.as<float>(), 2e-3));
    }
  }
}

TEST_CASE("layer probes match the original's") {
  for (const std::string& name : oracle::case_names("nets")) {
    const NetCase c = load_case(name);
    std::map<std::string, const nlohmann::json*> probes;
    for (const nlohmann::json& layer : c.layers) probes[layer["name"]] = &layer;
    const Target target = best_target();
    Plan plan(c.model.graph, *c.model.weights, {target, pictures_of(c), available_threads(), false, false});
    Pool pool(available_threads());
    int seen = 0, depth = 0;
    Difference worst;
    std::string where;
    plan.run(fill_input(c, plan), pool, [&](const Step& step, View<const float> v) {
      const auto it = probes.find(plan.graph()[step.node].name);
      depth++;
      if (it == probes.end()) return;
      const nlohmann::json& layer = *it->second;
      const double scale = std::max(std::fabs(layer["min"].get<double>()), std::fabs(layer["max"].get<double>()));
      const std::vector<float> want = layer["val"].get<std::vector<float>>();
      const Difference d = compare(probe(v, layer["idx"].get<std::vector<std::int64_t>>()), want, inherited_bound(depth, scale));
      CHECK_MESSAGE(d.ok(), name, " ", it->first, ": ", d.text());
      if (!(d.worst <= worst.worst)) {
        worst = d;
        where = it->first;
      }
      seen++;
    });
    fmt::print("{} probes: {} of {} layers, worst at {}: {}\n", name, seen, probes.size(), where, worst.text());
    CHECK(seen >= int(probes.size()) * 9 / 10); // PyTorch's containers have no separate node
  }
}
