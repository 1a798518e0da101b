// Tests the GPU's engine and detector on the emulated device against the CPU's: the same people, the same keypoints, and an error when the device
// fails.
// SPDX-License-Identifier: MIT
#include "tests/pose/small_engines.h"

using namespace pose;
using namespace pose::testing;

TEST_CASE("an engine without a detector finds the same keypoints in given boxes") {
  const Emulating emulating({.lazy = true});
  EngineOptions options;
  options.detbatch = 2;
  options.posebatch = 3;
  for (const RunOptions& run : {on_cpu(), on_device()}) {
    const std::vector<Frame> want = run_engine(*engine_of(options, run));
    const std::vector<Frame> got = run_engine(*make_engine(nullptr, pose_net(), options, run), want);
    for (std::size_t i = 0; i < want.size(); i++) {
      REQUIRE(want[i].boxes.size() > 1);
      REQUIRE(got[i].candidates.size() == want[i].candidates.size());
      for (std::size_t k = 0; k < want[i].candidates.size(); k++) {
        for (std::size_t j = 0; j < kJoints; j++) {
          const Point a = got[i].candidates[k].joints[j], b = want[i].candidates[k].joints[j];
          CHECK(a.x == b.x);
          CHECK(a.y == b.y);
          CHECK(got[i].candidates[k].scores[j] == want[i].candidates[k].scores[j]);
        }
      }
    }
  }
}

TEST_CASE("an engine keeps the boxes of frames that ask for no detection, and detects in them later") {
  const Emulating emulating({.lazy = true});
  EngineOptions options;
  options.detbatch = 2;
  for (const RunOptions& run : {on_cpu(), on_device()}) {
    const std::unique_ptr<Engine> engine = engine_of(options, run);
    const std::vector<Frame> want = run_engine(*engine);
    Frame with, without; // in one batch
    with.image = want[0].image;
    without.image = want[1].image;
    without.boxes = {want[1].boxes.at(1)};
    without.detect = false;
    const auto compute = [&](std::vector<Frame*> frames) {
      for (Frame* frame : frames) engine->prepare(*frame);
      engine->infer(frames);
      for (Frame* frame : frames) engine->collect(*frame);
    };
    compute({&with, &without});
    CHECK(with.candidates.size() == want[0].candidates.size());
    REQUIRE(without.candidates.size() == 1);
    CHECK(without.candidates[0].joints[3].x == want[1].candidates[1].joints[3].x);
    without.detect = true;
    compute({&without});
    CHECK(without.candidates.size() == want[1].candidates.size());
    Frame late; // the caller decides after prepare()
    late.image = want[1].image;
    late.detect = false;
    engine->prepare(late);
    late.detect = true;
    engine->infer(std::vector<Frame*>{&late});
    engine->collect(late);
    CHECK(late.candidates.size() == want[1].candidates.size());
  }
}

TEST_CASE("the GPU's engine finds the CPU's people and keypoints") {
  for (const bool flip : {false, true}) {
    for (const bool lazy : {false, true}) {
      CAPTURE(flip);
      CAPTURE(lazy);
      const Emulating emulating({.lazy = lazy});
      EngineOptions options;
      options.flip = flip;
      options.detbatch = 2;
      options.posebatch = 3; // several runs per batch
      const std::vector<Frame> want = run_engine(*engine_of(options, on_cpu()));
      const std::vector<Frame> got = run_engine(*engine_of(options, on_device()));
      for (std::size_t i = 0; i < want.size(); i++) {
        REQUIRE(want[i].boxes.size() > 1);
        REQUIRE(got[i].boxes.size() == want[i].boxes.size());
        REQUIRE(got[i].candidates.size() == want[i].candidates.size());
        for (std::size_t k = 0; k < want[i].boxes.size(); k++) {
          check_near(got[i].boxes[k].box, want[i].boxes[k].box, 1e-3);
          CHECK(std::abs(got[i].boxes[k].score - want[i].boxes[k].score) <= 1e-5);
          for (std::size_t j = 0; j < kJoints; j++) {
            const Point a = got[i].candidates[k].joints[j], b = want[i].candidates[k].joints[j];
            CHECK(std::abs(a.x - b.x) <= 1e-2);
            CHECK(std::abs(a.y - b.y) <= 1e-2);
            CHECK(std::abs(got[i].candidates[k].scores[j] - want[i].candidates[k].scores[j]) <= 1e-4);
          }
        }
      }
    }
  }
}

TEST_CASE("matching finds the same people on the GPU as on the CPU, with any batch size") {
  for (const bool flip : {false, true}) {
    CAPTURE(flip);
    const Emulating emulating({.lazy = true});
    EngineOptions options;
    options.flip = flip;
    options.matching = true;
    options.detbatch = 2;
    const std::vector<Frame> want = run_engine(*engine_of(options, on_cpu()));
    CHECK(want[0].candidates.empty());
    CHECK(want[0].peaks.size() == want[0].boxes.size());
    REQUIRE(want[0].people.size() > 1);
    check_people(run_engine(*engine_of(options, on_device())), want, 1e-2, 1e-4);
    options.posebatch = 3; // several runs per batch
    check_people(run_engine(*engine_of(options, on_cpu())), want, 0, 0);
    check_people(run_engine(*engine_of(options, on_device())), want, 1e-2, 1e-4);
  }
}

