// Tests the public C++ interface: its results, and that bad input gives a typed error.
// SPDX-License-Identifier: MIT
#include <alphapose/c.h>
#include <alphapose/detector.h>
#include <alphapose/net.h>
#include <alphapose/pose.h>
#include <alphapose/video.h>

#include "tests/api/small_models.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <stdexcept>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

using namespace alphapose;
using namespace alphapose::testing;

namespace {

Pose& shared_pose() {
  static Pose pose = [] {
    const pose::testing::TempDir dir;
    return Pose(small_pose(dir));
  }();
  return pose;
}

bool same(const std::vector<Person>& a, const std::vector<Person>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Person& p, const Person& q) {
    return p.score == q.score && std::equal(p.keypoints.begin(), p.keypoints.end(), q.keypoints.begin(),
                                            [](const Keypoint& k, const Keypoint& l) { return k.x == l.x && k.y == l.y && k.score == l.score; });
  });
}

} // namespace

TEST_CASE("a pose estimator finds the same people in every pixel format and stride") {
  const int h = 40, w = 30;
  const std::vector<std::uint8_t> bgr = noise(std::size_t(h * w * 3));
  const std::vector<Person> want = shared_pose()(ImageView{bgr.data(), h, w});
  REQUIRE(!want.empty());
  const int stride = w * 4 + 12;
  std::vector<std::uint8_t> other(std::size_t(h * stride), 77);
  for (const PixelFormat format : {PixelFormat::bgr, PixelFormat::rgb, PixelFormat::bgra, PixelFormat::rgba}) {
    const bool swap = format == PixelFormat::rgb || format == PixelFormat::rgba;
    const int step = format == PixelFormat::bgr || format == PixelFormat::rgb ? 3 : 4;
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        for (int c = 0; c < 3; c++) other[std::size_t(y * stride + x * step + (swap ? 2 - c : c))] = bgr[std::size_t((y * w + x) * 3 + c)];
      }
    }
    CHECK(same(shared_pose()(ImageView{other.data(), h, w, stride, format}), want));
  }
  std::vector<std::uint8_t> gray(std::size_t(h * w)), expanded;
  for (std::size_t i = 0; i < gray.size(); i++) gray[i] = bgr[i];
  for (const std::uint8_t v : gray) expanded.insert(expanded.end(), 3, v);
  CHECK(same(shared_pose()(ImageView{gray.data(), h, w, 0, PixelFormat::gray}), shared_pose()(ImageView{expanded.data(), h, w})));
}

TEST_CASE("several images give the results of each image alone") {
  const std::vector<std::uint8_t> a = noise(50 * 40 * 3), b = noise(20 * 70 * 3);
  const ImageView views[] = {{a.data(), 50, 40}, {b.data(), 20, 70}, {a.data(), 50, 40}};
  const std::vector<std::vector<Person>> all = shared_pose()(std::span<const ImageView>(views));
  REQUIRE(all.size() == 3);
  for (std::size_t i = 0; i < 3; i++) CHECK(same(all[i], shared_pose()(views[i])));
  CHECK(shared_pose()(std::span<const ImageView>()).empty());
}

TEST_CASE("matching drops people without a confident keypoint, which pose NMS keeps") {
  const pose::testing::TempDir dir;
  PoseOptions options = small_pose(dir);
  const std::vector<std::uint8_t> pixels = noise(48 * 64 * 3);
  const ImageView view{pixels.data(), 48, 64};
  CHECK(!Pose(options)(view).empty());
  options.matching = true;
  CHECK(Pose(options)(view).empty());
}

