// Pipeline: decode, detect, pose, render and write images in overlapping stages, in input order.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/codec.h"
#include "pose/boxes_file.h"
#include "pose/engine.h"
#include "postprocess/json.h"
#include "postprocess/render.h"

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace pose {

struct PipelineOptions {
  std::string image_dir; // output folder for images with skeletons; "": none are drawn
  RenderStyle style = RenderStyle::dense;
  int threads = 1;
  StopCallback stop = {};
  DecodeLimits decode = {};
  const BoxesByPath* boxes = nullptr;                              // for an engine without a detector
  std::function<std::string(std::span<const std::byte>)> key = {}; // of an image, made of its file's bytes
};

// The result of one input file.
struct ImageReport {
  std::string path, name;
  std::string key;           // by PipelineOptions; "": none, or the file could not be read
  std::string error;         // "": no error
  std::string problem;       // of some of its boxes, which are left out; "": none
  int width = 0, height = 0; // of the image, in pixels
  std::vector<PersonBox> boxes;
  std::vector<Person> people;
};

// Calls done(report) for every path in order, from the calling thread.  A failed input is reported, and the others continue.  An error of a network
// or of the device stops all stages and is thrown.  Stops early when options.stop returns true.
void run_pipeline(const std::vector<std::string>& paths, Engine& engine, const PipelineOptions& options,
                  const std::function<void(ImageReport)>& done);

} // namespace pose
