// Compares two dumps, or a network and a dump, layer by layer.
// SPDX-License-Identifier: MIT
#pragma once

#include "nets/runtime.h"

#include <string>

namespace pose::study {

struct DiffOptions {
  std::string ours;                // a dump; "": the net is run
  std::string reference;           // a dump
  std::string input;               // the net's input; "": the reference's tensor of the input's name
  std::string only;                // a LayerFilter
  std::string tolerance = "torch"; // as Tolerance::parse() takes it
  std::string json, html;          // files for the report; "": none
  bool fused = false;              // as in DumpOptions
  bool teacher_forced = false;     // also run every layer on the reference's inputs
  bool oracle = false;             // and run the reference kernels on the same inputs
  bool fail_fast = false;          // stop at the first layer that exceeds the tolerance
  bool strict = false;             // a layer that one side lacks counts as a difference
};

// Compares two dumps.  Prints a table, and returns true when there is no difference.  Throws DataError for an unusable reference or input: another
// shape, no common layers, a damaged file.  Streams the values; neither side is held in memory as a whole.
bool diff_dumps(const DiffOptions& options, const StopCallback& stop);

// Compares a net with a dump, as diff_dumps() does.  In a teacher-forced run, a node that the reference lacks passes on its own value.
bool diff_net(const Model& net, const DiffOptions& options, const RunOptions& run);

} // namespace pose::study
