// pose: finds people and their keypoints in images, as AlphaPose's demo.py.
// SPDX-License-Identifier: MIT
#include "apps/cli.h"
#include "apps/commands.h"
#include "apps/progress.h"
#include "nets/runtime.h"
#include "pose/pipeline.h"
#include "tensor/file.h"

#include <alphapose/version.h>
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>

namespace fs = std::filesystem;

namespace pose::apps {
namespace {

const std::map<std::string, JsonFormat> kFormats = {{"coco", JsonFormat::coco}, {"cmu", JsonFormat::cmu}, {"open", JsonFormat::open}};

struct Options {
  CommonOptions common;
  std::string indir, list, outdir = "examples/res";
  std::vector<std::string> files;
  std::string detector, pose;
  int inp_dim = 608, detbatch = 1, posebatch = 80;
  std::optional<float> conf; // none: the detector's
  double nms = 0.6;
  JsonFormat format = JsonFormat::coco;
  bool save_img = false, vis_fast = false, flip = false;
  std::string json_boxes, boxes;

  void add_to(CLI::App& app);
};

void Options::add_to(CLI::App& app) {
  common.add_to(app);
  app.add_option("files", files, "images");
  app.add_option("--indir", indir, "folder of images, sorted, not recursive");
  app.add_option("--list", list, "text file of names, one per line, relative to --indir");
  app.add_option("--outdir", outdir, "folder of the results")->capture_default_str();
  CLI::Option* const detects = app.add_option(
      "--detector", detector, fmt::format("person detector, a name or a path (default: the first found of {})", fmt::join(detector_names(), ", ")));
  app.add_option("--pose", pose, "pose network, a name or a path (default: fastpose where its weights are, else pose-nano)");
  app.add_option("--inp_dim", inp_dim, "side of the detector's input, a multiple of 32")->capture_default_str();
  app.add_option("--conf", conf,
                 fmt::format("objectness that a person must exceed (default: {}{})", DetectorDefaults().confidence,
                             detector_exceptions(&DetectorDefaults::confidence)))
      ->check(CLI::Range(0.0, 1.0));
  app.add_option("--nms", nms, "IoU at which the weaker box is removed")->capture_default_str()->check(CLI::Range(0.0, 1.0));
  app.add_option("--detbatch", detbatch, "batch size of the detector")->capture_default_str()->check(CLI::Range(1, 256));
  app.add_option("--posebatch", posebatch, "largest batch size of the pose network (people)")->capture_default_str()->check(CLI::Range(1, 1024));
  app.add_option_function<std::string>(
         "--format", [this](const std::string& name) { format = kFormats.at(name); }, "format of the results: coco, cmu or open")
      ->check(CLI::IsMember(kFormats))
      ->default_str("coco");
  app.add_flag("--save_img", save_img, "also write the images with skeletons to OUTDIR/vis");
  app.add_flag("--vis_fast", vis_fast, "draw opaque circles and lines instead of translucent ones");
  app.add_flag("--flip", flip, "average with the mirror image (the flip test)");
  app.add_option("--json_boxes", json_boxes, "also write the detector's boxes to this file");
  app.add_option("--boxes", boxes, "read people's boxes from this file, as --json_boxes or COCO's results have them, in place of a detector")
      ->excludes(detects);
}

// Returns the names of a list file, joined to dir.
std::vector<std::string> names_of(const std::string& list, const std::string& dir) {
  std::ifstream in(list);
  if (!in || fs::is_directory(list)) fail<InputError>("{}: expected a readable list of names", list);
  std::vector<std::string> paths;
  for (std::string line; std::getline(in, line);) {
    while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.pop_back();
    if (!line.empty()) paths.push_back(dir.empty() ? line : (fs::path(dir) / line).string());
  }
  if (paths.empty()) fail<InputError>("{}: expected names, found none", list);
  return paths;
}

std::vector<std::string> inputs_of(const Options& o) {
  if (!o.files.empty() && (!o.indir.empty() || !o.list.empty())) throw InputError("expected one of FILE..., --indir and --list, found two");
  if (!o.files.empty()) return o.files;
  if (!o.list.empty()) return names_of(o.list, o.indir);
  if (o.indir.empty()) throw InputError("expected images: --indir DIR, --list FILE or FILE... (--help lists the options)");
  std::vector<std::string> paths;
  for (const std::string& name : images_in(o.indir)) paths.push_back((fs::path(o.indir) / name).string());
  return paths;
}

// Warns of inputs with the same name: they overwrite each other's files and share an image_id, as in the original.
void warn_collisions(const std::vector<std::string>& paths, const Options& o) {
  for (const std::string& path : with_repeated_names(paths))
    fmt::print(stderr, "pose: warning: {}: another input has the same name; results are distinguished by name only\n", path);
  std::map<std::string, std::string> stems; // and the name of the first input that has it
  for (const std::string& path : paths) {
    const std::string name = fs::path(path).filename();
    if (o.format != JsonFormat::coco && stems.emplace(sep_json_stem(name), name).first->second != name)
      fmt::print(stderr, "pose: warning: {}: sep-json/{}.json is written twice; names are cut at the first dot\n", path, sep_json_stem(name));
  }
}

std::string pose_net_of(const Options& o) {
  if (!o.pose.empty()) return o.pose;
  const std::string name = default_pose_net(o.common.model);
  if (!o.common.quiet) fmt::print(stderr, "pose network: {} (--pose names another)\n", name);
  return name;
}

// Names the detector that the user did not name.
void choose_detector(Options& o) {
  if (!o.boxes.empty()) return;
  const bool named = !o.detector.empty();
  if (!named) o.detector = default_detector(o.common.model);
  if (!o.conf) o.conf = default_confidence(o.detector);
  if (!named && !o.common.quiet) fmt::print(stderr, "detector: {}, --conf {} (--detector names another)\n", o.detector, *o.conf);
}

// Returns what the results depend on, as JSON for alphapose-run.json.  The results themselves have AlphaPose's format, which has no room for it.
// side: of the detector's input, which is not --inp_dim where the network has its own.
std::string format_run(const Options& o, int side, const RunOptions& run) {
  const bool detects = o.boxes.empty();
  const auto text = [](bool known, const std::string& value) { return known ? python_string(value) : "null"; };
  const auto number = [](bool known, auto value) { return known ? fmt::format("{}", value) : "null"; };
  const bool gpu = run.gpu != nullptr;
  return fmt::format("{{\n \"version\": {},\n \"detector\": {},\n \"boxes\": {},\n \"pose\": {},\n \"conf\": {},\n \"nms\": {},\n"
                     " \"inp_dim\": {},\n \"flip\": {},\n \"device\": {},\n \"precision\": {}\n}}\n",
                     python_string(alphapose::version()), text(detects, o.detector), text(!detects, o.boxes), python_string(o.pose),
                     number(detects, o.conf.value_or(0)), number(detects, o.nms), number(detects, side), o.flip,
                     python_string(gpu ? run.gpu->info().name : "cpu"), python_string(gpu ? name_of(run.precision) : "fp32"));
}

// Gathers reports and writes the JSON files at the end.
class Results {
public:
  Results(const Options& options, std::string run) : options_(options), run_(std::move(run)) {}

