// DiffReport: the result of `layers diff`, with its JSON and its table.
// SPDX-License-Identifier: MIT
#pragma once

#include "study/tolerance.h"
#include "tensor/statistics.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pose::study {

// Heat images of one channel, w x h bytes each.  Values: 0 is `low`; 255 is `high`, NaN or infinite.  Error: 0 is none; 255 is error_high, NaN or
// infinite.
struct HeatImage {
  int n = 0, channel = 0, w = 0, h = 0;
  double low = 0, high = 0, error_high = 0;
  std::vector<std::uint8_t> ours, reference, error;
};

// Both sides of a layer compared with the reference kernels on the same inputs.
struct OracleResult {
  Summary ours, reference;

  const char* closer() const; // "ours", "reference" or "equal", by rel_l2
};

struct LayerDiff {
  int index = 0; // among the compared layers
  std::string name, op, kernel;
  std::vector<std::string> inputs;
  std::vector<std::int64_t> shape;
  Summary total;              // in the free run: the error that the layer adds, and the inherited one
  std::optional<Summary> own; // teacher-forced: with the reference's inputs
  std::optional<OracleResult> oracle;
  std::optional<HeatImage> heat_image; // of the worst channel, where a value differs

  const Summary& judged() const { return own ? *own : total; }
  bool ok() const { return judged().difference.ok(); }
};

struct DiffSide {
  std::string title, source;
  std::map<std::string, std::string> metadata;
  std::vector<std::string> left_out = {}; // tensors that a float32 cannot hold
};

struct DiffReport {
  DiffSide ours, reference;
  Tolerance tolerance;
  bool teacher_forced = false, oracle = false;
  bool interrupted = false;      // the layers are those that were compared until then
  std::vector<LayerDiff> layers; // in our order
  std::vector<std::string> only_ours, only_reference;

  const LayerDiff* first_bad() const; // null: all layers are within the tolerance
};

// Returns the report as JSON (docs/layer_report.md).
nlohmann::json to_json(const DiffReport& report);

// Prints one line per layer, and the verdict, to standard output.
void print_diff(const DiffReport& report);

} // namespace pose::study
