// Inputs: the images and clips that a command line names.
// SPDX-License-Identifier: MIT
#pragma once

#include "results/shard.h"

#include <string>
#include <vector>

namespace pose::apps {

// FILE..., --indir, --list, --video and --webcam.
struct InputOptions {
  std::vector<std::string> files = {};
  std::string indir = {}, list = {}, video = {}, webcam = {};
};

struct Inputs {
  std::vector<std::string> images = {};
  std::vector<std::string> clips = {}; // paths, URLs, "-"
  std::string camera = {};             // "": none
  std::size_t all = 0;                 // number of all, also of those that keep() left out
  bool only_images = true;             // of all

  // Keeps the inputs of one of several machines.
  void keep(const Shard& shard);
};

// Reads the folder or the list.  Throws InputError unless one kind of input is given, and where there is none.
Inputs inputs_of(const InputOptions& options);

} // namespace pose::apps
