// Python bindings of Pose and Person.
// SPDX-License-Identifier: MIT
#include "image/codec.h"
#include "pose/networks.h"
#include "python/py_pose.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/vector.h>

#include <span>

namespace nb = nanobind;

namespace pose::python {
namespace {

constexpr const char* kPoseDoc =
    R"(Finds people and their keypoints, as the program `pose` does, with its options and their defaults.

detector, pose: networks, by name or path, as load() takes them.  detector defaults to the first one found, yolov3-spp first.  pose defaults to
fastpose where its weights are found, else to pose-nano.
inp_dim: side of the detector's input.  conf: objectness that a person must exceed; the default depends on the detector.
nms: overlap at which the weaker box is removed.  flip: averages the heatmaps with those of the mirror image.
matching: people compete for keypoints, in place of pose NMS.
keypoints: the set of keypoints of the people, by their names: "coco17", "halpe26" ...; by default the network's.
posebatch: largest batch size of the pose network, in people.
weights: the file of the detector's weights, where it does not have the name of the cfg.
precision: on a GPU "fp16" by default.  The other arguments are those of load().)";

constexpr const char* kCallDoc =
    R"(Returns the people in an image: a uint8 array [height, width, 3] in the order blue, green, red, or the path of an image file.

Thread-safe: one image is computed at a time, without the GIL.)";

constexpr const char* kDecodeDoc =
    R"(Returns the image of a file in memory, turned as its EXIF orientation says: uint8 [height, width, 3] in the order blue, green, red.

data: the bytes of the file; other than `bytes` may be changed meanwhile.  source: name for messages.  max_pixels: larger images are refused before
any memory is allocated for them.  Thread-safe, without the GIL.)";

const Parameters kInit("__init__",
                       joined({{"detector", kPath, "None"},
                               {"pose", kPath, "None"},
                               {"inp_dim", "int", "608"},
                               {"conf", "float | None", "None"},
                               {"nms", "float", "0.6"},
                               {"flip", "bool", "False"},
                               {"matching", "bool", "False"},
                               {"keypoints", "str | None", "None"},
                               {"posebatch", "int", "80"},
                               {"weights", kPath, "None"}},
                              Where::kFirst, Where::kLast),
                       2, "None");

PyPose make_pose(const Arguments& arguments) {
  constexpr int kMaxPeople = 1024;
  const auto path = [&](const char* name) { return arguments.path(name).value_or(Path()).string(); };
  PoseNetworks networks{path("detector"), path("pose"), path("weights"), arguments.get<std::optional<float>>("conf")};
  EngineOptions options{{0, arguments.get<double>("nms")},
                        CropRule::demo,
                        arguments.get<bool>("flip"),
                        1,
                        arguments.get<int>("posebatch"),
                        arguments.get<bool>("matching"),
                        joint_set_option("keypoints", arguments.text("keypoints").value_or(""))};
  const int inp_dim = arguments.get<int>("inp_dim");
  if (networks.confidence) expect_in("conf", *networks.confidence, 0, 1);
  expect_in("nms", options.select.nms, 0, 1);
  expect_in("posebatch", options.posebatch, 1, kMaxPeople);
  check_inp_dim(inp_dim, 64, "inp_dim");
  const Where where(arguments);
  const RunSettings settings = where.run(Precision::fp16);
  ModelOptions models = where.model();
  models.inp_dim = inp_dim;
  const WithoutGil release;
  const RunOptions run = resolve(settings);
  networks.choose(models);
  options.select.conf = *networks.confidence;
  const PoseModels loaded = networks.load(models);
  return {std::make_shared<SharedPose>(make_engine(&*loaded.detector, loaded.network, options, run)), {}};
}

const Parameters kCall("__call__", {{"image", "numpy.ndarray | str | os.PathLike"}}, 1, "list[Person]");

std::vector<Person> people_of(nb::handle object, const nb::args& args, const nb::kwargs& kwargs) {
  PyPose& self = instance_of<PyPose>(object, "Pose");
  const Arguments arguments = kCall.read(args, kwargs);
  self.process.expect_same();
  const nb::object& source = arguments.at("image");
  if (PyBytes_Check(source.ptr())) throw nb::type_error("image: expected an array or a path, found bytes: decode() reads the bytes of a file");
  if (PyUnicode_Check(source.ptr()) || nb::hasattr(source.type(), "__fspath__")) {
    const std::string path = arguments.path("image")->string();
    const WithoutGil release;
    return self.estimator->people(with_errors_as<DataError>([&] { return read_image(path); }));
  }
  BgrImage image = image_of(array_of(source, "image", "an array uint8 [height, width, 3] or a path"));
  const WithoutGil release;
  return self.estimator->people(std::move(image));
}

