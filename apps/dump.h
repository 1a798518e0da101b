// Dumps: the activations of a network in one file.
// SPDX-License-Identifier: MIT
#pragma once

#include "apps/program.h"
#include "tensor/tensor.h"

namespace pose::apps {

struct DumpOptions {
  std::string input, out, only;
  bool fused = false;
};

// Runs the net on an input (.npy: [n, c, h, w] float32 as it is; a picture: pre-processed as `pose` would, a pose network taking the whole
// picture as its box) and writes the values by node name, [n, c, h, w], heads [n, rows, attributes], one at a time.
void dump_layers(const Model& net, const DumpOptions& options, const RunOptions& run);

} // namespace pose::apps
