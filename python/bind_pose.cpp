// Python bindings of Pose and Person.
// SPDX-License-Identifier: MIT
#include "image/codec.h"
#include "python/py_pose.h"

#include <nanobind/stl/tuple.h>

namespace nb = nanobind;
using namespace nb::literals;

namespace pose::python {
namespace {

constexpr const char* kPoseDoc =
    R"(Finds people and their keypoints, as the program `pose` does, with its options and their defaults.

detector, pose: networks, by name or path, as load() takes them.  detector defaults to the first one found, yolov3-spp first.  pose defaults to
fastpose where its weights are found, else to pose-nano.
inp_dim: side of the detector's input.  conf: objectness that a person must exceed; the default depends on the detector.
nms: overlap at which the weaker box is removed.  flip: averages the heatmaps with those of the mirror image.
posebatch: largest batch size of the pose network, in people.
precision: on a GPU "fp16" by default.  The other arguments are those of load().)";

constexpr const char* kCallDoc =
    R"(Returns the people in an image: a uint8 array [height, width, 3] in the order blue, green, red, or the path of a JPEG or PNG file.

Thread-safe: one image is computed at a time, without the GIL.)";

PyPose make_pose(const std::optional<Path>& detector, const std::optional<Path>& pose, int inp_dim, std::optional<float> conf, EngineOptions options,
                 const Where& where) {
  constexpr int kMaxPeople = 1024;
  if (conf) expect_in("conf", *conf, 0, 1);
  expect_in("nms", options.select.nms, 0, 1);
  expect_in("posebatch", options.posebatch, 1, kMaxPeople);
  check_inp_dim(inp_dim, 64, "inp_dim");
  const RunSettings settings = where.run(Precision::fp16);
  ModelOptions models = where.model();
  models.inp_dim = inp_dim;
  const nb::gil_scoped_release release;
  const RunOptions run = resolve(settings);
  const std::string name = detector ? detector->string() : default_detector(models);
  options.select.conf = conf.value_or(default_confidence(name));
  const Model detects = load_model(name, models), estimates = load_model(pose ? pose->string() : default_pose_net(models), models);
  return {std::make_shared<SharedPose>(make_engine(&detects, estimates, options, run)), {}};
}

std::vector<Person> people_of_file(PyPose& self, const Path& path) {
  self.process.expect_same();
  const nb::gil_scoped_release release;
  return self.estimator->people(read_image(path.string()));
}

std::vector<Person> people_of_array(PyPose& self, const AnyArray& array) {
  self.process.expect_same();
  BgrImage image = image_of(array);
  const nb::gil_scoped_release release;
  return self.estimator->people(std::move(image));
}

} // namespace

FloatArray keypoints(const Person& person) {
  std::vector<float> floats;
  for (std::size_t k = 0; k < kJoints; k++) floats.insert(floats.end(), {person.joints[k].x, person.joints[k].y, person.scores[k]});
  return to_numpy(std::move(floats), {kJoints, 3});
}

std::tuple<float, float, float, float> box(const Person& person) {
  return {person.box.x1, person.box.y1, person.box.x2, person.box.y2};
}

void bind_pose(nb::module_& m) {
  nb::class_<Person>(m, "Person", "A person in an image.")
      .def_prop_ro("keypoints", &keypoints, nb::rv_policy::automatic, nb::sig("def keypoints(self) -> numpy.ndarray"),
                   "float32 [17, 3]: x and y in pixels of the image, and the score, in COCO's order.")
      .def_prop_ro("box", &box, "x1, y1, x2, y2: the detection that this person came from.")
      .def_ro("score", &Person::proposal_score, "Score of the person, as in the JSON of `pose`.")
      .def("__repr__", [](const Person& p) {
        return fmt::format("Person(score={:.3f}, box=({:.1f}, {:.1f}, {:.1f}, {:.1f}))", p.proposal_score, p.box.x1, p.box.y1, p.box.x2, p.box.y2);
      });

  nb::class_<PyPose> type(m, "Pose", kPoseDoc);
  type.def(
          "__init__",
          [](PyPose* self, const std::optional<Path>& detector, const std::optional<Path>& pose, int inp_dim, std::optional<float> conf, double nms,
             bool flip, int posebatch, int threads, const std::optional<std::string>& target, const std::string& device,
             const std::optional<std::string>& precision, const std::optional<Path>& models, const std::optional<Path>& bn,
             const std::optional<Path>& kernels, const std::optional<Path>& weight_cache) {
            const EngineOptions options{{0, nms}, CropRule::demo, flip, 1, posebatch}; // make_pose() sets conf
            new (self)
                PyPose(make_pose(detector, pose, inp_dim, conf, options, {threads, target, precision, device, models, bn, kernels, weight_cache}));
          },
          "detector"_a = nb::none(), "pose"_a = nb::none(), nb::kw_only(), "inp_dim"_a = 608, "conf"_a = nb::none(), "nms"_a = 0.6, "flip"_a = false,
          "posebatch"_a = 80, "threads"_a = 0, "target"_a = nb::none(), "device"_a = "cpu", "precision"_a = nb::none(), "models"_a = nb::none(),
          "bn"_a = nb::none(), "kernels"_a = nb::none(), "weight_cache"_a = nb::none())
      .def("__call__", &people_of_array, "image"_a, nb::sig("def __call__(self, image: numpy.ndarray) -> list[Person]"), kCallDoc)
      .def("__call__", &people_of_file, "image"_a, kCallDoc);
  bind_track(m, type);
}

} // namespace pose::python