  void add(const ImageReport& report) {
    if (!report.error.empty()) {
      fmt::print(stderr, "pose: {}\n", report.error);
      failed_ = true;
      if (report.people.empty()) return; // people whose image could not be written still count
    }
    boxes_.emplace_back(report.name, report.boxes);
    images_.push_back({report.name, report.people});
  }

  void write() const {
    const fs::path dir = options_.outdir;
    write_file((dir / "alphapose-results.json").string(), format_results(images_, options_.format));
    write_file((dir / "alphapose-run.json").string(), run_);
    if (options_.format != JsonFormat::coco) {
      make_output_dir(dir / "sep-json");
      for (const ImageResult& p : images_) {
        if (!p.people.empty()) write_file((dir / "sep-json" / (sep_json_stem(p.name) + ".json")).string(), format_image(p, options_.format));
      }
    }
    if (!options_.json_boxes.empty()) write_file(options_.json_boxes, format_boxes(boxes_));
  }

  bool failed() const { return failed_; }
  std::size_t people() const {
    std::size_t n = 0;
    for (const ImageResult& p : images_) n += p.people.size();
    return n;
  }

private:
  const Options& options_;
  std::string run_; // alphapose-run.json
  std::vector<ImageResult> images_;
  std::vector<NamedBoxes> boxes_;
  bool failed_ = false;
};

int run(Options& o) {
  check_inp_dim(o.inp_dim, 64, "--inp_dim");
  const RunOptions run = o.common.run();
  const std::vector<std::string> paths = inputs_of(o);
  make_output_dir(o.outdir);
  PipelineOptions pipeline;
  pipeline.threads = run.threads;
  pipeline.stop = run.stop;
  pipeline.style = o.vis_fast ? RenderStyle::fast : RenderStyle::dense;
  if (o.save_img) {
    pipeline.image_dir = (fs::path(o.outdir) / "vis").string();
    make_output_dir(pipeline.image_dir);
  }
  warn_collisions(paths, o);
  const BoxesByName boxes = o.boxes.empty() ? BoxesByName() : read_boxes(o.boxes);
  if (!o.boxes.empty()) pipeline.boxes = &boxes;

  o.common.model.inp_dim = o.inp_dim;
  choose_detector(o);
  const EngineOptions engine_options{{o.conf.value_or(0), o.nms}, CropRule::demo, o.flip, o.detbatch, o.posebatch};
  int side = 0;                                // of the detector's input
  const std::unique_ptr<Engine> engine = [&] { // the models' files are closed before the first image
    const std::optional<Model> detector = o.boxes.empty() ? std::optional(load_model(o.detector, o.common.model)) : std::nullopt;
    if (detector) side = detector->graph[0].shape.h;
    o.pose = pose_net_of(o);
    const Model estimator = load_model(o.pose, o.common.model);
    return make_engine(detector ? &*detector : nullptr, estimator, engine_options, run);
  }();

  Results results(o, format_run(o, side, run));
  try {
    Progress progress(paths.size(), "images", o.common.quiet);
    run_pipeline(paths, *engine, pipeline, [&](const ImageReport& report) {
      if (!report.error.empty()) progress.clear();
      results.add(report);
      progress.step();
    });
  } catch (...) {
    results.write(); // keep what was done
    throw;
  }
  results.write();
  if (!o.common.quiet)
    fmt::print(stderr, "{} people in {} images: {}\n", results.people(), paths.size(), (fs::path(o.outdir) / "alphapose-results.json").string());
  if (interrupted()) return kInterrupted;
  return results.failed() ? kSomeInputsFailed : kDone;
}

} // namespace

int pose_command(int argc, char** argv) {
  CLI::App app("Finds people and their keypoints in images: a detector finds the people, a pose network their keypoints.", "pose");
  Options options;
  options.add_to(app);
  return run_program(app, argc, argv, [&] { return run(options); });
}

} // namespace pose::apps
