// Python bindings of Pose.track(): people of consecutive frames.
// SPDX-License-Identifier: MIT
#include "python/py_pose.h"
#include "python/tracking.h"

#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>

namespace nb = nanobind;

namespace pose::python {
namespace {

constexpr const char* kTrackDoc =
    R"(Returns an iterator of the frames of a clip, a camera or images in memory, with people who keep their ids.

source: a path, a URL, "-" for standard input, "webcam:0" for a camera; or images, an iterable of uint8 arrays [height, width, 3] in the order
blue, green, red.
detect_every: runs the detector in every N-th frame and follows people in between; "auto": as seldom as the frame rate needs.
smooth: also smooths keypoints.  images: also returns the image of each frame.
start, end: seconds; step: uses every N-th frame.  These are of clips only.
fps: frames per second of images in memory, 25 by default.

A clip is decoded and computed on threads of the iterator, a few frames ahead, without the GIL.  Ctrl-C ends a wait.)";

std::optional<ByteArray> image_array(const TrackedFrame& frame) {
  if (!frame.image) return std::nullopt;
  return to_numpy(frame.image);
}

FloatArray smooth_keypoints(const ResultPerson& p) {
  Person person = p.person;
  if (p.smooth) person.joints = *p.smooth;
  return keypoints(person);
}

const Parameters kTrack("track",
                        {{"source", "str | bytes | os.PathLike | collections.abc.Iterable[numpy.ndarray]"},
                         {"detect_every", "int | str", "1"},
                         {"smooth", "bool", "False"},
                         {"start", "float", "0"},
                         {"end", "float | None", "None"},
                         {"step", "int", "1"},
                         {"images", "bool", "False"},
                         {"fps", "float | None", "None"}},
                        1, "Tracking");

int interval_of(const Arguments& arguments) {
  constexpr int kMost = 10000;
  if (!PyUnicode_Check(arguments.at("detect_every").ptr())) {
    const int n = arguments.get<int>("detect_every");
    expect_in("detect_every", n, 1, kMost);
    return n;
  }
  const std::string text = *arguments.text("detect_every");
  if (text != "auto") fail<InputError>("detect_every: expected auto or 1 to {}, found {}", kMost, text);
  return DetectionSchedule::kAuto;
}

std::unique_ptr<Tracking> track(nb::handle object, const nb::args& args, const nb::kwargs& kwargs) {
  const PyPose& self = instance_of<PyPose>(object, "Pose");
  const Arguments arguments = kTrack.read(args, kwargs);
  self.process.expect_same();
  TrackSettings settings;
  settings.stream.detect_every = interval_of(arguments);
  settings.stream.track = true;
  settings.stream.smooth = arguments.get<bool>("smooth");
  settings.images = arguments.get<bool>("images");
  VideoOptions reading;
  reading.start = arguments.get<double>("start");
  reading.step = arguments.get<int>("step");
  const auto end = arguments.get<std::optional<double>>("end"), fps = arguments.get<std::optional<double>>("fps");
  if (end) reading.end = *end;
  const nb::object& source = arguments.at("source");
  if (PyUnicode_Check(source.ptr()) || PyBytes_Check(source.ptr()) || nb::hasattr(source.type(), "__fspath__")) {
    if (fps) throw InputError("fps: expected images in memory, found a clip, which has its own times");
    return track_clip(self.estimator, arguments.path("source")->string(), reading, settings);
  }
  if (reading.start != 0 || end || reading.step != 1) throw InputError("start, end, step: expected a clip, found images in memory");
  constexpr double kLeastRate = 0.01, kMostRate = 10000;
  settings.stream.rate = fps.value_or(settings.stream.rate);
  expect_in("fps", settings.stream.rate, kLeastRate, kMostRate);
  if (!nb::hasattr(source.type(), "__iter__") && !nb::hasattr(source.type(), "__getitem__")) arguments.refuse("source");
  return track_images(self.estimator, source, settings);
}

} // namespace