TEST_CASE("an invalid view is an InputError") {
  const std::vector<std::uint8_t> pixels = noise(300);
  const std::int64_t huge = std::numeric_limits<std::int64_t>::max(), two31 = std::int64_t(1) << 31;
  for (const ImageView& view : {ImageView{nullptr, 10, 10}, ImageView{pixels.data(), 0, 10}, ImageView{pixels.data(), 10, 0},
                                ImageView{pixels.data(), -1, 10}, ImageView{pixels.data(), two31, 1}, ImageView{pixels.data(), 1, two31},
                                ImageView{pixels.data(), two31, two31}, ImageView{pixels.data(), 10, 10, 29}, ImageView{pixels.data(), 10, 10, -30},
                                ImageView{pixels.data(), 10, 10, huge}, ImageView{pixels.data(), 10, 10, 0, PixelFormat(9)}}) {
    CHECK_THROWS_AS(shared_pose()(view), InputError);
    CHECK_THROWS_AS(draw_people(view, {}), InputError);
    CHECK_THROWS_AS(write_image("never.png", view), InputError);
  }
}

TEST_CASE("a view too thin for the detector is an InputError") {
  const std::vector<std::uint8_t> pixels = noise(1000 * 3);
  Detector detector({.model = kDetector, .input_size = kSide, .device = cpu()});
  for (const ImageView& view : {ImageView{pixels.data(), 1, 1000}, ImageView{pixels.data(), 1000, 1}}) {
    CHECK_THROWS_AS(shared_pose()(view), InputError);
    CHECK_THROWS_AS(detector(view), InputError);
  }
}

TEST_CASE("invalid options are an InputError") {
  const auto with = [](auto change) {
    PoseOptions options{.detector = kDetector, .network = "pose-nano", .input_size = kSide, .device = cpu()};
    change(options);
    return Pose(options);
  };
  const float nan = std::numeric_limits<float>::quiet_NaN();
  CHECK_THROWS_AS(with([](PoseOptions& o) { o.input_size = 33; }), InputError);
  CHECK_THROWS_AS(with([](PoseOptions& o) { o.input_size = -32; }), InputError);
  CHECK_THROWS_AS(with([](PoseOptions& o) { o.confidence = 1.5f; }), InputError);
  CHECK_THROWS_AS(with([&](PoseOptions& o) { o.confidence = nan; }), InputError);
  CHECK_THROWS_AS(with([&](PoseOptions& o) { o.nms = double(nan); }), InputError);
  CHECK_THROWS_AS(with([](PoseOptions& o) { o.people_per_run = 0; }), InputError);
  CHECK_THROWS_AS(with([](PoseOptions& o) { o.device.threads = -1; }), InputError);
  CHECK_THROWS_AS(with([](PoseOptions& o) { o.device.precision = Precision(7); }), InputError);
  CHECK_THROWS_AS(with([](PoseOptions& o) { o.device.kernels = "no/such/file.json"; }), InputError);
}

TEST_CASE("missing models and models of another kind are a ModelError") {
  CHECK_THROWS_AS(Pose({.detector = "no-such-model", .device = cpu()}), ModelError);
  CHECK_THROWS_AS(Pose({.detector = "pose-nano", .network = "pose-nano", .device = cpu()}), ModelError);
  CHECK_THROWS_AS(Pose({.detector = kDetector, .network = "yolov3-tiny@random", .input_size = kSide, .device = cpu()}), ModelError);
  CHECK_THROWS_AS(Detector({.model = "pose-nano", .device = cpu()}), ModelError);
  CHECK_THROWS_AS(Net({.model = "", .device = cpu()}), ModelError);
}

TEST_CASE("a clip is opened before the networks are loaded" * doctest::skip(!video_supported())) {
  CHECK_THROWS_AS(Video("no/such/clip.mp4", {.pose = {.detector = "no-such-model"}}), DataError);
}

TEST_CASE("missing devices are a DeviceError") {
  CHECK_THROWS_AS(Net({.model = "pose-nano", .device = {.device = "cuda:99"}}), DeviceError);
  CHECK_THROWS_AS(Net({.model = "pose-nano", .device = {.device = "cpu", .precision = Precision::fp16}}), DeviceError);
  CHECK_NOTHROW(Net({.model = "pose-nano"})); // "auto" takes the best device of the machine
}

