// Implements estimator.h.
// SPDX-License-Identifier: MIT
#include "pose/estimator.h"

#include "image/letterbox.h"
#include "pose/model_checks.h"

#include <algorithm>

namespace pose {
namespace {

// Writes the mirror image of image `from` of a map to image `to`.
void mirror(View<float> v, int from, int to) {
  for (int y = 0; y < v.shape.h; y++) {
    for (int x = 0; x < v.shape.w; x++) {
      for (int c = 0; c < v.shape.c; c++) v.at(to, y, v.shape.w - 1 - x, c) = v.at(from, y, x, c);
    }
  }
}

} // namespace

std::vector<YoloOutput> yolo_outputs(const Plan& plan, int n) {
  std::vector<YoloOutput> heads;
  for (int k = 0; k < int(plan.graph().outputs.size()); k++) {
    const View<const float> v = plan.output(k);
    heads.push_back({v.pixel_ptr(n, 0, 0, 0), v.shape.w, v.shape.c});
  }
  return heads;
}

PersonDetector::PersonDetector(const Model& model, const SelectOptions& select, int batch, const RunOptions& run)
    : plan_((expect_heads(model.graph), make_plan(model, run, batch))), select_(for_people_of(model, select)), inp_dim_(square_side(model.graph)) {}

std::vector<std::vector<PersonBox>> PersonDetector::detect(std::span<const Image> images, Pool& pool) {
  const int n = int(images.size());
  const View<float> input = plan_.input(n);
  auto fill = [&](std::int64_t i, int) { to_input(*images[std::size_t(i)].canvas, input, int(i)); };
  parallel_for(pool, n, fill);
  plan_.run(n, pool);
  std::vector<std::vector<YoloOutput>> rows;
  for (int i = 0; i < n; i++) rows.push_back(yolo_outputs(plan_, i));
  std::vector<std::vector<PersonBox>> people(images.size());
  for (const Detection& d : select_people(rows, select_)) {
    const Image& p = images[std::size_t(d.image)];
    people[std::size_t(d.image)].push_back({to_image(d.box, p.h, p.w, inp_dim_), d.objectness});
  }
  return people;
}

PoseEstimator::PoseEstimator(const Model& model, CropRule rule, bool flip, int batch, const RunOptions& run)
    : rules_(model, rule), flip_(flip), batch_(batch), plan_(make_plan(model, run, flip ? 2 * batch : batch)) {
  Shape maps = rules_.heatmaps();
  maps.n = batch;
  if (flip_) averaged_ = Tensor(maps);
}

std::vector<Candidate> PoseEstimator::estimate(const BgrImage& image, std::span<const PersonBox> boxes, Pool& pool) {
  std::vector<Candidate> candidates(boxes.size(), of_set<Candidate>(rules_.joints()));
  run(image, boxes, pool, [&](View<const float> heatmaps, int n, std::size_t box, const CropBox& crop) {
    Candidate& c = candidates[box];
    if (rules_.has_landmarks()) c = rules_.landmarks(landmark_outputs(), n, crop);
    c.box = boxes[box].box;
    c.box_score = boxes[box].score;
    for (std::size_t k = 0; k < c.joints.size() && !rules_.has_landmarks(); k++) {
      const Peak peak = rules_.keypoint(heatmaps, n, int(k));
      c.joints[k] = to_image(peak.at, crop, rules_.heatmaps().h, rules_.heatmaps().w);
      c.scores[k] = peak.score;
    }
  });
  return candidates;
}

LandmarkOutputs PoseEstimator::landmark_outputs() const {
  return {plan_.output(0), plan_.output(1), plan_.output(2)};
}

std::vector<PeakCandidate> PoseEstimator::estimate_peaks(const BgrImage& image, std::span<const PersonBox> boxes, Pool& pool) {
  std::vector<PeakCandidate> candidates(boxes.size());
  run(image, boxes, pool, [&](View<const float> heatmaps, int n, std::size_t box, const CropBox& crop) {
    candidates[box] = find_candidate(heatmaps, n, boxes[box].box, boxes[box].score, crop, rules_.joints());
  });
  return candidates;
}

void PoseEstimator::run(const BgrImage& image, std::span<const PersonBox> boxes, Pool& pool, const Decode& decode) {
  for (std::size_t i = 0; i < boxes.size(); i += std::size_t(batch_))
    run_chunk(image, boxes.subspan(i, std::min(boxes.size() - i, std::size_t(batch_))), i, pool, decode);
}

// Writes the flip test's heatmaps of person i to averaged_: the mean of heatmaps i and of the mirror image's heatmaps, n + i.
void PoseEstimator::average_flip(View<const float> maps, int n, int i) {
  const View<float> average = averaged_.view();
  View<const float> mirrored = maps;
  mirrored.data += n * maps.image;
  for (int y = 0; y < maps.shape.h; y++) {
    for (int x = 0; x < maps.shape.w; x++) {
      for (int c = 0; c < maps.shape.c; c++) average.at(i, y, x, c) = maps.at(i, y, x, c);
    }
  }
  average_flipped(average, mirrored, i, *rules_.joints(), rules_.shifts_mirrored());
}

// boxes: those of the chunk.  first: the index of the first one in the image.
void PoseEstimator::run_chunk(const BgrImage& image, std::span<const PersonBox> boxes, std::size_t first, Pool& pool, const Decode& decode) {
  const int n = int(boxes.size()), runs = flip_ ? 2 * n : n;
  std::vector<CropBox> crops;
  for (const PersonBox& b : boxes) crops.push_back(rules_.crop_of(b.box, image.h, image.w));
  View<float> input;
  auto crop_one = [&](std::int64_t i, int) {
    crop(image, crops[std::size_t(i)], {rules_.input().mean, rules_.input().std}, input, int(i));
    if (flip_) mirror(input, int(i), n + int(i));
  };
  for (int pass = 0; pass < rules_.passes(); pass++) {
    for (int i = 0; i < n && pass > 0; i++) crops[std::size_t(i)] = rules_.refined(landmark_outputs(), i, crops[std::size_t(i)]);
    input = plan_.input(runs); // a run overwrites it
    parallel_for(pool, n, crop_one);
    plan_.run(runs, pool);
  }
  const View<const float> maps = plan_.output(0), final_maps = flip_ ? averaged_.view() : maps;
  auto decode_one = [&](std::int64_t i, int) {
    if (flip_) average_flip(maps, n, int(i));
    decode(final_maps, int(i), first + std::size_t(i), crops[std::size_t(i)]);
  };
  parallel_for(pool, n, decode_one);
}

} // namespace pose
