// Options of AlphaPose's programs that have no effect here (its opt.py, and demo_inference.py of later versions).  They are accepted, so that its
// command lines work.
// SPDX-License-Identifier: MIT
#include "apps/pose_options.h"

namespace pose::apps {
namespace {

struct Ignored {
  const char* name;
  bool has_value;
  const char* why;
};

constexpr const char* kModel = "--detector and --pose choose the networks";
constexpr const char* kThreads = "stages always run as threads; --threads sets those of the networks";

constexpr Ignored kIgnored[] = {
    {"--vis", false, "there is no window; --serve shows the frames on a web page, --save_img and --save_video write them"},
    {"--sp", false, kThreads},
    {"--gpus", true, "--device cuda:N chooses a GPU"},
    {"--qsize", true, "queues are bounded by memory"},
    {"--profile", false, "the progress line shows the rate; `layers time` measures networks"},
    {"--debug", false, "there is no debug output"},
    {"--fast_inference", true, "--flip switches the flip test on"},
    {"--mode", true, "--inp_dim sets the detector's speed and accuracy"},
    {"--showbox", false, "boxes are in --jsonl and --json_boxes"},
    {"--eval", false, "scripts/eval_pose.py measures the quality"},
    {"--min_box_area", true, "all boxes are kept"},
    {"--pose_track", false, "--track gives people ids"},
    {"--pose_flow", false, "--track gives people ids"},
    {"--cfg", true, kModel},
    {"--checkpoint", true, kModel},
    {"--net", true, kModel},
    {"--netType", true, kModel},
    {"--loadModel", true, kModel},
    {"--inputResH", true, "the size belongs to the pose network"},
    {"--inputResW", true, "the size belongs to the pose network"},
    {"--outputResH", true, "the size belongs to the pose network"},
    {"--outputResW", true, "the size belongs to the pose network"},
    {"--nClasses", true, "the number of keypoints belongs to the pose network"},
    {"--nThreads", true, kThreads},
};

// Of AlphaPose's training; each has a value.
constexpr const char* kTraining[] = {"--dataset",     "--expID",      "--snapshot",    "--addDPG",      "--Continue", "--nFeats",    "--nStack",
                                     "--use_pyranet", "--LR",         "--momentum",    "--weightDecay", "--crit",     "--optMethod", "--nEpochs",
                                     "--epoch",       "--trainBatch", "--validBatch",  "--trainIters",  "--valIters", "--init",      "--scale",
                                     "--hmGauss",     "--baseWidth",  "--cardinality", "--nResidual",   "--dist",     "--backend",   "--port"};

} // namespace

void add_alphapose_options(CommandLine& line, PoseOptions& options) {
  const auto add = [&](const Ignored& ignored) {
    const auto note = [ignored, &options](const std::string&) {
      if (!options.common.quiet) say("pose: {} has no effect: {}\n", ignored.name, ignored.why);
    };
    line.callback(ignored.name, ignored.has_value, note).hide();
  };
  for (const Ignored& ignored : kIgnored) add(ignored);
  for (const char* name : kTraining) add({name, true, "it belongs to AlphaPose's training"});
}

} // namespace pose::apps