TEST_CASE("devices and targets that do not exist anywhere are an InputError") {
  for (const char* device : {"cuda", "cuda:", "cuda:-1", "cuda:1x", "cuda:99999999999", "CPU", "gpu", ""})
    CHECK_THROWS_AS(Net({.model = "pose-nano", .device = {.device = device}}), InputError);
  for (const char* device : {"auto", "cpu"}) CHECK_THROWS_AS(Net({.model = "pose-nano", .device = {.device = device, .target = "sse9"}}), InputError);
}

TEST_CASE("options of the CPU select it under auto") {
  CHECK(Net({.model = "pose-nano", .device = {.target = "ref"}}).device() == "cpu");
  CHECK_THROWS_AS(Net({.model = "pose-nano", .device = {.precision = Precision::tf32, .target = "ref"}}), DeviceError);
}

TEST_CASE("objects name their device") {
  CHECK(shared_pose().device() == "cpu");
  CHECK(Net({.model = "pose-nano", .device = cpu()}).device() == "cpu");
  const Detector detector({.model = kDetector, .input_size = kSide, .threshold = 0.5f, .device = cpu()});
  CHECK(detector.device() == "cpu");
  CHECK(detector.threshold() == 0.5f);
  CHECK(Detector({.model = kDetector, .input_size = kSide, .device = cpu()}).threshold() == 0.25f);
}

TEST_CASE("a file that is not an image is a DataError") {
  CHECK_THROWS_AS(read_image("no/such/photo.jpg"), DataError);
  const std::vector<std::uint8_t> pixels = noise(12);
  CHECK_THROWS_AS(write_image("no/such/folder/photo.png", ImageView{pixels.data(), 2, 2}), Error);
  CHECK_THROWS_AS(write_image("photo.txt", ImageView{pixels.data(), 2, 2}), Error);
}

TEST_CASE("an image is read back as it was written") {
  const pose::testing::TempDir dir;
  const std::string path = (dir.path() / "a.png").string();
  const std::vector<std::uint8_t> pixels = noise(11 * 7 * 3);
  write_image(path, ImageView{pixels.data(), 11, 7});
  const Image image = read_image(path);
  CHECK(image.height == 11);
  CHECK(image.width == 7);
  CHECK(image.pixels == pixels);
}

TEST_CASE("a network runs on buffers, in batches of any size, and gives every layer") {
  Net one({.model = "pose-nano", .device = cpu()}), two({.model = "pose-nano", .batch = 2, .device = cpu(2)});
  const std::size_t count = one.input_shape().count();
  std::vector<float> x(3 * count);
  for (std::size_t i = 0; i < x.size(); i++) x[i] = float(i % 251) / 251 - 0.5f;
  const std::vector<Value> want = one.run(x);
  REQUIRE(want.size() == 1);
  CHECK(want[0].name == one.outputs()[0]);
  CHECK(want[0].shape[0] == 3);
  CHECK(two.run(x)[0].data == want[0].data);
  std::vector<float> output(want[0].data.size());
  const std::span<float> buffers[] = {output};
  two.run(x, buffers);
  CHECK(output == want[0].data);
  const std::vector<Value> all = one.activations(std::span(x).first(count), {}, true);
  CHECK(all.size() == one.layers().size());
  CHECK(all.back().name == one.layers().back().name);
  const std::string name = one.layers()[3].name;
  const std::vector<Value> some = one.activations(
      std::span(x).first(count), [&](const std::string& n) { return n == name; }, true);
  REQUIRE(some.size() == 1);
  CHECK(some[0].data == all[3].data);
}

TEST_CASE("what a callback throws arrives as an Error") {
  Net net({.model = "pose-nano", .device = cpu()});
  const std::vector<float> x(net.input_shape().count());
  CHECK_THROWS_AS(net.activations(x, [](const std::string&) -> bool { throw DataError("mine"); }), DataError);
  CHECK_THROWS_WITH_AS(net.activations(x, [](const std::string&) -> bool { throw std::out_of_range("mine"); }), "mine", Error);
  CHECK_THROWS_AS(net.activations(x, [](const std::string&) -> bool { throw 7; }), Error);
  CHECK_NOTHROW(net.run(x)); // the object still works
}

