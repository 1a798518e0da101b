// What the stages do with a picture, and how many threads help.
// SPDX-License-Identifier: MIT
#include "pose/pipeline.h"

#include "image/codec.h"
#include "pose/pipeline_stages.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <set>

namespace fs = std::filesystem;

namespace pose {
namespace {

struct Job {
  PictureReport report;
  Frame frame;
};

void set_boxes(Job& job, const BoxesByName& boxes) {
  const auto known = boxes.find(job.report.name);
  if (known == boxes.end()) return;
  try {
    job.frame.boxes = boxes_inside(known->second, job.frame.picture.h, job.frame.picture.w);
  } catch (const Error& e) {
    fail("{}: {}", job.report.path, e.what());
  }
}

Job read_job(const std::string& path, Engine& engine, const PipelineOptions& options) {
  Job job;
  job.report.path = path;
  job.report.name = fs::path(path).filename();
  try {
    job.frame.picture = read_image(path);
    if (options.boxes != nullptr) set_boxes(job, *options.boxes);
    engine.prepare(job.frame);
  } catch (const DeviceError&) { // no fault of the picture
    throw;
  } catch (const std::exception& e) {
    job.report.error = e.what();
  }
  return job;
}

void infer(std::vector<Job>& batch, Engine& engine) {
  std::vector<Frame*> good;
  for (Job& job : batch) {
    if (job.report.error.empty()) good.push_back(&job.frame);
  }
  if (!good.empty()) engine.infer(good);
}

void finish_job(Job& job, Engine& engine, const PipelineOptions& options) {
  PictureReport& report = job.report;
  if (!report.error.empty()) return;
  engine.collect(job.frame);
  report.boxes = std::move(job.frame.boxes);
  report.people = pose_nms(job.frame.candidates);
  if (options.picture_dir.empty()) return;
  try { // without any box the picture is passed on untouched (docs/spec.md, section 1)
    const fs::path path = fs::path(options.picture_dir) / report.name;
    const BgrImage& picture = job.frame.picture;
    write_image(path, report.boxes.empty() ? picture : render(picture, report.people, options.style));
  } catch (const std::exception& e) {
    report.error = e.what();
  }
}

// Reading and writing keep this many cores busy at most: enough for the networks of few threads to have a picture waiting, without a core more than
// asked for when there is one.
int helpers_for(int threads) {
  return 1 + std::min(threads / 4, 7);
}

// Two pictures of one name go to the same file: the later one must win.
bool names_are_unique(const std::vector<std::string>& paths) {
  std::set<std::string> names;
  for (const std::string& path : paths) names.insert(fs::path(path).filename());
  return names.size() == paths.size();
}

} // namespace

void run_pipeline(const std::vector<std::string>& paths, Engine& engine, const PipelineOptions& options,
                  const std::function<void(PictureReport)>& done) {
  Work<Job> work;
  work.count = paths.size();
  work.read = [&](std::size_t i) { return read_job(paths[i], engine, options); };
  work.compute = [&](std::vector<Job>& batch) { infer(batch, engine); };
  work.write = [&](Job& job) { finish_job(job, engine, options); };
  work.report = [&](Job& job) { done(std::move(job.report)); };
  work.stop = [&] { return wants_stop(options.stop); };
  work.batch = engine.batch();
  work.readers = helpers_for(options.threads);
  work.writers = names_are_unique(paths) ? helpers_for(options.threads) : 1;
  Pipeline<Job>::run(work);
}

} // namespace pose
