// Pose: the people of an image and their keypoints.
// SPDX-License-Identifier: MIT
//
//   alphapose::Pose pose; // the best detector and pose network that are installed
//   for (const alphapose::Person& p : pose(alphapose::ImageView{data, height, width}))
//     std::printf("%.2f  nose %.1f %.1f\n", p.score, p.keypoints[0].x, p.keypoints[0].y);
#pragma once

#include <alphapose/device.h>
#include <alphapose/image.h>

#include <array>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace alphapose {

inline constexpr int kKeypoints = 17; // of COCO, in its order

// Index of a keypoint: person[KeypointId::left_wrist].
enum class KeypointId {
  nose,
  left_eye,
  right_eye,
  left_ear,
  right_ear,
  left_shoulder,
  right_shoulder,
  left_elbow,
  right_elbow,
  left_wrist,
  right_wrist,
  left_hip,
  right_hip,
  left_knee,
  right_knee,
  left_ankle,
  right_ankle
};

// Returns the name of a keypoint, "left_wrist" for 9.  Throws InputError for another index.
ALPHAPOSE_API const char* keypoint_name(int index);
inline const char* keypoint_name(KeypointId id) {
  return keypoint_name(static_cast<int>(id));
}
// Returns the keypoint of that name.  Throws InputError for an unknown name.
ALPHAPOSE_API KeypointId keypoint_of(const std::string& name);

struct Keypoint {
  float x = 0, y = 0; // pixels of the image, from its upper left corner; may be outside the image
  float score = 0;    // maximum of its heatmap, for merged detections a weighted mean of theirs; about 0 to 1, not clamped
};

struct Box {
  float x1 = 0, y1 = 0, x2 = 0, y2 = 0; // pixels of the image
};

struct Person {
  float score = 0;                            // as in AlphaPose's JSON: mean keypoint score + score of the detection + 1.25 * largest keypoint score
  Box box;                                    // the detection that this person came from
  std::array<Keypoint, kKeypoints> keypoints; // COCO's; NaN with a score of 0 for those that the network does not find
  std::vector<Keypoint> all_keypoints;        // all that the network finds, named by Pose::keypoint_names(); COCO's again
  std::string keypoint_set = "coco17";        // name of their set

  const Keypoint& operator[](KeypointId id) const { return keypoints[static_cast<std::size_t>(id)]; }
};

struct PoseOptions {
  // Names of models, or paths (docs/cli.md).  detector "": the first of yolov3-spp, yolov3, yolov4, yolov4-tiny, yolo-fastest-xl, yolov3-tiny whose
  // weights are found.  network "": fastpose where its weights are found, else pose-nano, which comes with the library.
  std::string detector = {}, network = {};
  std::string detector_weights = {};    // file of the detector's weights; "": searched for
  std::string models_dir = {};          // searched first for weights
  int input_size = 608;                 // side of the detector's input, a multiple of 32 from 64 to 4096.  A detector other than Darknet's ignores it
  std::optional<float> confidence = {}; // that a detection must exceed, 0 to 1; none: the detector's default
  double nms = 0.6;                     // IoU at which the weaker of two boxes is dropped, 0 to 1
  bool flip = false;                    // average with the mirrored image: slower, slightly more accurate
  bool matching = false;                // people compete for keypoints, in place of pose NMS; as in AlphaPose, cameras ignore it
  std::string keypoints = {};           // the set of keypoints of the people, by their names: coco17, halpe26 ...; "": the network's
  int people_per_run = 80;              // batch size of the pose network, 1 to 1024
  DeviceOptions device = {};
};

// Thread safety: any thread may call a Pose; calls of one object wait for each other.  Several objects run at the same time.
// After fork() a child process must make its own objects: using the parent's is an InputError.  It may destroy them, but their memory stays
// allocated.
class ALPHAPOSE_API Pose {
public:
  // Loads both networks.  Throws InputError for invalid options, ModelError for models that are not found, broken or of the wrong kind, DeviceError
  // for a device, precision or target that is not available.
  explicit Pose(const PoseOptions& options = {});
  ~Pose();
  Pose(Pose&&) noexcept;
  Pose& operator=(Pose&&) noexcept;

  // Returns the people of an image after pose NMS, by the mean keypoint score before merging, highest first; without people, an empty list.  Throws
  // InputError for an invalid view and for one so thin that a side of the detector's input would be 0, DeviceError when a GPU fails.
  std::vector<Person> operator()(const ImageView& image);
  // Returns the people of each image, in the order of the images.  Computes them one by one: this is not faster than one call for each image.
  std::vector<std::vector<Person>> operator()(std::span<const ImageView> images);

  const std::string& detector() const; // names of the models that are used
  const std::string& network() const;
  float confidence() const;
  const std::string& device() const; // "cpu", or the name of the GPU
  // Names of Person::all_keypoints, "left_big_toe".
  const std::vector<std::string>& keypoint_names() const;

private:
  struct State;
  std::unique_ptr<State> state_;
};

// Returns the image with the people's skeletons on it, as `alphapose pose --save_img` draws them.
ALPHAPOSE_API Image draw_people(const ImageView& image, const std::vector<Person>& people);

} // namespace alphapose