TEST_CASE("buffers of the wrong size are an InputError") {
  Net net({.model = "pose-nano", .device = cpu()});
  std::vector<float> x(net.input_shape().count()), output(5);
  CHECK_THROWS_AS(net.run(std::span<const float>()), InputError);
  CHECK_THROWS_AS(net.run(std::span<const float>(static_cast<const float*>(nullptr), x.size())), InputError);
  CHECK_THROWS_AS(net.run(std::span(x).first(x.size() - 1)), InputError);
  CHECK_THROWS_AS(net.activations(std::span(x).first(1)), InputError);
  const std::span<float> small[] = {output};
  CHECK_THROWS_AS(net.run(x, small), InputError);
  CHECK_THROWS_AS(net.run(x, std::span<const std::span<float>>()), InputError);
  CHECK_THROWS_AS(Net({.model = "pose-nano", .batch = 0, .device = cpu()}), InputError);
}

TEST_CASE("a detector returns objects inside the image, sorted by score") {
  Detector detector({.model = kDetector, .input_size = kSide, .threshold = 0.2f, .device = cpu()});
  const std::vector<std::uint8_t> pixels = noise(60 * 80 * 3);
  const std::vector<Object> objects = detector(ImageView{pixels.data(), 60, 80});
  for (std::size_t i = 0; i < objects.size(); i++) {
    CHECK(objects[i].box.x1 >= 0);
    CHECK(objects[i].box.x2 <= 80);
    CHECK(!objects[i].name.empty());
    if (i > 0) CHECK(objects[i - 1].score >= objects[i].score);
  }
  CHECK_THROWS_AS(detector(ImageView{}), InputError);
}

TEST_CASE("two threads may call one object") {
  const std::vector<std::uint8_t> pixels = noise(40 * 30 * 3);
  const ImageView view{pixels.data(), 40, 30};
  const std::vector<Person> want = shared_pose()(view);
  bool right[2] = {};
  std::thread threads[2];
  for (int t = 0; t < 2; t++)
    threads[t] = std::thread([&, t] {
      right[t] = true;
      for (int i = 0; i < 3; i++) right[t] = right[t] && same(shared_pose()(view), want);
    });
  for (std::thread& t : threads) t.join();
  CHECK(right[0]);
  CHECK(right[1]);
}

TEST_CASE("a forked process is refused instead of waiting for missing threads") {
  Net net({.model = "pose-nano", .device = cpu(2)});
  const std::vector<float> x(net.input_shape().count());
  const pid_t child = fork();
  if (child == 0) {
    try {
      net.run(x);
    } catch (const InputError&) {
      _exit(7);
    } catch (...) {
    }
    _exit(1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 7);
}

TEST_CASE("a forked process can destroy objects of its parent") {
  auto net = std::make_unique<Net>(NetOptions{.model = "pose-nano", .device = cpu(2)});
  auto detector = std::make_unique<Detector>(DetectorOptions{.model = kDetector, .input_size = kSide, .device = cpu(2)});
  const pid_t child = fork();
  if (child == 0) {
    alarm(20); // ends a child that waits for threads it does not have
    net.reset();
    detector.reset();
    _exit(7);
  }
  int status = 0;
  waitpid(child, &status, 0);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 7);
}

TEST_CASE("the headers have the version of the library") {
  const std::string headers =
      std::to_string(ALPHAPOSE_VERSION_MAJOR) + "." + std::to_string(ALPHAPOSE_VERSION_MINOR) + "." + std::to_string(ALPHAPOSE_VERSION_PATCH);
  CHECK(headers == version());
}

TEST_CASE("keypoints have names") {
  CHECK(std::string(keypoint_name(9)) == "left_wrist");
  CHECK(std::string(keypoint_name(KeypointId::left_wrist)) == "left_wrist");
  CHECK(keypoint_of("right_ankle") == KeypointId::right_ankle);
  CHECK_THROWS_AS(keypoint_name(17), InputError);
  CHECK_THROWS_AS(keypoint_name(-1), InputError);
  CHECK_THROWS_AS(keypoint_of("tail"), InputError);
  for (int k = 0; k < kKeypoints; k++) CHECK(int(keypoint_of(keypoint_name(k))) == k);
}