void bind_track(nb::module_& m, nb::class_<PyPose>& pose) {
  nb::class_<ResultPerson>(m, "TrackedPerson", "A person in a frame of a clip.")
      .def_ro("id", &ResultPerson::id, "Number of the person, from 1, the same in all frames; 0: not sure enough to begin a track.")
      .def_prop_ro(
          "keypoints", [](const ResultPerson& p) { return keypoints(p.person); }, nb::rv_policy::automatic,
          nb::sig("def keypoints(self) -> numpy.ndarray"), "As Person.keypoints.")
      .def_prop_ro(
          "keypoint_names", [](const ResultPerson& p) { return p.person.set->names; }, "As Person.keypoint_names.")
      .def_prop_ro("smooth", &smooth_keypoints, nb::rv_policy::automatic, nb::sig("def smooth(self) -> numpy.ndarray"),
                   "The keypoints, smoothed over time; the keypoints themselves where smoothing is off or id is 0.")
      .def_prop_ro(
          "box", [](const ResultPerson& p) { return box(p.person); }, "x1, y1, x2, y2: the box that the keypoints were computed from.")
      .def_prop_ro(
          "score", [](const ResultPerson& p) { return p.person.proposal_score; }, "As Person.score.")
      .def_prop_ro(
          "box_score", [](const ResultPerson& p) { return p.person.box_score; }, "As Person.box_score.")
      .def("__repr__", [](const ResultPerson& p) {
        const auto [x1, y1, x2, y2] = box(p.person);
        return fmt::format("TrackedPerson(id={}, score={:.3f}, box=({:.1f}, {:.1f}, {:.1f}, {:.1f}))", p.id, p.person.proposal_score, x1, y1, x2, y2);
      });

  nb::class_<TrackedFrame>(m, "Frame", "A frame with its people.")
      .def_prop_ro(
          "index", [](const TrackedFrame& f) { return f.result.frame; }, "Number of the frame in its source, from 0.")
      .def_prop_ro(
          "seconds", [](const TrackedFrame& f) { return f.result.time.value_or(0); }, "Seconds from the start of the source.")
      .def_prop_ro(
          "width", [](const TrackedFrame& f) { return f.result.width; }, "Pixels.")
      .def_prop_ro(
          "height", [](const TrackedFrame& f) { return f.result.height; }, "Pixels.")
      .def_prop_ro(
          "detected", [](const TrackedFrame& f) { return f.result.detected; },
          "Whether the detector ran; if not, people were followed from the frame before.")
      .def_prop_ro(
          "error", [](const TrackedFrame& f) { return f.result.error; }, "Why the networks refused this frame of a clip; \"\": they did not.")
      .def_prop_ro(
          "people", [](const TrackedFrame& f) { return f.result.people; }, "The people, a list of TrackedPerson.")
      .def_prop_ro("image", &image_array, nb::rv_policy::automatic, nb::sig("def image(self) -> numpy.ndarray | None"),
                   "uint8 [height, width, 3] in the order blue, green, red, with images=True.")
      .def("__repr__", [](const TrackedFrame& f) {
        return fmt::format("Frame(index={}, seconds={:.3f}, people={})", f.result.frame, f.result.time.value_or(0), f.result.people.size());
      });

  nb::class_<Tracking>(m, "Tracking", "The frames of a source, in order: an iterator that Pose.track() returns.")
      .def(
          "__iter__", [](nb::handle self) { return self; }, nb::sig("def __iter__(self) -> Tracking"))
      .def("__next__", &Tracking::next, "Waits for the next frame, without the GIL.  Thread-safe.")
      .def("close", &Tracking::close, "Ends the iteration: waits for the frame that is being computed, and frees the clip.  May be called again.");

  pose.def("track", &track, nb::sig(kTrack.signature(true).c_str()), kTrackDoc);
}

} // namespace pose::python
