// Implements matching.h: peaks of heatmaps, groups of peaks at one place, one person for each group.
// SPDX-License-Identifier: MIT
#include "postprocess/matching.h"

#include "postprocess/assignment.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

namespace pose {

namespace {

constexpr int kNeighbors = 2;       // pixels: a peak is the largest of its 5 x 5 neighborhood
constexpr float kPeak = 0.1f;       // a peak has a higher value
constexpr float kGrouped = 0.05f;   // the score from which on a peak counts
constexpr float kTrusted = 0.3f;    // ... and from which on it moves its group
constexpr float kLost = 1e-5f;      // score of a keypoint that another person took
constexpr float kMinPeak = 0.1f;    // a person has a keypoint with this score ...
constexpr double kMinArea = 1600;   // ... and at least this area, in pixels, ...
constexpr double kAreaScale = 2.25; // ... once its extent is enlarged by 1.5 on both axes
constexpr double kOffset = 0.3;     // subtracted from every coordinate at the end

struct Cell {
  int x = 0, y = 0;
  float value = 0;
  bool peak = true; // false: the first maximum of a map without peaks
};

bool is_peak(View<const float> maps, int n, int joint, int x, int y) {
  const float value = maps.at(n, y, x, joint);
  if (!(value > kPeak)) return false;
  for (int v = std::max(0, y - kNeighbors); v <= std::min(maps.shape.h - 1, y + kNeighbors); ++v) {
    for (int u = std::max(0, x - kNeighbors); u <= std::min(maps.shape.w - 1, x + kNeighbors); ++u) {
      if (maps.at(n, v, u, joint) > value) return false;
    }
  }
  return true;
}

// Returns the peaks, best first; of equal ones, the lower one on the map first, then the one to the right.  Without a peak, returns the first
// maximum.
std::vector<Cell> find_cells(View<const float> maps, int n, int joint) {
  std::vector<Cell> cells;
  Cell best{0, 0, maps.at(n, 0, 0, joint), false};
  for (int y = 0; y < maps.shape.h; ++y) {
    for (int x = 0; x < maps.shape.w; ++x) {
      const float value = maps.at(n, y, x, joint);
      if (std::isnan(value)) return {{0, 0, value, false}}; // as find_peak: a broken map must not look like an empty one
      if (value > best.value) best = {x, y, value, false};
      if (is_peak(maps, n, joint, x, y)) cells.push_back({x, y, value, true});
    }
  }
  if (cells.empty()) return {best};
  std::sort(cells.begin(), cells.end(), [](const Cell& a, const Cell& b) {
    if (a.value != b.value) return a.value > b.value;
    return a.y != b.y ? a.y > b.y : a.x > b.x;
  });
  return cells;
}

double sign(float difference) {
  return double(difference > 0) - double(difference < 0);
}

// Moves a peak towards its higher neighbors.  The vertical neighbors are those in the column of the moved peak, as in the original.
std::array<double, 2> refined(View<const float> maps, int n, int joint, const Cell& cell) {
  const auto [h, w] = std::pair(maps.shape.h, maps.shape.w);
  double x = cell.x, y = cell.y;
  if (0 < cell.x && cell.x < w - 2) x += 0.25 * sign(maps.at(n, cell.y, cell.x + 1, joint) - maps.at(n, cell.y, cell.x - 1, joint));
  if (0 < cell.y && cell.y < h - 2) {
    const int column = int(x);
    y += 0.25 * h / w * sign(maps.at(n, cell.y + 1, column, joint) - maps.at(n, cell.y - 1, column, joint));
  }
  // The original keeps peaks in float32, and the first maximum of a map without peaks in double.
  if (cell.peak) return {double(float(x + 0.2)), double(float(y + 0.2))};
  return {x + 0.2, y + 0.2};
}

// Maps a peak to the image as to_image of heatmap.h does, with the original's types: lengths in float32, places in double.
ImagePeak to_image(std::array<double, 2> at, float score, const CropBox& crop, int map_h, int map_w) {
  const Point p1 = crop.pt1, p2 = crop.pt2;
  const float length_h = std::max((p2.x - p1.x) * float(map_h) / float(map_w), p2.y - p1.y), length_w = length_h * float(map_w) / float(map_h);
  const float beside_x = std::max((length_w - 1) / 2 - (p2.x - 1 - p1.x) / 2, 0.0f),
              beside_y = std::max((length_h - 1) / 2 - (p2.y - 1 - p1.y) / 2, 0.0f);
  return {at[0] * length_h / map_h - beside_x + p1.x, at[1] * length_h / map_h - beside_y + p1.y, score};
}

// The peaks of several people at one place: one keypoint that they all claim.
struct Group {
  double x = 0, y = 0, weight = 0;       // center, weighted by the scores
  double width = 0, height = 0, sum = 0; // of the people's boxes, weighted by the people's scores
  std::vector<std::size_t> people;

