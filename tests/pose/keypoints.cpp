// Tests engines with networks of other keypoints than COCO's, with a SimCC head, and of landmarks.
// SPDX-License-Identifier: MIT
#include "tests/pose/small_engines.h"

#include <algorithm>
#include <utility>

using namespace pose;
using namespace pose::testing;

namespace {

// A network of landmarks: one convolution for each of its three outputs.
Model landmarks_net(int side = 32, int values = 35 * 5) {
  Graph g;
  g.title = "landmarks";
  g.pose = PoseInput{{}, {1, 1, 1}, 33, {"blazepose33"}, PoseCrop::aligned, PoseDecode::landmarks};
  const int x = g.input("input", 32, side, 3);
  const int presence = conv(g, "presence", x, 1, 32, kLinear);
  g.outputs = {conv(g, "places", x, values, 32, kLinear), g.add("flag", Activation{{ActKind::logistic}}, {presence}),
               conv(g, "world", x, 99, 32, kLinear)};
  return with_weights(std::move(g));
}

// Keypoints of two constants: 48 columns and 64 rows of a 32 x 24 input.
Model simcc_net(int joints = kJoints, PoseDecode decode = PoseDecode::simcc) {
  Graph g;
  g.title = "simcc";
  g.pose = PoseInput{{0.4f, 0.5f, 0.45f}, {0.2f, 0.25f, 0.3f}, joints, {}, PoseCrop::box, decode};
  g.input("input", 32, 24, 3);
  const auto constant = [&](const std::string& name, int bins) {
    return g.add(name, Constant{bins, 1, joints}, {}, {{name, {bins, 1, joints}, Role::beta}});
  };
  g.outputs = {g.add("keypoints", SimccHead{24, 32}, {constant("columns", 48), constant("rows", 64)})};
  return with_weights(std::move(g));
}

// Returns the number and the value of the best bin of a keypoint.
std::pair<int, float> best_bin(const Model& model, const std::string& name, int bins, int joint) {
  const int joints = model.graph.pose->joints;
  const float* values = model.weights->get({name, {bins, 1, joints}, Role::beta}).data;
  int best = 0;
  for (int i = 1; i < bins; i++) best = values[i * joints + joint] > values[best * joints + joint] ? i : best;
  return {best, values[best * joints + joint]};
}

} // namespace

TEST_CASE("networks of the branch master find other keypoints, on the GPU those of the CPU") {
  for (const PoseDecode decode : {PoseDecode::maxima, PoseDecode::integral, PoseDecode::mixed}) {
    for (const char* name : {"coco17", "halpe26", "halpe136"}) {
      CAPTURE(name);
      const Emulating emulating({.lazy = true});
      EngineOptions options;
      options.flip = true;
      options.detbatch = 2;
      options.posebatch = 3;
      const int joints = int(find_joint_set(name)->size());
      const auto model = [&] { return pose_net({{0.4f, 0.5f, 0.45f}, {0.2f, 0.25f, 0.3f}, joints, {name}, PoseCrop::centered, decode}, joints + 1); };
      const Model detects = detector();
      const std::unique_ptr<Engine> cpu = make_engine(&detects, model(), options, on_cpu());
      CHECK(cpu->joints()->name == name);
      const std::vector<Frame> want = run_engine(*cpu);
      REQUIRE((want[0].candidates.size() > 1 && want[0].candidates[0].joints.size() == std::size_t(joints)));
      const std::vector<Frame> got = run_engine(*make_engine(nullptr, model(), options, on_device()), want); // the same boxes
      for (std::size_t i = 0; i < want.size(); i++) {
        REQUIRE(got[i].candidates.size() == want[i].candidates.size());
        for (std::size_t k = 0; k < want[i].candidates.size(); k++) {
          const Candidate &a = got[i].candidates[k], &b = want[i].candidates[k];
          for (std::size_t j = 0; j < b.joints.size(); j++) {
            CHECK(std::abs(a.joints[j].x - b.joints[j].x) <= 1e-2);
            CHECK(std::abs(a.joints[j].y - b.joints[j].y) <= 1e-2);
            CHECK(std::abs(a.scores[j] - b.scores[j]) <= 1e-4);
          }
        }
      }
      options.joints = coco_joints();
      const std::vector<Frame> coco = run_engine(*make_engine(nullptr, model(), options, on_cpu()), want);
      REQUIRE(coco[0].people.size() == want[0].people.size());
      for (const Person& person : coco[0].people) CHECK((person.set == coco_joints() && person.joints.size() == 17));
    }
  }
}

