// The options of `pose`.
// SPDX-License-Identifier: MIT
#pragma once

#include "cli/cli.h"
#include "cli/inputs.h"
#include "image/codec.h"
#include "pose/networks.h"
#include "postprocess/json.h"
#include "stream/detection_schedule.h"
#include "video/reader.h"

#include <optional>
#include <string>
#include <vector>

namespace pose::apps {

struct PoseOptions;

// Throws InputError where two images have one file of results.  images: before --shard, since the machines may share a folder.
void check_names(const PoseOptions& options, const std::vector<std::string>& images);

struct PoseOptions {
  CommonOptions common;
  InputOptions input;
  std::string outdir = "examples/res", keypoints;
  PoseNetworks networks;
  int inp_dim = 608, detbatch = 1, posebatch = 80;
  double nms = 0.6;
  JsonFormat format = JsonFormat::coco;
  bool save_img = false, vis_fast = false, flip = false, matching = false;
  std::string json_boxes, boxes;
  std::int64_t max_pixels = DecodeLimits().max_pixels;

  // Clips and cameras.
  std::string start, end, detect_every = "1", serve;
  int step = 1;
  std::optional<double> rotate;
  bool track = false, smooth = false, save_video = false;

  // Results as they come.
  std::string jsonl, shard;
  bool resume = false, overwrite = false;

  void add_to(CommandLine& line);
  // Checks options that depend on each other.  Throws InputError.
  void check() const;
  // Prints a line for each of the given options that cannot take effect.
  void warn(const std::vector<std::string>& given, const Inputs& inputs) const;

  bool tracks() const { return track || smooth; }
  bool matches() const { return matching && input.webcam.empty(); }
  DecodeLimits decode_limits() const { return {max_pixels}; }
  int detection_interval() const;     // of --detect_every.  Throws InputError
  VideoOptions video_options() const; // throws InputError
  // Returns --rotate if it is a quarter turn.  AlphaPose's option of this name is an angle for training.
  std::optional<int> rotation() const;
};

// Adds the options of AlphaPose's programs that have no effect here.  Each prints one line on standard error that says why, unless `quiet`.
void add_alphapose_options(CommandLine& line, PoseOptions& options);

} // namespace pose::apps