  bool holds(const ImagePeak& peak, double sigma) const {
    const double dx = peak.x - x, dy = peak.y - y, area = width * height / (sum * sum);
    return std::sqrt((dx * dx + dy * dy) / area) <= sigma;
  }
};

// Returns the mean score of the first peaks.  A peak that is no number counts as 0.
double person_score(const PeakCandidate& person) {
  double total = 0;
  for (const std::vector<ImagePeak>& peaks : person.peaks) total += std::isnan(peaks[0].score) ? 0 : peaks[0].score;
  return total / double(person.peaks.size());
}

// Adds a person's first peak to the group that holds it, else to a new one.
void add_to_group(std::vector<Group>& groups, const PeakCandidate& person, std::size_t index, std::size_t joint) {
  const ImagePeak& peak = person.peaks[joint][0];
  if (!(peak.score >= kGrouped)) return;
  const auto found = std::find_if(groups.begin(), groups.end(), [&](const Group& g) { return g.holds(peak, person.set->sigmas[joint]); });
  const bool is_new = found == groups.end();
  Group& group = is_new ? groups.emplace_back() : *found;
  group.people.push_back(index);
  if (!is_new && peak.score < kTrusted) return;
  const double score = person_score(person), weight = group.weight + peak.score;
  group.x = (group.x * group.weight + peak.x * peak.score) / weight;
  group.y = (group.y * group.weight + peak.y * peak.score) / weight;
  group.weight = weight;
  group.width += (double(person.box.x2) - person.box.x1) * score;
  group.height += (double(person.box.y2) - person.box.y1) * score;
  group.sum += score;
}

// Whether a person has a group's keypoint.  A person without a group claims nothing, and loses nothing.
struct Claim {
  const Group* group = nullptr;
  bool won = false;
};

// Gives each group to one of its people, so that the sum of the scores is the largest.  Returns the claim of each person.
std::vector<Claim> settle(const std::vector<Group>& groups, const std::vector<PeakCandidate>& people, std::size_t joint) {
  std::vector<double> cost(people.size() * groups.size(), 0);
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (std::size_t p : groups[g].people) cost[p * groups.size() + g] = -person_score(people[p]) * people[p].peaks[joint][0].score;
  }
  const std::vector<int> column_of = assign(cost, int(people.size()), int(groups.size()));
  std::vector<Claim> claims(people.size());
  for (std::size_t g = 0; g < groups.size(); ++g) {
    for (std::size_t p : groups[g].people) claims[p] = {&groups[g], column_of[p] == int(g)};
  }
  return claims;
}

// Sets one keypoint of all people.
void match_joint(const std::vector<PeakCandidate>& candidates, std::size_t joint, std::vector<PerJoint<ImagePeak>>& keypoints) {
  std::vector<Group> groups;
  for (std::size_t p = 0; p < candidates.size(); ++p) add_to_group(groups, candidates[p], p, joint);
  const std::vector<Claim> claims = settle(groups, candidates, joint);
  for (std::size_t p = 0; p < candidates.size(); ++p) {
    const std::vector<ImagePeak>& peaks = candidates[p].peaks[joint];
    ImagePeak& keypoint = keypoints[p][joint];
    keypoint = peaks[0];
    const Claim& claim = claims[p];
    if (claim.group == nullptr) continue;
    if (claim.won) {
      keypoint.x = claim.group->x;
      keypoint.y = claim.group->y;
    } else if (peaks.size() > 1) {
      keypoint = peaks[1];
    } else {
      keypoint.score = kLost;
    }
  }
}

// Adds in the order of NumPy's pairwise sum of 16 to 128 values, so that the last bit equals the original's for 17.
float numpy_sum(const PerJoint<float>& s) {
  std::array<float, 8> r{};
  const std::size_t whole = s.size() - s.size() % r.size();
  for (std::size_t k = 0; k < whole; ++k) r[k % r.size()] += s[k];
  float total = ((r[0] + r[1]) + (r[2] + r[3])) + ((r[4] + r[5]) + (r[6] + r[7]));
  for (std::size_t k = whole; k < s.size(); ++k) total += s[k];
  return total;
}

// Returns the person, or nothing if it is too weak or too small.
std::optional<Person> person_of(const PeakCandidate& candidate, const PerJoint<ImagePeak>& keypoints) {
  Person person = of_set<Person>(candidate.set);
  double left = 1e5, top = 1e5, right = 0, bottom = 0; // limits of the original
  float best = -std::numeric_limits<float>::infinity();
  for (std::size_t k = 0; k < keypoints.size(); ++k) {
    const double x = keypoints[k].x - kOffset, y = keypoints[k].y - kOffset;
    left = std::min(left, x);
    top = std::min(top, y);
    right = std::max(right, x);
    bottom = std::max(bottom, y);
    person.joints[k] = {float(x), float(y)};
    person.scores[k] = keypoints[k].score;
    best = std::max(best, keypoints[k].score);
  }
  if (best < kMinPeak || kAreaScale * (right - left) * (bottom - top) < kMinArea) return std::nullopt;
  person.proposal_score = float(double(numpy_sum(person.scores)) / double(person.scores.size()) + best) + candidate.box_score;
  person.box = candidate.box;
  person.box_score = candidate.box_score;
  return person;
}

} // namespace