// The bytes of an object that exports them.  They stay until the end of this object's life.
class Bytes {
public:
  explicit Bytes(const Arguments& arguments, const char* name) {
    if (PyObject_GetBuffer(arguments.at(name).ptr(), &view_, PyBUF_SIMPLE) == 0) return;
    PyErr_Clear();
    arguments.refuse(name);
  }
  ~Bytes() { PyBuffer_Release(&view_); }
  Bytes(const Bytes&) = delete;
  Bytes& operator=(const Bytes&) = delete;

  std::span<const std::uint8_t> span() const { return {static_cast<const std::uint8_t*>(view_.buf), std::size_t(view_.len)}; }
  bool may_change() const { return view_.readonly == 0; }

private:
  Py_buffer view_{};
};

const Parameters kDecode("decode", {{"data", "bytes | bytearray | memoryview"}, {"source", "str", "'data'"}, {"max_pixels", "int", "1 << 28"}}, 1,
                         "numpy.ndarray");

ByteArray decode(const nb::args& args, const nb::kwargs& kwargs) {
  const Arguments arguments = kDecode.read(args, kwargs);
  const std::string source = arguments.text("source").value_or("data");
  DecodeLimits limits;
  const auto max_pixels = arguments.get<std::int64_t>("max_pixels");
  expect_in("max_pixels", double(max_pixels), 1, double(limits.max_pixels));
  limits.max_pixels = max_pixels;
  const Bytes bytes(arguments, "data");
  auto image = std::make_shared<BgrImage>();
  {
    const WithoutGil release;
    std::vector<std::uint8_t> copy; // a decoder must not see bytes that another thread changes
    if (bytes.may_change()) copy.assign(bytes.span().begin(), bytes.span().end());
    *image = with_errors_as<DataError>([&] { return decode_image(bytes.may_change() ? copy : bytes.span(), source, limits); });
  }
  return to_numpy(std::move(image));
}

} // namespace

FloatArray keypoints(const Person& person) {
  std::vector<float> floats;
  for (std::size_t k = 0; k < person.joints.size(); k++) floats.insert(floats.end(), {person.joints[k].x, person.joints[k].y, person.scores[k]});
  return to_numpy(std::move(floats), {std::int64_t(person.joints.size()), 3});
}

std::optional<FloatArray> world(const Person& person) {
  if (person.world.empty()) return std::nullopt;
  std::vector<float> floats;
  for (const Point3& p : person.world) floats.insert(floats.end(), {p.x, p.y, p.z});
  return to_numpy(std::move(floats), {std::int64_t(person.world.size()), 3});
}

std::tuple<float, float, float, float> box(const Person& person) {
  return {person.box.x1, person.box.y1, person.box.x2, person.box.y2};
}

void bind_pose(nb::module_& m) {
  nb::class_<Person>(m, "Person", "A person in an image.")
      .def_prop_ro(
          "keypoints", &keypoints, nb::rv_policy::automatic, nb::sig("def keypoints(self) -> numpy.ndarray"),
          "float32 [n, 3]: x and y in pixels of the image, and the score, of the keypoints that keypoint_names names: COCO's 17 of most networks.")
      .def_prop_ro(
          "keypoint_names", [](const Person& p) { return p.set->names; }, "Names of the keypoints.")
      .def_prop_ro("world", &world, nb::rv_policy::automatic, nb::sig("def world(self) -> numpy.ndarray | None"),
                   "float32 [n, 3]: the keypoints in 3D, in meters from the middle of the hips; None of networks that do not find them.")
      .def_prop_ro(
          "keypoint_set", [](const Person& p) { return p.set->name; }, "Name of the set of keypoints, \"coco17\".")
      .def_prop_ro("box", &box, "x1, y1, x2, y2: the detection that this person came from.")
      .def_ro("score", &Person::proposal_score, "Score of the person, as in the JSON of `pose`.")
      .def_ro("box_score", &Person::box_score, "Objectness of the box, 0 to 1.")
      .def("__repr__", [](const Person& p) {
        return fmt::format("Person(score={:.3f}, box=({:.1f}, {:.1f}, {:.1f}, {:.1f}))", p.proposal_score, p.box.x1, p.box.y1, p.box.x2, p.box.y2);
      });

  nb::class_<PyPose> type(m, "Pose", kPoseDoc);
  type.def(
          "__init__", [](PyPose* self, const nb::args& args, const nb::kwargs& kwargs) { new (self) PyPose(make_pose(kInit.read(args, kwargs))); },
          nb::sig(kInit.signature(true).c_str()))
      .def("__call__", &people_of, nb::sig(kCall.signature(true).c_str()), kCallDoc)
      .def_prop_ro(
          "keypoint_names", [](const PyPose& self) { return self.estimator->engine().joints()->names; }, "Names of the keypoints of the people.");
  m.def("decode", &decode, nb::sig(kDecode.signature(false).c_str()), kDecodeDoc);
  bind_track(m, type);
}

} // namespace pose::python
