// Implements pose_options.h: the command line.
// SPDX-License-Identifier: MIT
#include "apps/pose_options.h"
#include "video/seconds.h"

#include <CLI/CLI.hpp>
#include <fmt/ranges.h>

#include <charconv>
#include <map>

namespace pose::apps {
namespace {

void add_inputs(CLI::App& app, PoseOptions& o) {
  app.add_option("files", o.files, "images and clips");
  app.add_option("--indir", o.indir, "folder of images and clips, sorted, not recursive");
  app.add_option("--list", o.list, "text file of names, one per line, relative to --indir");
  app.add_option("--video", o.video, "clip: a file, a URL, or - for standard input");
  app.add_option("--webcam", o.webcam, "camera: a number or /dev/videoN");
  app.add_option("--outdir", o.outdir, "folder of the results")->capture_default_str();
}

void add_networks(CLI::App& app, PoseOptions& o) {
  CLI::Option* const detects = app.add_option(
      "--detector", o.detector, fmt::format("person detector, a name or a path (default: the first found of {})", fmt::join(detector_names(), ", ")));
  app.add_option("--pose", o.pose, "pose network, a name or a path (default: fastpose where its weights are, else pose-nano)");
  app.add_option("--inp_dim", o.inp_dim, "side of the detector's input, a multiple of 32")->capture_default_str();
  app.add_option("--conf", o.conf,
                 fmt::format("objectness that a person must exceed (default: {}{})", DetectorDefaults().confidence,
                             detector_exceptions(&DetectorDefaults::confidence)))
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--nms", o.nms, "IoU at which the weaker box is removed")->capture_default_str()->check(CLI::Range(0.0, 1.0));
  app.add_option("--detbatch", o.detbatch, "batch size of the detector")->capture_default_str()->check(CLI::Range(1, 256));
  app.add_option("--posebatch", o.posebatch, "largest batch size of the pose network (people)")->capture_default_str()->check(CLI::Range(1, 1024));
  app.add_flag("--flip", o.flip, "average with the mirror image (the flip test)");
  app.add_flag("--matching", o.matching, "people compete for keypoints, in place of pose NMS");
  app.add_option("--boxes", o.boxes, "read people's boxes from this file, as --json_boxes or COCO's results have them, in place of a detector")
      ->excludes(detects);
}

void add_results(CLI::App& app, PoseOptions& o) {
  static const std::map<std::string, JsonFormat> formats{{"coco", JsonFormat::coco}, {"cmu", JsonFormat::cmu}, {"open", JsonFormat::open}};
  app.add_option_function<std::string>(
         "--format", [&o](const std::string& name) { o.format = formats.at(name); }, "format of the results: coco, cmu or open")
      ->check(CLI::IsMember(formats))
      ->default_str("coco");
  app.add_flag("--save_img", o.save_img, "also write the images with skeletons to OUTDIR/vis");
  app.add_flag("--vis_fast", o.vis_fast, "draw opaque circles and lines instead of translucent ones");
  app.add_option("--json_boxes", o.json_boxes, "also write the detector's boxes to this file");
  CLI::Option* const lines =
      app.add_option("--jsonl", o.jsonl, "also write a line of JSON for each image or frame as it is done; - is standard output");
  CLI::Option* const resume =
      app.add_flag("--resume", o.resume, "go on with the file of --jsonl after an earlier run with the same options")->needs(lines);
  app.add_flag("--overwrite", o.overwrite, "replace an existing file of --jsonl")->needs(lines)->excludes(resume);
  app.add_option("--shard", o.shard, "I/N: only every N-th input, from number I on, for one of N machines");
}

void add_video(CLI::App& app, PoseOptions& o) {
  app.add_option("--start", o.start, "begin a clip at this time: seconds or [H:]M:S");
  app.add_option("--end", o.end, "end a clip at this time");
  app.add_option("--step", o.step, "use every N-th frame of a clip")->capture_default_str()->check(CLI::Range(1, 1000000));
  app.add_option("--rotate", o.rotate, "turn frames clockwise: 0, 90, 180 or 270 degrees (default: as the clip says)");
  app.add_option("--detect_every", o.detect_every, "run the detector in every N-th frame, follow people in between; auto: as the frame rate needs")
      ->capture_default_str();
  app.add_flag("--track", o.track, "give people ids that last from frame to frame");
  app.add_flag("--smooth", o.smooth, "also write smoothed keypoints, and draw these; includes --track");
  app.add_flag("--save_video", o.save_video, "also write the clip with skeletons");
  app.add_option("--serve", o.serve, "show the frames on a web page at this address (default: 127.0.0.1:8000)")
      ->expected(0, 1)
      ->default_str("127.0.0.1:8000");
}

} // namespace

void PoseOptions::add_to(CLI::App& app) {
  common.add_to(app);
  add_inputs(app, *this);
  add_networks(app, *this);
  add_results(app, *this);
  add_video(app, *this);
  add_alphapose_options(app, *this);
}

void PoseOptions::check() const {
  check_inp_dim(inp_dim, 64, "--inp_dim");
  detection_interval();
  if (matching && !matches() && !common.quiet) fmt::print(stderr, "pose: --matching has no effect with --webcam, as in AlphaPose\n");
  video_options();
  if (rotate && !rotation() && !common.quiet)
    fmt::print(stderr, "pose: --rotate {} has no effect: expected 0, 90, 180 or 270; other angles belong to AlphaPose's training\n", *rotate);
}

int PoseOptions::detection_interval() const {
  if (detect_every == "auto") return DetectionSchedule::kAuto;
  constexpr int kMost = 10000;
  int n = 0;
  const char* const last = detect_every.data() + detect_every.size();
  const auto [rest, error] = std::from_chars(detect_every.data(), last, n);
  if (error != std::errc() || rest != last || n < 1 || n > kMost)
    fail<InputError>("--detect_every: expected auto or a number from 1 to {}, found {}", kMost, detect_every);
  return n;
}

VideoOptions PoseOptions::video_options() const {
  VideoOptions o;
  if (!start.empty()) o.start = parse_seconds("--start", start);
  if (!end.empty()) o.end = parse_seconds("--end", end);
  if (!(o.end > o.start)) fail<InputError>("--end: expected a time after --start ({}), found {}", start.empty() ? "0" : start, end);
  o.step = step;
  o.rotate = rotation();
  return o;
}

std::optional<int> PoseOptions::rotation() const {
  for (const int turn : {0, 90, 180, 270}) {
    if (rotate == turn) return turn;
  }
  return std::nullopt;
}

} // namespace pose::apps