std::vector<ImagePeak> find_peaks(View<const float> heatmaps, int n, int joint, const CropBox& crop) {
  std::vector<ImagePeak> peaks;
  for (const Cell& cell : find_cells(heatmaps, n, joint)) {
    if (!peaks.empty() && cell.value < kGrouped) break;
    peaks.push_back(to_image(refined(heatmaps, n, joint, cell), cell.value, crop, heatmaps.shape.h, heatmaps.shape.w));
  }
  return peaks;
}

PeakCandidate find_candidate(View<const float> heatmaps, int n, const Box& box, float box_score, const CropBox& crop, const JointSetRef& set) {
  PeakCandidate candidate{box, box_score, PerJoint<std::vector<ImagePeak>>(set->size()), set};
  for (std::size_t k = 0; k < set->size(); ++k) candidate.peaks[k] = find_peaks(heatmaps, n, int(k), crop);
  return candidate;
}

std::vector<Person> match_people(const std::vector<PeakCandidate>& candidates) {
  const std::size_t joints = candidates.empty() ? 0 : candidates[0].peaks.size();
  std::vector<PerJoint<ImagePeak>> keypoints(candidates.size(), PerJoint<ImagePeak>(joints));
  for (std::size_t k = 0; k < joints; ++k) match_joint(candidates, k, keypoints);
  std::vector<Person> people;
  for (std::size_t p = 0; p < candidates.size(); ++p) {
    if (const std::optional<Person> person = person_of(candidates[p], keypoints[p])) people.push_back(*person);
  }
  return people;
}

} // namespace pose
