// Dumps: the activations of a network in one file.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/runtime.h"

namespace pose::study {

struct DumpOptions {
  std::string input, out, only;
  bool fused = false;
};

// Runs the net on an input (net_input.h) and writes the stages before it and all values by name, as float32 [n, c, h, w], heads as [n, boxes,
// attributes]; only those whose name the regular expression `only` matches.  A few planes of a value are copied at a time, so that a dump takes no
// more memory than a run.  The metadata of a safetensors file is that of describe() (describe.h), with input and input_hash; npz has none.
void dump_layers(const Model& net, const DumpOptions& options, const RunOptions& run);

} // namespace pose::study
