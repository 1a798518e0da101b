// Tuning: which kernels the layers of some nets shall take, as `layers tune` found them by measuring.  A JSON file:
//   {"format": 1, "nets": [{"title", "input": [c, h, w], "target", "threads", "nodes": [{"name", "kernel", "ms": {kernel: ms, ...}}, ...]}, ...]}
// Nets are told apart by title, input and target, so that one file serves several of them and several machines.  Threads are only told, since they
// must not change a bit of a result.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/plan.h"

#include <map>
#include <string>
#include <vector>

namespace pose {

struct TunedNode {
  std::string name, kernel;
  std::map<std::string, float> ms; // what was measured, by kernel
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

// Throws Error naming source and place: every field there, of its type, and no other; no net twice, no node twice in a net.
Tuning parse_tuning(const std::string& text, const std::string& source);
std::string to_json(const Tuning& tuning);

// Takes the place of the net of the same title, input and target, if there is one.
void put(Tuning& tuning, TunedNet net);

// What a plan of this graph for this target shall take; throws Error when the file has nothing for it.
KernelChoices choices_for(const Tuning& tuning, const Graph& graph, Target target);

} // namespace pose
