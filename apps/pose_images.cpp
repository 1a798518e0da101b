// Implements pose_run.h for images.
// SPDX-License-Identifier: MIT
#include "apps/pose_run.h"
#include "cli/progress.h"
#include "tensor/file.h"

#include <algorithm>
#include <cstddef>
#include <filesystem>
#include <optional>
#include <span>

namespace fs = std::filesystem;

namespace pose::apps {
namespace {

FrameResult result_of(const ImageReport& report, const Recorder& recorder) {
  FrameResult result;
  result.source = report.path;
  result.width = report.width;
  result.height = report.height;
  result.key = report.key.empty() ? recorder.key_of_name(report.path) : report.key;
  result.error = report.error;
  for (const Person& person : report.people) result.people.push_back({person});
  return result;
}

// Returns the images that the earlier run did not do.
std::vector<std::string> left_to_do(const std::vector<std::string>& paths, Recorder& recorder) {
  std::vector<std::string> left;
  for (const std::string& path : paths) {
    if (recorder.done_of(recorder.key_of(path)).empty()) left.push_back(path);
  }
  return left;
}

} // namespace

void Outcome::fail(const std::string& error) {
  if (error != last_error) say("pose: {}\n", error);
  last_error = error;
  failed = true;
}

void Outcome::add(const FrameResult& result) {
  if (!result.error.empty()) fail(result.error);
  (result.time ? frames : images)++;
  people += result.people.size();
}

std::string Outcome::counted() const {
  std::string text = fmt::format("{} people in ", people);
  if (images > 0 || frames == 0) text += fmt::format("{} images", images);
  if (frames > 0) text += fmt::format("{}{} frames", images > 0 ? " and " : "", frames);
  return text;
}

BoxesByPath boxes_of(const PoseOptions& o, const std::vector<std::string>& paths, Outcome& outcome) {
  constexpr std::size_t kShown = 10;
  const BoxesFile file = read_boxes(o.boxes);
  const std::size_t bad = file.problems.size();
  for (std::size_t i = 0; i < std::min(bad, kShown); i++) outcome.fail(file.problems[i]);
  if (bad > kShown) outcome.fail(fmt::format("{}: {} more entries cannot be used", o.boxes, bad - kShown));
  AssignedBoxes assigned = assign_boxes(file.images, paths);
  const auto warn = [&](std::size_t entries, const std::string& why) {
    if (entries > 0) say("pose: warning: {}: {} left out: {}\n", o.boxes, entries == 1 ? "1 entry" : fmt::format("{} entries", entries), why);
  };
  warn(file.others, "category_id is not 1, a person");
  warn(assigned.left, fmt::format("image_id names no input, or several: {}", python_string(assigned.first_left)));
  return std::move(assigned.boxes);
}

void run_images(const PoseOptions& o, const RunOptions& run, const std::vector<std::string>& paths, const BoxesByPath& boxes, Engine& engine,
                Recorder& recorder, Outcome& outcome) {
  PipelineOptions pipeline;
  pipeline.threads = run.threads;
  pipeline.decode = o.decode_limits();
  pipeline.stop = [&] { return wants_stop(run.stop) || outcome.reader_gone; };
  if (!o.jsonl.empty()) pipeline.key = [&](std::span<const std::byte> file) { return recorder.key_of_content(file); };
  pipeline.style = o.vis_fast ? RenderStyle::fast : RenderStyle::dense;
  if (!o.boxes.empty()) pipeline.boxes = &boxes;
  if (o.save_img) {
    pipeline.image_dir = (fs::path(o.outdir) / "vis").string();
    make_folder(pipeline.image_dir);
  }
  std::optional<BoxesWriter> found;
  if (!o.json_boxes.empty()) found.emplace(o.json_boxes);
  try {
    const std::vector<std::string> left = o.resume ? left_to_do(paths, recorder) : paths;
    Progress progress(left.size(), "images", o.common.quiet);
    run_pipeline(left, engine, pipeline, [&](const ImageReport& report) {
      if (!report.error.empty() || !report.problem.empty()) progress.clear();
      const FrameResult result = result_of(report, recorder);
      outcome.add(result);
      if (!report.problem.empty()) outcome.fail(report.problem);
      if (found && (report.error.empty() || !report.people.empty()))
        found->add(report.name, report.boxes); // people whose image could not be written count
      if (!recorder.add(result)) outcome.reader_gone = true;
      progress.step();
    });
  } catch (...) {
    if (found) found->finish(); // keep what was done
    throw;
  }
  if (found) found->finish();
}

} // namespace pose::apps
