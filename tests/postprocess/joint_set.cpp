// Tests the sets of keypoints: their names, mirror images, skeletons and places of COCO's keypoints, and sets of models.
// SPDX-License-Identifier: MIT
#include "postprocess/person.h"

#include "tests/error_of.h"

#include <doctest/doctest.h>

#include <cmath>
#include <set>

using namespace pose;
using namespace pose::testing;

namespace {

std::size_t index(const JointSet& set, const std::string& name) {
  const auto at = std::find(set.names.begin(), set.names.end(), name);
  REQUIRE_MESSAGE(at != set.names.end(), name);
  return std::size_t(at - set.names.begin());
}

// The other side's name.
std::string opposite(const std::string& name) {
  if (name.rfind("left_", 0) == 0) return "right_" + name.substr(5);
  if (name.rfind("right_", 0) == 0) return "left_" + name.substr(6);
  return name;
}

const JointSetSpec kHand{"hand", {"wrist", "left_thumb", "right_thumb"}, {{1, 2}}, {{0, 1}, {0, 2}}, {0.1, 0.2, 0.3}};

std::string error_of_spec(void (*change)(JointSetSpec&)) {
  JointSetSpec spec = kHand;
  change(spec);
  return error_of([&] { make_joint_set(spec); });
}

} // namespace

TEST_CASE("every set has distinct names, a mirror image that is one, and COCO's keypoints") {
  CHECK(joint_set_names() == std::vector<std::string>{"coco17", "halpe26", "halpe68", "halpe136", "blazepose33"});
  for (const std::string& name : joint_set_names()) {
    CAPTURE(name);
    const JointSet& set = *find_joint_set(name);
    CHECK(std::set<std::string>(set.names.begin(), set.names.end()).size() == set.size());
    CHECK((set.mirrored.size() == set.size() && set.sigmas.size() == set.size()));
    CHECK(joint_set_of_size(set.size()) == find_joint_set(name));
    for (std::size_t k = 0; k < set.size(); ++k) {
      CHECK(set.mirrored[std::size_t(set.mirrored[k])] == int(k));
      if (set.names[k].rfind("face_", 0) != 0) CHECK(set.names[std::size_t(set.mirrored[k])] == opposite(set.names[k]));
      CHECK(set.sigmas[k] > 0);
    }
    for (std::size_t k = 0; k < kJoints; ++k) CHECK(set.names.at(std::size_t(set.coco[k])) == coco_joints()->names[k]);
    for (const Limb& limb : set.limbs) CHECK(std::max(limb.a, limb.b) < set.size() + set.neck);
  }
  CHECK(find_joint_set("coco18") == nullptr);
  CHECK(joint_set_of_size(18) == nullptr);
}

TEST_CASE("Halpe's sets have the original's keypoints, mirror images and skeletons") {
  const JointSet &body = *find_joint_set("halpe26"), &without_face = *find_joint_set("halpe68"), &whole = *find_joint_set("halpe136");
  CHECK((body.size() == 26 && without_face.size() == 68 && whole.size() == 136));
  CHECK((index(body, "head") == 17 && index(body, "neck") == 18 && index(body, "hip") == 19 && index(body, "left_big_toe") == 20));
  CHECK((index(body, "right_small_toe") == 23 && index(body, "right_heel") == 25));
  CHECK((index(without_face, "left_hand_0") == 26 && index(without_face, "right_hand_20") == 67));
  CHECK((index(whole, "face_0") == 26 && index(whole, "left_hand_0") == 94 && index(whole, "right_hand_0") == 115));
  CHECK((whole.face == 68 && whole.hands == 42 && without_face.face == 0 && without_face.hands == 42 && body.hands == 0));
  // Jaw, brows, nose, eyes, mouth: pairs of AlphaPose's halpe_136.py.
  constexpr int kPairs[][2] = {{26, 42}, {33, 35}, {43, 52}, {57, 61}, {62, 71}, {66, 73}, {67, 72},
                               {74, 80}, {87, 89}, {93, 91}, {85, 81}, {84, 82}, {94, 115}};
  for (const auto& [a, b] : kPairs) CHECK(whole.mirrored[std::size_t(a)] == b);
  for (std::size_t k : {34u, 53u, 56u, 59u, 77u, 83u, 88u, 92u}) CHECK(whole.mirrored[k] == int(k)); // chin, bridge of the nose, lips
  CHECK((body.limbs.size() == 24 && without_face.limbs.size() == 24 + 40 && whole.limbs.size() == 24 + 60 + 40));
  CHECK((body.colors.size() == 26 && whole.colors.size() == 26));
}

