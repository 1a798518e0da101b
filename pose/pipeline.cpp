// Implements pipeline.h: the work of each stage, and the number of threads.
// SPDX-License-Identifier: MIT
#include "pose/pipeline.h"

#include "image/codec.h"
#include "pose/pipeline_stages.h"
#include "tensor/file.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <filesystem>
#include <set>

namespace fs = std::filesystem;

namespace pose {
namespace {

struct Job {
  ImageReport report;
  Frame frame;
};

// Sets the frame's boxes to the given ones, clipped to the image.
void set_boxes(Job& job, const BoxesByPath& boxes) {
  const auto known = boxes.find(job.report.path);
  if (known == boxes.end()) return;
  std::string problem;
  job.frame.boxes = clip_boxes(known->second, job.frame.image.h, job.frame.image.w, problem);
  if (!problem.empty()) job.report.problem = fmt::format("{}: {}", job.report.path, problem);
}

void prepare(Job& job, Engine& engine) {
  try {
    engine.prepare(job.frame);
  } catch (const InputError& e) { // an image too thin for the detector
    fail("{}: {}", job.report.path, e.what());
  }
}

Job read_job(const std::string& path, Engine& engine, const PipelineOptions& options) {
  Job job;
  job.report.path = path;
  job.report.name = fs::path(path).filename();
  try {
    const std::vector<std::byte> bytes = read_file(path);
    if (options.key) job.report.key = options.key(bytes); // not of a second look at the file, which may have changed
    job.frame.image = decode_image({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, path, options.decode);
    job.report.width = job.frame.image.w;
    job.report.height = job.frame.image.h;
    if (options.boxes != nullptr) set_boxes(job, *options.boxes);
    prepare(job, engine);
  } catch (const DeviceError&) { // not an error of the image
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
  ImageReport& report = job.report;
  if (!report.error.empty()) return;
  engine.collect(job.frame);
  report.boxes = std::move(job.frame.boxes);
  report.people = std::move(job.frame.people);
  if (options.image_dir.empty()) return;
  try { // an image without boxes is written unchanged (docs/spec.md, section 1)
    const fs::path path = fs::path(options.image_dir) / drawn_name(report.name);
    const BgrImage& image = job.frame.image;
    write_image(path, report.boxes.empty() ? image : render(image, report.people, options.style));
  } catch (const std::exception& e) {
    report.error = e.what();
  }
}

// Returns the number of threads that read, which is also the number that write: 1 to 8.  It is large enough to keep an image ready for the networks,
// and small enough not to use many more cores than the `threads` requested.
int io_threads_for(int threads) {
  return 1 + std::min(threads / 4, 7);
}

// With a repeated name, two images go to one file.  One writer then keeps the order, so that the later image wins.
bool names_are_unique(const std::vector<std::string>& paths) {
  std::set<std::string> names;
  for (const std::string& path : paths) names.insert(drawn_name(fs::path(path).filename()));
  return names.size() == paths.size();
}

} // namespace

void run_pipeline(const std::vector<std::string>& paths, Engine& engine, const PipelineOptions& options,
                  const std::function<void(ImageReport)>& done) {
  Work<Job> work;
  work.count = paths.size();
  work.read = [&](std::size_t i) { return read_job(paths[i], engine, options); };
  work.compute = [&](std::vector<Job>& batch) { infer(batch, engine); };
  work.write = [&](Job& job) { finish_job(job, engine, options); };
  work.report = [&](Job& job) { done(std::move(job.report)); };
  work.stop = [&] { return wants_stop(options.stop); };
  work.batch = engine.batch();
  work.readers = io_threads_for(options.threads);
  work.writers = names_are_unique(paths) ? io_threads_for(options.threads) : 1;
  Pipeline<Job>::run(work);
}

} // namespace pose
