// Layer by layer: where two dumps, or a net and a dump, differ, and by how much.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/runtime.h"

#include <string>

namespace pose::study {

struct DiffOptions {
  std::string ours;                // a dump; "": a net is run
  std::string reference;           // a dump
  std::string input;               // of the net; "": the reference's tensor of that name
  std::string only;                // LayerFilter
  std::string tolerance = "torch"; // Tolerance::parse
  std::string json, html;          // also write the report there
  bool fused = false;              // as of a dump
  bool teacher_forced = false;     // a second run gives every layer the reference's inputs
  bool oracle = false;             // and lets the reference kernels compute it, too
  bool fail_fast = false;          // stop at the first layer beyond the tolerance
  bool strict = false;             // layers that one side lacks are a difference
};

// Both print a table and return whether there is no difference.  A reference or input that is no use is DataError: another
// shape, no common layers, a broken file.  Values are compared as they are read and computed; neither side is ever in memory.
bool diff_dumps(const DiffOptions& options, const StopCallback& stop);

// A node that the reference lacks passes on what it computed.
bool diff_net(const Model& net, const DiffOptions& options, const RunOptions& run);

} // namespace pose::study
