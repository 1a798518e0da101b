// Three threads and two bounded queues: reading, the networks, writing.
// SPDX-License-Identifier: MIT
#include "apps/pipeline.h"

#include "apps/queue.h"
#include "image/codec.h"
#include "image/letterbox.h"

#include <exception>
#include <filesystem>
#include <thread>

namespace fs = std::filesystem;

namespace pose::apps {
namespace {

constexpr std::size_t kReadAhead = 4; // pictures that wait between two stages: bounds the memory

struct Job {
  PictureReport report;
  BgrImage picture, canvas;
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
    good[i]->report.people = pose_nms(estimator.estimate(good[i]->picture, boxes[i], pool));
  }
}

void write_job(Job& job, const PipelineOptions& options) {
  PictureReport& report = job.report;
  if (!report.error.empty() || options.picture_dir.empty()) return;
  try { // without any box the picture is passed on untouched (SPEC.md, section 1)
    const fs::path path = fs::path(options.picture_dir) / report.name;
    write_image(path, report.boxes.empty() ? job.picture : render(job.picture, report.people, options.style));
  } catch (const std::exception& e) {
    report.error = e.what();
  }
}

} // namespace

void run_pipeline(const std::vector<std::string>& paths, PersonDetector& detector, PoseEstimator& estimator, const PipelineOptions& options,
                  const std::function<void(PictureReport)>& done) {
  Queue<Job> decoded(kReadAhead), finished(kReadAhead);
  std::thread reader([&] {
    for (const std::string& path : paths) {
      if (interrupted() || !decoded.push(read_job(path, detector.inp_dim()))) break;
    }
    decoded.close();
  });
  std::exception_ptr writer_error, network_error;
  std::thread writer([&] {
    try {
      while (std::optional<Job> job = finished.pop()) {
        write_job(*job, options);
        done(std::move(job->report));
      }
    } catch (...) {
      writer_error = std::current_exception();
      finished.close();
    }
  });
  try {
    Pool pool(options.threads);
    bool open = true;
    while (open) {
      std::vector<Job> batch;
      while (int(batch.size()) < detector.batch()) {
        std::optional<Job> job = decoded.pop();
        if (!job) break;
        batch.push_back(std::move(*job));
      }
      open = int(batch.size()) == detector.batch();
      infer(batch, detector, estimator, pool);
      for (Job& job : batch) open = finished.push(std::move(job)) && open;
    }
  } catch (...) {
    network_error = std::current_exception();
  }
  decoded.close();
  finished.close();
  reader.join();
  writer.join();
  if (network_error) std::rethrow_exception(network_error);
  if (writer_error) std::rethrow_exception(writer_error);
}

} // namespace pose::apps