TEST_CASE("both engines place the keypoints of a SimCC head in the image") {
  const Emulating emulating({.lazy = true});
  EngineOptions options;
  options.detbatch = 2;
  options.posebatch = 3;
  const std::vector<Frame> boxes = run_engine(*engine_of(options, on_cpu()));
  for (const int joints : {17, 26}) {
    const Model net = simcc_net(joints);
    for (const RunOptions& run : {on_cpu(), on_device(), on_device(Precision::fp16)}) {
      options.joints = nullptr;
      const std::vector<Frame> got = run_engine(*make_engine(nullptr, simcc_net(joints), options, run), boxes);
      const double rounding = run.precision == Precision::fp16 ? 1e-3 : 0;
      for (const Frame& frame : got) {
        REQUIRE(frame.candidates.size() == frame.boxes.size());
        for (const Candidate& c : frame.candidates) {
          REQUIRE(c.joints.size() == std::size_t(joints));
          const CropBox crop = enlarge(c.box, frame.image.h, frame.image.w, options.rule);
          for (int k = 0; k < joints; k++) {
            const auto [column, of_column] = best_bin(net, "columns", 48, k);
            const auto [row, of_row] = best_bin(net, "rows", 64, k);
            const Point want = to_image({0.5f * float(column), 0.5f * float(row)}, crop, 32, 24), found = c.joints[std::size_t(k)];
            CHECK((found.x == want.x && found.y == want.y));
            CHECK(std::abs(c.scores[std::size_t(k)] - std::min(of_column, of_row)) <= rounding);
          }
        }
      }
      options.joints = coco_joints();
      const std::vector<Frame> coco = run_engine(*make_engine(nullptr, simcc_net(joints), options, run), boxes);
      REQUIRE((coco[0].people.size() == got[0].people.size() && !coco[0].people.empty()));
      CHECK((coco[0].people[0].joints.size() == 17 && coco[0].people[0].joints[16].x == got[0].people[0].joints[16].x));
    }
  }
  const auto error = [&](bool flip, bool matching, const Model& net) {
    EngineOptions o;
    o.flip = flip;
    o.matching = matching;
    return message_of([&] { make_engine(nullptr, net, o, on_cpu()); });
  };
  CHECK(error(true, false, simcc_net()) == "other: flip: expected a pose network with heatmaps, found simcc, which has none");
  CHECK(error(false, true, simcc_net()) ==
        "other: matching: expected a pose network of AlphaPose's branch pytorch, found simcc, which has no matching");
  const std::string mixed_up = ": expected decode simcc for a network that ends in simcc_head, and for no other";
  CHECK(error(false, false, simcc_net(17, PoseDecode::maxima)) == "model: simcc" + mixed_up);
  CHECK(error(false, false, pose_net({{}, {1, 1, 1}, 17, {}, PoseCrop::box, PoseDecode::simcc})) == "model: pose" + mixed_up);
}

TEST_CASE("a network of landmarks finds people in two steps, with 3D") {
  EngineOptions options;
  options.detbatch = 2;
  const auto engine = [&] {
    const Model detects = detector();
    return make_engine(&detects, landmarks_net(), options, on_cpu());
  };
  const std::vector<Frame> want = run_engine(*engine());
  REQUIRE(want[0].candidates.size() > 1);
  CHECK((want[0].candidates[0].joints.size() == 33 && want[0].candidates[0].world.size() == 33));
  options.posebatch = 3; // several runs per batch
  check_people(run_engine(*engine()), want, 0, 0);
  options.joints = coco_joints();
  const std::vector<Frame> coco = run_engine(*engine());
  for (const Person& person : coco[0].people) CHECK((person.joints.size() == 17 && person.world.size() == 17));

  const auto error = [&](EngineOptions o, const Model& net, const RunOptions& run) { return message_of([&] { make_engine(nullptr, net, o, run); }); };
  EngineOptions with_flip, with_matching;
  with_flip.flip = with_matching.matching = true;
  CHECK(error(with_flip, landmarks_net(), on_cpu()) == "other: flip: expected a pose network with heatmaps, found landmarks, which has none");
  CHECK(error(with_matching, landmarks_net(), on_cpu()).find("other: matching: expected") == 0);
  CHECK(error({}, landmarks_net(64), on_cpu()).find("model: landmarks: ") == 0);
  CHECK(error({}, landmarks_net(32, 33 * 5), on_cpu()) ==
        "model: landmarks: output 0: expected at least 175 channels of one pixel, found 165 of 1 x 1");
  const Emulating emulating({.lazy = true});
  CHECK(error({}, landmarks_net(), on_device()) == "device: device: expected cpu for landmarks, a network of landmarks");
}

TEST_CASE("what a network tells of its keypoints must fit") {
  const auto error_with = [](int joints, const KeypointInfo& keypoints, int heatmaps, PoseDecode decode = PoseDecode::peaks) {
    EngineOptions options;
    options.matching = true;
    return message_of([&] {
      make_engine(nullptr, pose_net({{}, {1, 1, 1}, joints, keypoints, PoseCrop::box, decode}, heatmaps), options, on_cpu());
    });
  };
  CHECK(error_with(17, {}, 17).empty());
  CHECK(error_with(3, {"hand", {"a", "b", "c"}, {{1, 2}}, {}, {}}, 3).empty());
  CHECK(error_with(16, {}, 17) ==
        "model: pose: expected keypoints with names, or as many as one of coco17, halpe26, halpe68, halpe136, blazepose33 has, found 16");
  CHECK(error_with(17, {"coco18"}, 17) == "model: pose: keypoints: expected one of coco17, halpe26, halpe68, halpe136, blazepose33, found coco18");
  CHECK(error_with(17, {"halpe26"}, 17) == "model: pose: expected the 26 keypoints of halpe26, found 17");
  CHECK(error_with(26, {}, 17) == "model: pose: expected at least 26 heatmaps, found 17");
  CHECK(error_with(2, {"two", {"a", "a"}, {}, {}, {}}, 3) == "model: pose: keypoints: names: expected different ones, found one twice");
  CHECK(error_with(17, {}, 17, PoseDecode::maxima).find("other: matching: expected a pose network of AlphaPose's branch pytorch") == 0);
}