TEST_CASE("a network with other keypoints than COCO's gives both") {
  const pose::testing::TempDir dir;
  PoseOptions options = small_pose(dir);
  options.network = write_halpe(dir.path());
  Pose pose(options);
  REQUIRE(pose.keypoint_names().size() == 26);
  CHECK(pose.keypoint_names()[20] == "left_big_toe");
  const std::vector<std::uint8_t> pixels = noise(60 * 80 * 3);
  const ImageView view{pixels.data(), 60, 80};
  const std::vector<Person> people = pose(view);
  REQUIRE(people.size() > 0);
  for (const Person& person : people) {
    REQUIRE((person.all_keypoints.size() == 26 && person.keypoint_set == "halpe26"));
    for (std::size_t k = 0; k < std::size_t(kKeypoints); k++)
      CHECK((person.keypoints[k].x == person.all_keypoints[k].x && person.keypoints[k].score == person.all_keypoints[k].score));
  }
  std::vector<Person> without = people; // drawn with COCO's skeleton
  for (Person& person : without) person.all_keypoints.clear();
  CHECK(draw_people(view, people).pixels != draw_people(view, without).pixels);

  PoseTracker tracker({.pose = options, .smooth = true});
  for (const TrackedPerson& person : tracker(view, 0).people) CHECK((person.all_keypoints.size() == 26 && person.smooth_all.size() == 26));

  options.keypoints = "coco17";
  Pose mapped(options);
  CHECK(mapped.keypoint_names().size() == 17);
  for (const Person& person : mapped(view)) CHECK((person.all_keypoints.size() == 17 && person.keypoint_set == "coco17"));
  options.keypoints = "coco18";
  CHECK_THROWS_AS(Pose{options}, InputError);
}

TEST_CASE("the C interface writes all keypoints") {
  const pose::testing::TempDir dir;
  const std::string detector = write_detector(dir.path()), network = write_halpe(dir.path());
  alphapose_pose_options options;
  alphapose_pose_options_init(&options);
  options.detector = detector.c_str();
  options.network = network.c_str();
  options.device = "cpu";
  options.input_size = kSide;
  alphapose_pose* pose = nullptr;
  REQUIRE(alphapose_pose_create(&options, &pose) == ALPHAPOSE_OK);
  std::size_t joints = 0, found = 0;
  CHECK((alphapose_pose_keypoint_count(pose, &joints) == ALPHAPOSE_OK && joints == 26));
  CHECK(std::string(alphapose_pose_keypoint_name(pose, 25)) == "right_heel");
  CHECK((alphapose_pose_keypoint_name(pose, 26) == nullptr && alphapose_pose_keypoint_name(nullptr, 0) == nullptr));
  CHECK(alphapose_pose_keypoint_count(nullptr, &joints) == ALPHAPOSE_INPUT_ERROR);
  const std::vector<std::uint8_t> pixels = noise(60 * 80 * 3);
  const alphapose_image image = {pixels.data(), 60, 80, 0, ALPHAPOSE_BGR};
  std::vector<alphapose_person> people(1);
  std::vector<alphapose_keypoint> all(27, {-1, -1, -1});
  REQUIRE(alphapose_pose_run_keypoints(pose, &image, people.data(), all.data(), 1, &found) == ALPHAPOSE_OK);
  CHECK(found > 0);
  for (std::size_t k = 0; k < ALPHAPOSE_KEYPOINTS; k++) CHECK((all[k].x == people[0].keypoints[k].x && all[k].score == people[0].keypoints[k].score));
  CHECK((all[25].x != -1 && all[26].x == -1)); // nothing beyond the capacity
  CHECK(alphapose_pose_run_keypoints(pose, &image, people.data(), nullptr, 1, &found) == ALPHAPOSE_INPUT_ERROR);
  CHECK(alphapose_pose_run_keypoints(pose, &image, nullptr, nullptr, 0, &found) == ALPHAPOSE_OK);
  alphapose_pose_destroy(pose);
}
