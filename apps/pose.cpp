// pose: finds people and their keypoints in images and clips, as AlphaPose's demo.py, video_demo.py and webcam_demo.py.
// SPDX-License-Identifier: MIT
#include "apps/commands.h"
#include "apps/pose_options.h"
#include "apps/pose_run.h"
#include "nets/packed_cache.h"
#include "tensor/file.h"

#include <alphapose/version.h>

#include <filesystem>

namespace fs = std::filesystem;

namespace pose::apps {
namespace {

// Names the networks that the user did not name.
void choose_networks(PoseOptions& o) {
  PoseNetworks& n = o.networks;
  n.detects = o.boxes.empty();
  const bool detector_named = !n.detector.empty(), network_named = !n.network.empty();
  n.choose(o.common.model);
  if (o.common.quiet) return;
  if (n.detects && !detector_named) say("detector: {}, --conf {} (--detector names another)\n", n.detector, *n.confidence);
  if (!network_named) say("pose network: {} (--pose names another)\n", n.network);
}

// Returns what the results depend on, as JSON for alphapose-run.json.  The results themselves have AlphaPose's format, which has no room for it.
// side: of the detector's input, which is not --inp_dim where the network has its own.
std::string format_run(const PoseOptions& o, int side, const JointSet& joints, const RunOptions& run) {
  const PoseNetworks& n = o.networks;
  const auto text = [](bool known, const std::string& value) { return known ? python_string(value) : "null"; };
  const auto number = [](bool known, auto value) { return known ? fmt::format("{}", value) : "null"; };
  const bool gpu = run.gpu != nullptr;
  return fmt::format("{{\n \"version\": {},\n \"detector\": {},\n \"boxes\": {},\n \"pose\": {},\n \"conf\": {},\n \"nms\": {},\n"
                     " \"inp_dim\": {},\n \"flip\": {},\n \"matching\": {},\n \"keypoints\": {},\n \"device\": {},\n \"precision\": {}\n}}\n",
                     python_string(alphapose::version()), text(n.detects, n.detector), text(!n.detects, o.boxes), python_string(n.network),
                     number(n.detects, n.confidence.value_or(0)), number(n.detects, o.nms), number(n.detects, side), o.flip, o.matches(),
                     python_string(joints.name), python_string(gpu ? run.gpu->info().name : "cpu"),
                     python_string(gpu ? name_of(run.precision) : "fp32"));
}

struct Networks {
  std::unique_ptr<Engine> engine;
  int side = 0;                         // of the detector's input; 0: no detector
  std::uint64_t detector = 0, pose = 0; // hashes of their weights; 0: not needed
};

// Returns everything that the numbers of a line depend on.
Settings settings_of(const PoseOptions& o, const std::string& run, const Networks& networks) {
  Settings s{{"run", run},
             {"weights", fmt::format("{:x} {:x}", networks.detector, networks.pose)},
             {"rule", o.input.webcam.empty() ? "demo" : "webcam"},
             {"track", fmt::format("{} {}", o.tracks(), o.smooth)},
             {"detect_every", o.detect_every},
             {"frames", fmt::format("{} {} {} {}", o.start, o.end, o.step, o.rotate.value_or(-1))}};
  if (!o.boxes.empty()) s.emplace_back("boxes", fmt::format("{:x}", content_hash(o.boxes)));
  return s;
}

// Loads both networks.  Throws InputError where one of them would be overwritten.  The models' files are closed before the first image.
Networks load_networks(PoseOptions& o, const RunOptions& run, const RunFiles& files) {
  o.common.model.inp_dim = o.inp_dim;
  choose_networks(o);
  const EngineOptions options{{o.networks.confidence.value_or(0), o.nms},
                              o.input.webcam.empty() ? CropRule::demo : CropRule::webcam,
                              o.flip,
                              o.detbatch,
                              o.posebatch,
                              o.matches(),
                              joint_set_option("--keypoints", o.keypoints)};
  const PoseModels models = o.networks.load(o.common.model);
  const Model* const detector = models.detector ? &*models.detector : nullptr;
  if (detector != nullptr) files.expect_not_written(detector->files);
  files.expect_not_written(models.network.files);
  Networks networks;
  if (detector != nullptr) networks.side = detector->graph[0].shape.h;
  if (!o.jsonl.empty()) {
    Pool pool(run.threads);
    if (detector != nullptr) networks.detector = hash_of(*detector->weights, pool);
    networks.pose = hash_of(*models.network.weights, pool);
  }
  networks.engine = make_engine(detector, models.network, options, run);
  return networks;
}

// given: the names of the options that were given.
int run(PoseOptions& o, const std::vector<std::string>& given) {
  o.check();
  const RunOptions run = o.common.run();
  Inputs inputs = inputs_of(o.input);
  check_names(o, inputs.images);
  if (!o.shard.empty()) inputs.keep(parse_shard(o.shard));
  o.warn(given, inputs);
  std::vector<Clip> clips = clips_of(o, inputs);
  Outcome outcome;
  const BoxesByPath boxes = o.boxes.empty() ? BoxesByPath() : boxes_of(o, inputs.images, outcome);
  const RunFiles files = check_files(o, inputs, clips);
  make_folder(o.outdir);
  const std::unique_ptr<serve::Server> page = open_page(o); // before the networks, which take a while
  const Networks networks = load_networks(o, run, files);
  const std::string run_text = format_run(o, networks.side, *networks.engine->joints(), run);

  RecorderOptions recording{o.outdir, o.format, o.jsonl};
  recording.existing = o.resume ? Existing::resume : o.overwrite ? Existing::overwrite : Existing::refuse;
  recording.stop = run.stop;
  recording.images = clips.empty() || !inputs.images.empty();
  for (const Clip& clip : clips) recording.clips.emplace(clip.source, clip.folder);
  Recorder recorder(recording, KeyMaker(settings_of(o, run_text, networks)));
  const auto finish = [&] {
    recorder.finish();
    write_file((fs::path(o.outdir) / "alphapose-run.json").string(), run_text);
  };
  try {
    ClipRunner runner(o, run, *networks.engine, recorder, outcome, page.get());
    if (o.resume) runner.resume(clips);
    if (!inputs.images.empty()) run_images(o, run, inputs.images, boxes, *networks.engine, recorder, outcome);
    for (const Clip& clip : clips) {
      if (interrupted() || outcome.reader_gone) break;
      runner.run(clip);
    }
  } catch (...) {
    finish(); // keep what was done
    throw;
  }
  finish();
  if (!o.common.quiet) say("{}: {}\n", outcome.counted(), (fs::path(o.outdir) / "alphapose-results.json").string());
  if (interrupted()) return kInterrupted;
  if (outcome.reader_gone) return kReaderLeft;
  return outcome.failed ? kSomeInputsFailed : kDone;
}

} // namespace

int pose_command(int argc, char** argv) {
  CommandLine line("pose", "Finds people and their keypoints in images and clips: a detector finds the people, a pose network their keypoints.");
  PoseOptions options;
  options.add_to(line);
  return run_program(line, argc, argv, [&] { return run(options, line.given()); });
}

} // namespace pose::apps
