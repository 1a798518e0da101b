// Tuning: the kernels that the layers of some networks should use, as found by measurement.  Stored as a JSON file.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/plan.h"

#include <map>
#include <string>
#include <vector>

namespace pose {

// A tuning file:
//   {"format": 1, "nets": [{"title", "input": [c, h, w], "target", "threads", "nodes": [{"name", "kernel", "ms": {kernel: ms, ...}}, ...]}, ...]}
// Title, input and target identify a network, so that one file serves several networks and machines.  Threads are for information only,
// since they must not change a bit of a result.

struct TunedNode {
  std::string name, kernel;
  std::map<std::string, float> ms; // measured times by kernel
};

struct TunedNet {
  std::string title;
  int input[3] = {}; // c, h, w
  Target target = Target::ref;
  int threads = 1; // of the measurement
  std::vector<TunedNode> nodes;
};

struct Tuning {
  std::string source = {}; // for messages
  std::vector<TunedNet> nets = {};
};

// Parses a tuning file.  Throws an Error that names source and place.  Every field must be present, of its type, and no other.  No network may appear
// twice, and no node twice in a network.
Tuning parse_tuning(const std::string& text, const std::string& source);
std::string to_json(const Tuning& tuning);

// Adds a network.  It replaces the network of the same title, input and target, if there is one.
void put(Tuning& tuning, TunedNet net);

// Returns the kernels for a plan of this graph on this target.  Throws Error when the file has none for it.
KernelChoices choices_for(const Tuning& tuning, const Graph& graph, Target target);

} // namespace pose