TEST_CASE("BlazePose's landmarks have MediaPipe's order") {
  const JointSet& set = *find_joint_set("blazepose33");
  CHECK((set.size() == 33 && index(set, "left_eye") == 2 && index(set, "right_eye_outer") == 6 && index(set, "left_ear") == 7));
  CHECK((index(set, "right_mouth") == 10 && index(set, "left_shoulder") == 11 && index(set, "right_wrist") == 16 && index(set, "left_pinky") == 17));
  CHECK((index(set, "right_thumb") == 22 && index(set, "left_hip") == 23 && index(set, "right_ankle") == 28 && index(set, "right_foot_index") == 32));
  CHECK(set.sigmas[23] == 0.107);
}

TEST_CASE("a model's own set has its names, pairs and limbs, and COCO's limbs where it names none") {
  const JointSetRef hand = make_joint_set(kHand);
  CHECK((hand->name == "hand" && hand->size() == 3 && hand->mirrored == std::vector<int>{0, 2, 1}));
  CHECK((hand->sigmas == std::vector<double>{0.1, 0.2, 0.3} && hand->limbs.size() == 2 && hand->coco[0] == -1));
  JointSetSpec arm{"arm", {"left_wrist", "left_elbow", "left_shoulder", "finger"}, {}, {}, {}};
  const JointSetRef set = make_joint_set(arm);
  CHECK((set->coco[9] == 0 && set->coco[7] == 1 && set->coco[5] == 2 && set->coco[6] == -1));
  CHECK((set->limbs.size() == 2 && set->limbs[0].a == 2 && set->limbs[0].b == 1 && set->sigmas[3] == kUsualSigma));
  JointSetSpec coco{"mine", coco_joints()->names, {}, {}, {}};
  CHECK(make_joint_set(coco) == coco_joints());
}

TEST_CASE("a model's set that cannot be is refused") {
  CHECK(error_of_spec([](JointSetSpec& s) { s.names.clear(); }) == "names: expected 1 to 256, found 0");
  CHECK(error_of_spec([](JointSetSpec& s) { s.names.resize(300, "a"); }).find("names: expected 1 to 256, found 300") == 0);
  CHECK(error_of_spec([](JointSetSpec& s) { s.names[1] = "wrist"; }) == "names: expected different ones, found one twice");
  CHECK(error_of_spec([](JointSetSpec& s) { s.names[1] = ""; }) == "names: expected names, found an empty one");
  CHECK(error_of_spec([](JointSetSpec& s) { s.pairs[0][1] = 3; }) == "pairs: expected keypoints from 0 to 2, found 3");
  CHECK(error_of_spec([](JointSetSpec& s) { s.pairs.push_back({0, 2}); }) == "pairs: expected each keypoint once, found one twice");
  CHECK(error_of_spec([](JointSetSpec& s) { s.limbs[0][0] = -1; }) == "limbs: expected keypoints from 0 to 2, found -1");
  CHECK(error_of_spec([](JointSetSpec& s) { s.sigmas.pop_back(); }) == "sigmas: expected 3 or none, found 2");
  CHECK(error_of_spec([](JointSetSpec& s) { s.sigmas[0] = 0; }) == "sigmas: expected numbers above 0, found others");
}

TEST_CASE("a person of one set has the keypoints of another by their names") {
  Person person = of_set<Person>(find_joint_set("halpe26"));
  for (std::size_t k = 0; k < 26; ++k) person.joints[k] = {float(k), 100 + float(k)};
  person.scores.fill(0.5f);
  person.proposal_score = 2;
  const Person coco = with_joints(person, coco_joints());
  REQUIRE((coco.joints.size() == 17 && coco.scores.size() == 17 && coco.set == coco_joints() && coco.proposal_score == 2));
  for (std::size_t k = 0; k < 17; ++k) CHECK((coco.joints[k].x == float(k) && coco.scores[k] == 0.5f));
  const Person back = with_joints(coco, person.set);
  CHECK((back.joints[16].y == 116 && std::isnan(back.joints[17].x) && back.scores[17] == 0));
}
