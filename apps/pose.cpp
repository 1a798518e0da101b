// pose: people's skeletons in pictures, as AlphaPose's demo.py.
// SPDX-License-Identifier: MIT
#include "apps/cli.h"
#include "apps/progress.h"
#include "nets/runtime.h"
#include "pose/pipeline.h"
#include "tensor/file.h"

#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <set>

namespace fs = std::filesystem;

namespace pose::apps {
namespace {

struct Options {
  CommonOptions common;
  std::string indir, list, outdir = "examples/res";
  std::vector<std::string> files;
  std::string detector = "yolov3-spp", pose;
  int inp_dim = 608, detbatch = 1, posebatch = 80;
  float conf = 0.05f;
  double nms = 0.6;
  JsonFormat format = JsonFormat::coco;
  bool save_img = false, vis_fast = false, flip = false;
  std::string json_boxes, boxes;

  void add_to(CLI::App& app);
};

void Options::add_to(CLI::App& app) {
  static const std::map<std::string, JsonFormat> formats{{"coco", JsonFormat::coco}, {"cmu", JsonFormat::cmu}, {"open", JsonFormat::open}};
  common.add_to(app);
  app.add_option("files", files, "pictures");
  app.add_option("--indir", indir, "folder of pictures, sorted, not recursive");
  app.add_option("--list", list, "text file of names, a line each, joined to --indir");
  app.add_option("--outdir", outdir, "folder of the results")->capture_default_str();
  CLI::Option* const detects = app.add_option("--detector", detector, "person detector, a name or a path")->capture_default_str();
  app.add_option("--pose", pose, "pose network, a name or a path (default: fastpose where its weights are, else pose-nano)");
  app.add_option("--inp_dim", inp_dim, "side of the detector's input, a multiple of 32")->capture_default_str();
  app.add_option("--conf", conf, "objectness that a person must exceed")->capture_default_str()->check(CLI::Range(0.0, 1.0));
  app.add_option("--nms", nms, "IoU at which the weaker box goes")->capture_default_str()->check(CLI::Range(0.0, 1.0));
  app.add_option("--detbatch", detbatch, "pictures a run of the detector")->capture_default_str()->check(CLI::Range(1, 256));
  app.add_option("--posebatch", posebatch, "most people a run of the pose network")->capture_default_str()->check(CLI::Range(1, 1024));
  app.add_option("--format", format, "coco, cmu or open")->transform(CLI::CheckedTransformer(formats))->default_str("coco");
  app.add_flag("--save_img", save_img, "also write the pictures with skeletons to OUTDIR/vis");
  app.add_flag("--vis_fast", vis_fast, "opaque circles and lines instead of the translucent style");
  app.add_flag("--flip", flip, "average with the mirror image (the flip test)");
  app.add_option("--json_boxes", json_boxes, "also write the detector's boxes to this file");
  app.add_option("--boxes", boxes, "people's boxes from this file, as --json_boxes or COCO's results have them, in place of a detector")
      ->excludes(detects);
}

// The names of a list file, joined to dir.
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
  if (o.indir.empty()) throw InputError("expected pictures: --indir DIR, --list FILE or FILE... (--help lists the options)");
  std::vector<std::string> paths;
  for (const std::string& name : images_in(o.indir)) paths.push_back((fs::path(o.indir) / name).string());
  return paths;
}

// Two inputs of one name overwrite each other's files and share an image_id, as in the original: say so.
void warn_collisions(const std::vector<std::string>& paths, const Options& o) {
  std::set<std::string> names, stems;
  for (const std::string& path : paths) {
    const std::string name = fs::path(path).filename();
    if (!names.insert(name).second)
      fmt::print(stderr, "pose: warning: {}: another input has the same name; results are told apart by name only\n", path);
    else if (o.format != JsonFormat::coco && !stems.insert(sep_json_stem(name)).second)
      fmt::print(stderr, "pose: warning: {}: sep-json/{}.json is written twice; names are cut at the first dot\n", path, sep_json_stem(name));
  }
}

std::string pose_net_of(const Options& o) {
  if (!o.pose.empty()) return o.pose;
  const std::string name = default_pose_net(o.common.model);
  if (!o.common.quiet) fmt::print(stderr, "pose network: {} (--pose names another)\n", name);
  return name;
}

// Gathers reports and writes the JSON files at the end.
class Results {
public:
  explicit Results(const Options& options) : options_(options) {}

  void add(const PictureReport& report) {
    if (!report.error.empty()) {
      fmt::print(stderr, "pose: {}\n", report.error);
      failed_ = true;
      if (report.people.empty()) return; // people whose picture could not be written still count
    }
    boxes_.emplace_back(report.name, report.boxes);
    pictures_.push_back({report.name, report.people});
  }

  void write() const {
    const fs::path dir = options_.outdir;
    write_file((dir / "alphapose-results.json").string(), format_results(pictures_, options_.format));
    if (options_.format != JsonFormat::coco) {
      make_output_dir(dir / "sep-json");
      for (const ImageResult& p : pictures_) {
        if (!p.people.empty()) write_file((dir / "sep-json" / (sep_json_stem(p.name) + ".json")).string(), format_image(p, options_.format));
      }
    }
    if (!options_.json_boxes.empty()) write_file(options_.json_boxes, format_boxes(boxes_));
  }

  bool failed() const { return failed_; }
  std::size_t people() const {
    std::size_t n = 0;
    for (const ImageResult& p : pictures_) n += p.people.size();
    return n;
  }

private:
  const Options& options_;
  std::vector<ImageResult> pictures_;
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
    pipeline.picture_dir = (fs::path(o.outdir) / "vis").string();
    make_output_dir(pipeline.picture_dir);
  }
  warn_collisions(paths, o);
  const BoxesByName boxes = o.boxes.empty() ? BoxesByName() : read_boxes(o.boxes);
  if (!o.boxes.empty()) pipeline.boxes = &boxes;

  o.common.model.inp_dim = o.inp_dim;
  const EngineOptions engine_options{{o.conf, o.nms}, CropRule::demo, o.flip, o.detbatch, o.posebatch};
  const std::unique_ptr<Engine> engine = [&] { // the models' files are closed before the first picture
    const std::optional<Model> detector = o.boxes.empty() ? std::optional(load_model(o.detector, o.common.model)) : std::nullopt;
    const Model estimator = load_model(pose_net_of(o), o.common.model);
    return make_engine(detector ? &*detector : nullptr, estimator, engine_options, run);
  }();

  Results results(o);
  try {
    Progress progress(paths.size(), "pictures", o.common.quiet);
    run_pipeline(paths, *engine, pipeline, [&](const PictureReport& report) {
      if (!report.error.empty()) progress.clear();
      results.add(report);
      progress.step();
    });
  } catch (...) {
    results.write(); // what was done is not lost
    throw;
  }
  results.write();
  if (!o.common.quiet)
    fmt::print(stderr, "{} people in {} pictures: {}\n", results.people(), paths.size(), (fs::path(o.outdir) / "alphapose-results.json").string());
  if (interrupted()) return kInterrupted;
  return results.failed() ? kSomeInputsFailed : kDone;
}

} // namespace
} // namespace pose::apps

int main(int argc, char** argv) {
  CLI::App app("People's skeletons in pictures: YOLOv3 finds the people, a pose network their joints.", "pose");
  pose::apps::Options options;
  options.add_to(app);
  return pose::apps::run_program(app, argc, argv, [&] { return pose::apps::run(options); });
}