TEST_CASE("matching reads heatmaps of 16-bit floats") {
  const Emulating emulating({.lazy = true});
  EngineOptions options;
  options.matching = true;
  options.detbatch = 2;
  options.posebatch = 3;
  const std::vector<Frame> want = run_engine(*engine_of(options, on_cpu()));
  const std::vector<Frame> got = run_engine(*make_engine(nullptr, pose_net(), options, on_device(Precision::fp16)), want); // the same boxes
  for (std::size_t i = 0; i < want.size(); i++) {
    REQUIRE(got[i].peaks.size() == want[i].boxes.size());
    for (std::size_t k = 0; k < want[i].peaks.size(); k++) {
      for (std::size_t j = 0; j < kJoints; j++) CHECK(std::abs(got[i].peaks[k].peaks[j][0].score - want[i].peaks[k].peaks[j][0].score) <= 1e-2);
    }
  }
}

TEST_CASE("images without people and images that are too thin are handled") {
  EngineOptions options;
  options.select.conf = 1; // no person
  options.detbatch = 2;
  const std::unique_ptr<Engine> engine = engine_of(options, on_device(Precision::fp16));
  for (const Frame& s : run_engine(*engine)) {
    CHECK(s.boxes.empty());
    CHECK(s.candidates.empty());
  }
  Frame thin;
  thin.image = random_image(1, 500, 4);
  CHECK_THROWS_WITH_AS(engine->prepare(thin), "letterbox: an image of 500 x 1 pixels is too thin: it would become 64 x 0", Error);
}

TEST_CASE("more candidates than the list holds enlarge the list") {
  // 2 * 24 * 24 boxes of a 96 x 96 input, all of them above a threshold of 0.
  Graph g;
  g.title = "many boxes";
  YoloHead head;
  head.anchors = 2;
  head.classes = 1;
  head.anchor_w[0] = head.anchor_h[0] = head.anchor_w[1] = head.anchor_h[1] = 8;
  head.net_w = head.net_h = 96;
  g.outputs = {g.add("head", head, {conv(g, "a", g.input("input", 96, 96, 3), 12, 4, kLinear)})};
  const Model model = with_weights(std::move(g));
  RunOptions run = on_cpu();
  PersonDetector cpu(model, {0.0f, 0.6}, 1, run);
  DevicePersonDetector gpu(model, {0.0f, 0.6}, 1, on_device());
  const BgrImage image = random_image(96, 96, 7);
  Pool pool(1);
  const PersonDetector::Image input{&image, 96, 96};
  const auto want = cpu.detect(std::span(&input, 1), pool);
  const std::shared_ptr<Gpu> device = std::make_shared<Gpu>(kEmulated);
  const auto upload = std::make_shared<Upload>(*device);
  Stream up(*device);
  upload->start(image, *device, up);
  const auto got = gpu.detect(std::span(&upload, 1));
  REQUIRE(want[0].size() > 10);
  CHECK(got[0].size() == want[0].size());
}

TEST_CASE("Darknet's detections on the device are the CPU's") {
  const DarknetOptions options{0.4f, 0.45f};
  DeviceDarknetDetector gpu(detector(), options, on_device());
  Plan plan = make_plan(detector(), on_cpu(), 1);
  Pool pool(1);
  for (const unsigned seed : {1u, 2u}) {
    const BgrImage image = random_image(40 + int(seed), 90, seed);
    const View<float> input = plan.input(1);
    const LetterboxGeometry geometry = darknet_letterbox(image, input, 0);
    plan.run(1, pool);
    const std::vector<ClassBox> want = darknet_detections(yolo_outputs(plan, 0), geometry, 64, 64, image.h, image.w, options),
                                got = gpu.detect(image);
    REQUIRE(want.size() > 0);
    REQUIRE(got.size() == want.size());
    for (std::size_t i = 0; i < want.size(); i++) {
      CHECK(got[i].cls == want[i].cls);
      check_near(got[i].box, want[i].box, 1e-3);
    }
  }
}

TEST_CASE("an error of the device ends with its code and names what failed") {
  EngineOptions options;
  options.detbatch = 2;
  const std::unique_ptr<Engine> engine = engine_of(options, on_device());
  const auto failing = [&](Emulation e) {
    const Emulating emulating(e);
    return message_of([&] { run_engine(*engine); });
  };
  CHECK(failing({.fail_copy = 1}).rfind("device: ", 0) == 0);
  CHECK(failing({.fail_kernel = 1}).rfind("device: ", 0) == 0);
}

TEST_CASE("a device with too little memory ends with its code and gives the missing size") {
  EngineOptions options;
  options.detbatch = 2;
  const Emulating emulating({.memory = 1000});
  const std::string message = message_of([&] { engine_of(options, on_device()); });
  INFO(message);
  CHECK(message.rfind("device: ", 0) == 0);
  CHECK(message.find("MB of memory on emulated for batches of 2") != std::string::npos);
}
