// What the stages do with a picture, and how many threads help.
// SPDX-License-Identifier: MIT
#include "apps/pipeline.h"

#include "apps/stages.h"
#include "image/codec.h"
#include "image/letterbox.h"

#include <algorithm>
#include <exception>
#include <filesystem>
#include <set>

namespace fs = std::filesystem;

namespace pose::apps {
namespace {

struct Job {
  PictureReport report;
  BgrImage picture, canvas;
  std::vector<Candidate> candidates;
};

Job read_job(const std::string& path, int inp_dim) {
  Job job;
  job.report.path = path;
  job.report.name = fs::path(path).filename();
  try {
    job.picture = read_image(path);
    job.canvas = letterbox(job.picture, inp_dim);
  } catch (const std::exception& e) {
    job.report.error = e.what();
  }
  return job;
}

// Detects in all good jobs of the batch at once, then estimates picture by picture.
void infer(std::vector<Job>& batch, PersonDetector& detector, PoseEstimator& estimator, Pool& pool) {
  std::vector<PersonDetector::Picture> pictures;
  std::vector<Job*> good;
  for (Job& job : batch) {
    if (!job.report.error.empty()) continue;
    good.push_back(&job);
    pictures.push_back({&job.canvas, job.picture.h, job.picture.w});
  }
  if (good.empty()) return;
  const std::vector<std::vector<PersonBox>> boxes = detector.detect(pictures, pool);
  for (std::size_t i = 0; i < good.size(); i++) {
    good[i]->report.boxes = boxes[i];
    good[i]->candidates = estimator.estimate(good[i]->picture, boxes[i], pool);
  }
}

void finish_job(Job& job, const PipelineOptions& options) {
  PictureReport& report = job.report;
  report.people = pose_nms(job.candidates);
  if (!report.error.empty() || options.picture_dir.empty()) return;
  try { // without any box the picture is passed on untouched (SPEC.md, section 1)
    const fs::path path = fs::path(options.picture_dir) / report.name;
    write_image(path, report.boxes.empty() ? job.picture : render(job.picture, report.people, options.style));
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

void run_pipeline(const std::vector<std::string>& paths, PersonDetector& detector, PoseEstimator& estimator, const PipelineOptions& options,
                  const std::function<void(PictureReport)>& done) {
  Pool pool(options.threads);
  Work<Job> work;
  work.count = paths.size();
  work.read = [&](std::size_t i) { return read_job(paths[i], detector.inp_dim()); };
  work.compute = [&](std::vector<Job>& batch) { infer(batch, detector, estimator, pool); };
  work.write = [&](Job& job) { finish_job(job, options); };
  work.report = [&](Job& job) { done(std::move(job.report)); };
  work.stop = interrupted;
  work.batch = detector.batch();
  work.readers = helpers_for(options.threads);
  work.writers = names_are_unique(paths) ? helpers_for(options.threads) : 1;
  Stages<Job>::run(work);
}

} // namespace pose::apps
