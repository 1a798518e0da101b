// Implements joint_set.h.
// SPDX-License-Identifier: MIT
#include "postprocess/joint_set.h"

#include "tensor/error.h"

#include <fmt/ranges.h>

#include <set>
#include <utility>

namespace pose {
namespace {

constexpr std::size_t kFace = 68, kHand = 21; // keypoints
constexpr Color kWhite{255, 255, 255};

// Colors of skeletons are AlphaPose's (docs/spec.md, section 11): those of the branch `pytorch` for COCO, of the branch `master` for Halpe.
constexpr Color kBodyColors[] = {{0, 255, 255},  {0, 191, 255},  {0, 255, 102},  {0, 77, 255},   {0, 255, 0},    {77, 255, 255},
                                 {77, 255, 204}, {77, 204, 255}, {191, 255, 77}, {77, 191, 255}, {191, 255, 77}, {204, 77, 255},
                                 {77, 255, 204}, {191, 77, 255}, {77, 255, 191}, {127, 77, 255}, {77, 255, 127}};
constexpr Color kNeckColor{0, 255, 255};
constexpr Color kFeetColors[] = {{77, 255, 255}, {0, 255, 255}, {77, 204, 255}, {0, 255, 255}, {0, 191, 255},
                                 {0, 255, 102},  {0, 77, 255},  {0, 255, 0},    {77, 255, 255}};

constexpr Limb kCocoLimbs[] = {{0, 1, {0, 215, 255}},    {0, 2, {0, 255, 204}},       {1, 3, {0, 134, 255}},        {2, 4, {0, 255, 50}},
                               {5, 6, {77, 255, 222}},   {5, 7, {77, 196, 255}},      {7, 9, {77, 135, 255}},       {6, 8, {191, 255, 77}},
                               {8, 10, {77, 255, 77}},   {kNeck, 11, {77, 222, 255}}, {kNeck, 12, {255, 156, 127}}, {11, 13, {0, 127, 255}},
                               {12, 14, {255, 127, 77}}, {13, 15, {0, 77, 255}},      {14, 16, {255, 77, 36}}};
constexpr Limb kHalpeLimbs[] = {{0, 1, {0, 215, 255}},    {0, 2, {0, 255, 204}},     {1, 3, {0, 134, 255}},     {2, 4, {0, 255, 50}},
                                {5, 18, {0, 255, 102}},   {6, 18, {77, 255, 222}},   {5, 7, {77, 196, 255}},    {7, 9, {77, 135, 255}},
                                {6, 8, {191, 255, 77}},   {8, 10, {77, 255, 77}},    {17, 18, {77, 191, 255}},  {18, 19, {204, 77, 255}},
                                {19, 11, {77, 222, 255}}, {19, 12, {255, 156, 127}}, {11, 13, {0, 127, 255}},   {12, 14, {255, 127, 77}},
                                {13, 15, {0, 77, 255}},   {14, 16, {255, 77, 36}},   {20, 24, {0, 77, 255}},    {21, 25, {0, 77, 255}},
                                {23, 25, {0, 77, 255}},   {22, 24, {0, 77, 255}},    {15, 24, {255, 156, 127}}, {16, 25, {255, 156, 127}}};

// Finds the keypoint of this name; -1: none.
int index_of(const std::vector<std::string>& names, const std::string& name) {
  const auto at = std::find(names.begin(), names.end(), name);
  return at == names.end() ? -1 : int(at - names.begin());
}

const std::vector<std::string>& coco_names() {
  static const std::vector<std::string> names = {"nose",           "left_eye",   "right_eye",   "left_ear",   "right_ear",   "left_shoulder",
                                                 "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist", "left_hip",
                                                 "right_hip",      "left_knee",  "right_knee",  "left_ankle", "right_ankle"};
  return names;
}

void swap_sides(JointSet& set, std::size_t left, std::size_t right) {
  set.mirrored[left] = int(right);
  set.mirrored[right] = int(left);
}

// Adds keypoints that are their own mirror image.
void add_joints(JointSet& set, const std::vector<std::string>& names, double sigma) {
  set.names.insert(set.names.end(), names.begin(), names.end());
  set.sigmas.resize(set.size(), sigma);
  while (set.mirrored.size() < set.size()) set.mirrored.push_back(int(set.mirrored.size()));
}

// Adds limbs from each keypoint of a range to the next one.
void add_chain(JointSet& set, std::size_t first, std::size_t last) {
  for (std::size_t k = first; k < last; ++k) set.limbs.push_back({k, k + 1, kWhite, true});
}

// Sets the places of COCO's keypoints.
void find_coco(JointSet& set) {
  for (std::size_t k = 0; k < kJoints; ++k) set.coco[k] = index_of(set.names, coco_names()[k]);
}

// Adds COCO's limbs between the keypoints that the set has of COCO's.
void add_coco_limbs(JointSet& set) {
  for (Limb limb : kCocoLimbs) {
    const int a = limb.a == kNeck ? -1 : set.coco[limb.a], b = set.coco[limb.b];
    if (a >= 0 && b >= 0) set.limbs.push_back({std::size_t(a), std::size_t(b), limb.color});
  }
}

JointSet coco_set() {
  JointSet set;
  set.name = "coco17";
  add_joints(set, coco_names(), 0);
  set.sigmas = {0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089, 0.089};
  for (std::size_t k = 1; k < kJoints; k += 2) swap_sides(set, k, k + 1);
  set.limbs.assign(std::begin(kCocoLimbs), std::end(kCocoLimbs));
  set.colors.assign(std::begin(kBodyColors), std::end(kBodyColors));
  set.colors.push_back(kNeckColor);
  set.neck = true;
  find_coco(set);
  return set;
}

// Halpe-FullBody (Fang et al. 2022) has COCO's keypoints, nine of the trunk and the feet, 68 of the face, 21 of each hand.  Sigmas are those of
// AlphaPose's OKS.
JointSet halpe26_set() {
  JointSet set = coco_set();
  set.name = "halpe26";
  add_joints(set, {"head", "neck", "hip"}, 0.08);
  add_joints(set, {"left_big_toe", "right_big_toe", "left_small_toe", "right_small_toe", "left_heel", "right_heel"}, 0.089);
  for (std::size_t k : {20u, 22u, 24u}) swap_sides(set, k, k + 1);
  set.limbs.assign(std::begin(kHalpeLimbs), std::end(kHalpeLimbs));
  set.colors.pop_back();
  set.colors.insert(set.colors.end(), std::begin(kFeetColors), std::end(kFeetColors));
  set.neck = false;
  return set;
}

// Adds the 68 points of iBUG's face (Sagonas et al. 2013).
void add_face(JointSet& set) {
  constexpr double kSigma = 0.025;
  const std::size_t first = set.size();
  std::vector<std::string> names;
  for (std::size_t k = 0; k < kFace; ++k) names.push_back(fmt::format("face_{}", k));
  add_joints(set, names, kSigma);
  set.face = kFace;
  const auto swap = [&](std::size_t a, std::size_t b) { swap_sides(set, first + a, first + b); };
  for (std::size_t k = 0; k < 8; ++k) swap(k, 16 - k);                                                                     // jaw
  for (std::size_t k = 0; k < 5; ++k) swap(17 + k, 26 - k);                                                                // brows
  for (const auto& [a, b] : {std::pair(31u, 35u), {32u, 34u}}) swap(a, b);                                                 // nose
  for (const auto& [a, b] : {std::pair(36u, 45u), {37u, 44u}, {38u, 43u}, {39u, 42u}, {40u, 47u}, {41u, 46u}}) swap(a, b); // eyes
  for (const auto& [a, b] : {std::pair(48u, 54u), {49u, 53u}, {50u, 52u}, {59u, 55u}, {58u, 56u}}) swap(a, b);             // mouth, outside ...
  for (const auto& [a, b] : {std::pair(60u, 64u), {61u, 63u}, {67u, 65u}}) swap(a, b);                                     // ... and inside
  constexpr std::size_t kChains[][2] = {{0, 16}, {17, 21}, {22, 26}, {27, 30}, {31, 35}, {36, 41}, {42, 47}, {48, 67}};
  for (const auto& [from, to] : kChains) add_chain(set, first + from, first + to);
}

// Adds the wrist and four keypoints of each finger, for both hands.
void add_hands(JointSet& set) {
  constexpr double kSigma = 0.025;
  const std::size_t first = set.size();
  for (const char* side : {"left", "right"}) {
    std::vector<std::string> names;
    for (std::size_t k = 0; k < kHand; ++k) names.push_back(fmt::format("{}_hand_{}", side, k));
    add_joints(set, names, kSigma);
  }
  set.hands = 2 * kHand;
  for (std::size_t k = 0; k < kHand; ++k) swap_sides(set, first + k, first + kHand + k);
  for (std::size_t hand = first; hand < set.size(); hand += kHand) {
    for (std::size_t finger = hand + 1; finger < hand + kHand; finger += 4) {
      set.limbs.push_back({hand, finger, kWhite, true});
      add_chain(set, finger, finger + 3);
    }
  }
}

// The landmarks of BlazePose (Bazarevsky et al. 2020).  Those that COCO has, too, have its sigmas.
JointSet blazepose_set() {
  constexpr std::size_t kLimbs[][2] = {{0, 2},   {0, 5},   {2, 7},   {5, 8},   {9, 10},  {11, 12}, {11, 13}, {13, 15}, {15, 17},
                                       {15, 19}, {15, 21}, {12, 14}, {14, 16}, {16, 18}, {16, 20}, {16, 22}, {11, 23}, {12, 24},
                                       {23, 24}, {23, 25}, {25, 27}, {27, 29}, {27, 31}, {24, 26}, {26, 28}, {28, 30}, {28, 32}};
  JointSet set;
  set.name = "blazepose33";
  add_joints(set, {"nose"}, kUsualSigma);
  for (const std::string side : {"left", "right"}) add_joints(set, {side + "_eye_inner", side + "_eye", side + "_eye_outer"}, kUsualSigma);
  for (const std::string part :
       {"ear", "mouth", "shoulder", "elbow", "wrist", "pinky", "index", "thumb", "hip", "knee", "ankle", "heel", "foot_index"})
    add_joints(set, {"left_" + part, "right_" + part}, kUsualSigma);
  for (std::size_t k = 1; k < 4; ++k) swap_sides(set, k, k + 3);
  for (std::size_t k = 7; k < set.size(); k += 2) swap_sides(set, k, k + 1);
  find_coco(set);
  const JointSet coco = coco_set();
  set.colors.assign(set.size(), kNeckColor);
  for (std::size_t k = 0; k < kJoints; ++k) {
    set.colors[std::size_t(set.coco[k])] = coco.colors[k];
    set.sigmas[std::size_t(set.coco[k])] = coco.sigmas[k];
  }
  for (const auto& [a, b] : kLimbs) set.limbs.push_back({a, b, set.colors[b]});
  return set;
}

std::vector<JointSetRef> make_known() {
  JointSet without_face = halpe26_set(), whole = without_face;
  without_face.name = "halpe68";
  add_hands(without_face);
  whole.name = "halpe136";
  add_face(whole);
  add_hands(whole);
  std::vector<JointSetRef> sets;
  for (const JointSet& set : std::initializer_list<JointSet>{coco_set(), halpe26_set(), without_face, whole, blazepose_set()})
    sets.push_back(std::make_shared<JointSet>(set));
  return sets;
}

const std::vector<JointSetRef>& known_sets() {
  static const std::vector<JointSetRef> sets = make_known();
  return sets;
}

// Returns the first set that has a property, null where there is none.
template <class F> JointSetRef known_set(const F& has) {
  const auto at = std::find_if(known_sets().begin(), known_sets().end(), has);
  return at == known_sets().end() ? nullptr : *at;
}

std::size_t index_in(const JointSetSpec& spec, int k, const char* what) {
  if (k < 0 || std::size_t(k) >= spec.names.size()) fail("{}: expected keypoints from 0 to {}, found {}", what, spec.names.size() - 1, k);
  return std::size_t(k);
}

} // namespace

const JointSetRef& coco_joints() {
  return known_sets().front();
}

JointSetRef find_joint_set(const std::string& name) {
  return known_set([&](const JointSetRef& set) { return set->name == name; });
}

JointSetRef joint_set_of_size(std::size_t joints) {
  return known_set([&](const JointSetRef& set) { return set->size() == joints; });
}

std::vector<std::string> joint_set_names() {
  std::vector<std::string> names;
  for (const JointSetRef& set : known_sets()) names.push_back(set->name);
  return names;
}

JointSetRef joint_set_option(const std::string& option, const std::string& name) {
  if (name.empty()) return nullptr;
  JointSetRef set = find_joint_set(name);
  if (set == nullptr) fail<InputError>("{}: expected one of {}, found {}", option, fmt::join(joint_set_names(), ", "), name);
  return set;
}

JointSetRef make_joint_set(const JointSetSpec& spec) {
  if (JointSetRef same = known_set([&](const JointSetRef& set) { return set->names == spec.names; })) return same;
  const std::size_t count = spec.names.size();
  if (count < 1 || count > kMostJoints) fail("names: expected 1 to {}, found {}", kMostJoints, count);
  if (std::set<std::string>(spec.names.begin(), spec.names.end()).size() != count) fail("names: expected different ones, found one twice");
  if (index_of(spec.names, "") >= 0) fail("names: expected names, found an empty one");
  if (!spec.sigmas.empty() && spec.sigmas.size() != count) fail("sigmas: expected {} or none, found {}", count, spec.sigmas.size());
  if (!std::all_of(spec.sigmas.begin(), spec.sigmas.end(), [](double s) { return s > 0; })) fail("sigmas: expected numbers above 0, found others");
  JointSet set;
  set.name = spec.name;
  add_joints(set, spec.names, kUsualSigma);
  if (!spec.sigmas.empty()) set.sigmas = spec.sigmas;
  for (const auto& [left, right] : spec.pairs) {
    const std::size_t a = index_in(spec, left, "pairs"), b = index_in(spec, right, "pairs");
    if (set.mirrored[a] != left || set.mirrored[b] != right) fail("pairs: expected each keypoint once, found one twice");
    swap_sides(set, a, b);
  }
  find_coco(set);
  if (spec.limbs.empty()) add_coco_limbs(set);
  for (std::size_t i = 0; i < spec.limbs.size(); ++i) {
    const Color color = kCocoLimbs[i % std::size(kCocoLimbs)].color;
    set.limbs.push_back({index_in(spec, spec.limbs[i][0], "limbs"), index_in(spec, spec.limbs[i][1], "limbs"), color});
  }
  for (std::size_t k = 0; k < count; ++k) set.colors.push_back(kBodyColors[k % std::size(kBodyColors)]);
  return std::make_shared<JointSet>(set);
}

} // namespace pose
