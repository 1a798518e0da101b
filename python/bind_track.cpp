// Python bindings of Pose.track(): people of consecutive frames.
// SPDX-License-Identifier: MIT
#include "python/py_pose.h"
#include "python/tracking.h"

#include <nanobind/stl/string.h>
#include <nanobind/stl/tuple.h>
#include <nanobind/stl/unique_ptr.h>
#include <nanobind/stl/variant.h>

namespace nb = nanobind;
using namespace nb::literals;

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

using ImageArray = nb::ndarray<nb::numpy, std::uint8_t>;

std::optional<ImageArray> image_array(const TrackedFrame& frame) {
  if (!frame.image) return std::nullopt;
  auto* holder = new std::shared_ptr<BgrImage>(frame.image);
  const nb::capsule owner(holder, [](void* p) noexcept { delete static_cast<std::shared_ptr<BgrImage>*>(p); });
  return ImageArray(frame.image->bytes.data(), {std::size_t(frame.image->h), std::size_t(frame.image->w), 3}, owner);
}

FloatArray smooth_keypoints(const ResultPerson& p) {
  Person person = p.person;
  if (p.smooth) person.joints = *p.smooth;
  return keypoints(person);
}

int interval_of(const std::variant<int, std::string>& detect_every) {
  constexpr int kMost = 10000;
  if (const int* n = std::get_if<int>(&detect_every)) {
    expect_in("detect_every", *n, 1, kMost);
    return *n;
  }
  const std::string& text = std::get<std::string>(detect_every);
  if (text != "auto") fail<InputError>("detect_every: expected auto or 1 to {}, found {}", kMost, text);
  return DetectionSchedule::kAuto;
}

std::unique_ptr<Tracking> track(const PyPose& self, const nb::object& source, const std::variant<int, std::string>& detect_every, bool smooth,
                                double start, std::optional<double> end, int step, bool images, std::optional<double> fps) {
  self.process.expect_same();
  TrackSettings settings;
  settings.stream.detect_every = interval_of(detect_every);
  settings.stream.track = true;
  settings.stream.smooth = smooth;
  settings.images = images;
  Path path;
  if (nb::try_cast(source, path, false)) {
    if (fps) throw InputError("fps: expected images in memory, found a clip, which has its own times");
    VideoOptions reading;
    reading.start = start;
    if (end) reading.end = *end;
    reading.step = step;
    return track_clip(self.estimator, path.string(), reading, settings);
  }
  if (start != 0 || end || step != 1) throw InputError("start, end, step: expected a clip, found images in memory");
  constexpr double kLeastRate = 0.01, kMostRate = 10000;
  settings.stream.rate = fps.value_or(settings.stream.rate);
  expect_in("fps", settings.stream.rate, kLeastRate, kMostRate);
  return track_images(self.estimator, source, settings);
}

} // namespace

void bind_track(nb::module_& m, nb::class_<PyPose>& pose) {
  nb::class_<ResultPerson>(m, "TrackedPerson", "A person in a frame of a clip.")
      .def_ro("id", &ResultPerson::id, "Number of the person, from 1, the same in all frames; 0: not sure enough to begin a track.")
      .def_prop_ro(
          "keypoints", [](const ResultPerson& p) { return keypoints(p.person); }, nb::rv_policy::automatic,
          nb::sig("def keypoints(self) -> numpy.ndarray"), "As Person.keypoints.")
      .def_prop_ro("smooth", &smooth_keypoints, nb::rv_policy::automatic, nb::sig("def smooth(self) -> numpy.ndarray"),
                   "The keypoints, smoothed over time; the keypoints themselves where smoothing is off or id is 0.")
      .def_prop_ro(
          "box", [](const ResultPerson& p) { return box(p.person); }, "x1, y1, x2, y2: the box that the keypoints were computed from.")
      .def_prop_ro(
          "score", [](const ResultPerson& p) { return p.person.proposal_score; }, "As Person.score.")
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
      .def("__next__", &Tracking::next, "Waits for the next frame, without the GIL.  Thread-safe.");

  pose.def("track", &track, "source"_a, nb::kw_only(), "detect_every"_a = 1, "smooth"_a = false, "start"_a = 0.0, "end"_a = nb::none(), "step"_a = 1,
           "images"_a = false, "fps"_a = nb::none(),
           nb::sig("def track(self, source: str | os.PathLike | collections.abc.Iterable[numpy.ndarray], *, detect_every: int | str = 1, "
                   "smooth: bool = False, start: float = 0, end: float | None = None, step: int = 1, images: bool = False, "
                   "fps: float | None = None) -> Tracking"),
           kTrackDoc);
}

} // namespace pose::python
