// Writes a dump: the activations of a network in one file.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/runtime.h"

namespace pose::study {

struct DumpOptions {
  std::string input, out, only;
  bool fused = false;
};

// Runs the net on an input (net_input.h), and writes the preprocessing stages and all layers by name.
// Values are float32 [n, c, h, w], heads [n, boxes, attributes].  `only`: a regular expression; other names are left out.
// Copies a few planes of a value at a time, so that a dump needs no more memory than a run.
// A safetensors file has the metadata of describe(), input and input_hash; an npz file has none.
void dump_layers(const Model& net, const DumpOptions& options, const RunOptions& run);

} // namespace pose::study
