// Tests the generator's streams against the reference dumps: probe indices of all layer summaries, and the side files of the batch norms.
// SPDX-License-Identifier: MIT
#include "tensor/compare.h"
#include "tensor/file.h"
#include "tests/oracle/oracle.h"
#include "weights/synthetic.h"

#include <doctest/doctest.h>

#include <cstring>

using namespace pose;

namespace {

std::vector<std::int64_t> probe_indices(const nlohmann::json& layer) {
  const auto shape = layer.at("shape").get<std::vector<std::int64_t>>();
  const std::uint64_t count = std::uint64_t(checked_product("layer", shape));
  std::vector<std::int64_t> indices(layer.at("idx").size());
  for (std::size_t k = 0; k < indices.size(); k++) {
    indices[k] = std::int64_t(synthetic_bits("probe." + layer.at("name").get<std::string>(), 0, k) % count);
  }
  return indices;
}

} // namespace

TEST_CASE("the generator gives the probe indices of every layer summary") {
  if (!oracle::has("nets")) return;
  int layers = 0;
  for (const std::string& name : oracle::case_names("nets")) {
    if (!name.ends_with("_layers")) continue;
    const oracle::Case summary = oracle::load("nets", name);
    for (const nlohmann::json& layer : summary.info.at("layers")) {
      CAPTURE(layer.at("name").dump());
      CHECK(probe_indices(layer) == layer.at("idx").get<std::vector<std::int64_t>>());
      layers++;
    }
  }
  CHECK(layers > 0);
}

// Reads the file as one wide batch norm: the split into channels depends on the graphs.
TEST_CASE("side files of the batch norms are read float by float") {
  if (!oracle::has("weights_side")) return;
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(oracle::side_file(""))) {
    const std::string path = entry.path().string();
    const auto file = MappedFile::open(path);
    std::vector<float> want(file->bytes().size() / sizeof(float));
    std::memcpy(want.data(), file->bytes().data(), want.size() * sizeof(float));
    const std::vector<std::int64_t> shape{std::int64_t(want.size() / 2)};
    const std::vector<ParamSpec> specs = {{"bn.mean", shape, Role::mean}, {"bn.var", shape, Role::var}};
    for (const auto generate : {synthetic_yolo, synthetic_pose}) {
      const WeightStore store = generate(specs, 0, path);
      const std::span<const float> all(want);
      const Difference mean = compare({store.get(specs[0]).data, want.size() / 2}, all.first(want.size() / 2), 0);
      const Difference var = compare({store.get(specs[1]).data, want.size() / 2}, all.last(want.size() / 2), 0);
      CHECK_MESSAGE(mean.ok(), mean.text());
      CHECK_MESSAGE(var.ok(), var.text());
    }
    files++;
  }
  CHECK(files > 0);
}
