// DiffReport: what `layers diff` found, as JSON and as a table.
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

// One channel of both sides, w x h bytes each: 0 is `low`, 255 is `high` or no number; of the error 0 is none, 255 is error_high or no number.
struct Picture {
  int n = 0, channel = 0, w = 0, h = 0;
  double low = 0, high = 0, error_high = 0;
  std::vector<std::uint8_t> ours, reference, error;
};

// A layer's values beside those that the reference kernels compute from the same inputs.
struct OracleResult {
  Summary ours, reference;

  const char* closer() const; // "ours", "reference", "equal": by rel_l2
};

struct LayerDiff {
  int index = 0; // among the layers that both sides have
  std::string name, op, kernel;
  std::vector<std::string> inputs;
  std::vector<std::int64_t> shape;
  Summary total;              // as the net ran: what the layer adds and what it inherited
  std::optional<Summary> own; // with the reference's inputs
  std::optional<OracleResult> oracle;
  std::optional<Picture> picture; // of the worst channel, where something differs

  const Summary& judged() const { return own ? *own : total; }
  bool ok() const { return judged().difference.ok(); }
};

struct DiffSide {
  std::string title, source;
  std::map<std::string, std::string> metadata;
};

struct DiffReport {
  DiffSide ours, reference;
  Tolerance tolerance;
  bool teacher_forced = false, oracle = false;
  std::vector<LayerDiff> layers; // in the order of ours
  std::vector<std::string> only_ours, only_reference;

  const LayerDiff* first_bad() const; // null: all layers are within the tolerance
};

nlohmann::json to_json(const DiffReport& report); // docs/layer_report.md

// A line a layer and the verdict, to standard output.
void print_diff(const DiffReport& report);

} // namespace pose::study
