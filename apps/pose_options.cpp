// Implements pose_options.h: the command line.
// SPDX-License-Identifier: MIT
#include "apps/pose_options.h"
#include "video/seconds.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace pose::apps {
namespace {

void add_inputs(CommandLine& line, PoseOptions& o) {
  line.option("files", o.input.files, "images and clips");
  line.option("--indir", o.input.indir, "folder of images and clips, sorted, not recursive");
  line.option("--list", o.input.list, "text file of names, one per line, relative to --indir");
  line.option("--video", o.input.video, "clip: a file, a URL, or - for standard input");
  line.option("--webcam", o.input.webcam, "camera: a number or /dev/videoN");
  line.option("--max_pixels", o.max_pixels, "most pixels of an image").show_default().range(std::int64_t(1), kMostPixels);
  line.option("--outdir", o.outdir, "folder of the results").show_default();
}

void add_networks(CommandLine& line, PoseOptions& o) {
  const Option detects =
      line.option("--detector", o.networks.detector,
                  fmt::format("person detector, a name or a path (default: the first found of {})", fmt::join(detector_names(), ", ")));
  line.option("--weights", o.networks.detector_weights, "weights of the detector's cfg, where they have another name").needs(detects);
  line.option("--pose", o.networks.network, "pose network, a name or a path (default: fastpose where its weights are, else pose-nano)");
  line.option("--inp_dim", o.inp_dim, "side of the detector's input, a multiple of 32").show_default();
  line.option("--conf", o.networks.confidence,
              fmt::format("objectness that a person must exceed (default: {}{})", DetectorDefaults().confidence,
                          detector_exceptions(&DetectorDefaults::confidence)))
      .range(0.0, 1.0);
  line.option("--nms", o.nms, "IoU at which the weaker box is removed").show_default().range(0.0, 1.0);
  line.option("--detbatch", o.detbatch, "batch size of the detector").show_default().range(1, 256);
  line.option("--posebatch", o.posebatch, "largest batch size of the pose network (people)").show_default().range(1, 1024);
  line.flag("--flip", o.flip, "average with the mirror image (the flip test)");
  line.flag("--matching", o.matching, "people compete for keypoints, in place of pose NMS");
  line.option(
      "--keypoints", o.keypoints,
      fmt::format("keypoints of the results, by the names of the network's: {} (default: the network's)", fmt::join(joint_set_names(), ", ")));
  line.option("--boxes", o.boxes, "read people's boxes from this file, as --json_boxes or COCO's results have them, in place of a detector")
      .excludes(detects);
}

void add_results(CommandLine& line, PoseOptions& o) {
  static const std::map<std::string, JsonFormat> formats{{"coco", JsonFormat::coco}, {"cmu", JsonFormat::cmu}, {"open", JsonFormat::open}};
  line.callback(
          "--format", true, [&o](const std::string& name) { o.format = formats.at(name); }, "format of the results: coco, cmu or open")
      .one_of({"coco", "cmu", "open"})
      .show_default("coco");
  line.flag("--save_img", o.save_img, "also write the images with skeletons to OUTDIR/vis");
  line.flag("--vis_fast", o.vis_fast, "draw opaque circles and lines instead of translucent ones");
  line.option("--json_boxes", o.json_boxes, "also write the detector's boxes to this file");
  const Option lines = line.option("--jsonl", o.jsonl, "also write a line of JSON for each image or frame as it is done; - is standard output");
  const Option resume = line.flag("--resume", o.resume, "go on with the file of --jsonl after an earlier run with the same options").needs(lines);
  line.flag("--overwrite", o.overwrite, "replace an existing file of --jsonl").needs(lines).excludes(resume);
  line.option("--shard", o.shard, "I/N: only every N-th input, from number I on, for one of N machines");
}

void add_video(CommandLine& line, PoseOptions& o) {
  line.option("--start", o.start, "begin a clip at this time: seconds or [H:]M:S");
  line.option("--end", o.end, "end a clip at this time");
  line.option("--step", o.step, "use every N-th frame of a clip").show_default().range(1, 1000000);
  line.option("--rotate", o.rotate, "turn frames clockwise: 0, 90, 180 or 270 degrees (default: as the clip says)");
  line.option("--detect_every", o.detect_every, "run the detector in every N-th frame, follow people in between; auto: as the frame rate needs")
      .show_default();
  line.flag("--track", o.track, "give people ids that last from frame to frame");
  line.flag("--smooth", o.smooth, "also write smoothed keypoints, and draw these; includes --track");
  line.flag("--save_video", o.save_video, "also write the clip with skeletons");
  line.option("--serve", o.serve, "show the frames on a web page at this address (default: 127.0.0.1:8000)")
      .expected(0, 1)
      .show_default("127.0.0.1:8000");
}

} // namespace

void PoseOptions::add_to(CommandLine& line) {
  common.add_to(line);
  add_inputs(line, *this);
  add_networks(line, *this);
  add_results(line, *this);
  add_video(line, *this);
  add_alphapose_options(line, *this);
}

void PoseOptions::check() const {
  check_inp_dim(inp_dim, 64, "--inp_dim");
  detection_interval();
  if (matching && !matches() && !common.quiet) say("pose: --matching has no effect with --webcam, as in AlphaPose\n");
  video_options();
  if (rotate && !rotation() && !common.quiet)
    say("pose: --rotate {} has no effect: expected 0, 90, 180 or 270; other angles belong to AlphaPose's training\n", *rotate);
}

void PoseOptions::warn(const std::vector<std::string>& given, const Inputs& inputs) const {
  struct Rule {
    bool holds;
    std::vector<std::string> without_effect;
    const char* why;
  };
  const Rule rules[] = {
      {!boxes.empty(), {"--conf", "--nms", "--inp_dim", "--detbatch"}, "--boxes replaces the detector"},
      {inputs.only_images, {"--start", "--end", "--step", "--rotate", "--detect_every"}, "no input is a clip"},
      {!inputs.only_images && inputs.all == 1, {"--max_pixels"}, "the input is a clip"},
      {!save_img && !save_video && serve.empty(), {"--vis_fast"}, "nothing is drawn"},
  };
  for (const Rule& rule : rules) {
    for (const std::string& option : rule.without_effect) {
      if (rule.holds && std::find(given.begin(), given.end(), option) != given.end()) say("pose: warning: {} has no effect: {}\n", option, rule.why);
    }
  }
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
