// Pipeline: pictures through decode -> detect -> pose -> render and write, the stages overlapping, in input order.
// SPDX-License-Identifier: MIT
#pragma once

#include "pose/boxes_file.h"
#include "pose/engine.h"
#include "postprocess/json.h"
#include "postprocess/render.h"

#include <functional>
#include <string>
#include <vector>

namespace pose {

struct PipelineOptions {
  std::string picture_dir; // where pictures with skeletons go; "": not drawn
  RenderStyle style = RenderStyle::dense;
  int threads = 1;
  StopCallback stop = {};
  const BoxesByName* boxes = nullptr; // of people, for an engine without a detector
};

// What became of one input.
struct PictureReport {
  std::string path, name;
  std::string error; // "": it was done
  std::vector<PersonBox> boxes;
  std::vector<Person> people;
};

// Calls done(report) for every path in order, from the calling thread.  An input that fails is reported and the others go on; an error of a
// network stops all stages and is thrown.  Stops early when options.stop says so.
void run_pipeline(const std::vector<std::string>& paths, Engine& engine, const PipelineOptions& options,
                  const std::function<void(PictureReport)>& done);

} // namespace pose
