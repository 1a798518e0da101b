// Implements c.h over the C++ interface.
// SPDX-License-Identifier: MIT
#include <alphapose/c.h>

#include <alphapose/net.h>
#include <alphapose/pose.h>
#include <alphapose/video.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <new>

using namespace alphapose;

struct alphapose_pose {
  Pose pose;
};

struct alphapose_tracker {
  PoseTracker tracker;
};

struct alphapose_net {
  Net net;
  std::vector<Layer> outputs;
};

namespace {

thread_local std::string g_last_error;

alphapose_status failed(alphapose_status status, const char* text) {
  try {
    g_last_error = text;
  } catch (const std::bad_alloc&) {
    g_last_error.clear();
  }
  return status;
}

// Calls f() and turns what it throws into a status.
template <class F> alphapose_status status_of(F f) {
  try {
    f();
    return ALPHAPOSE_OK;
  } catch (const InputError& e) {
    return failed(ALPHAPOSE_INPUT_ERROR, e.what());
  } catch (const ModelError& e) {
    return failed(ALPHAPOSE_MODEL_ERROR, e.what());
  } catch (const DeviceError& e) {
    return failed(ALPHAPOSE_DEVICE_ERROR, e.what());
  } catch (const DataError& e) {
    return failed(ALPHAPOSE_DATA_ERROR, e.what());
  } catch (const std::bad_alloc&) {
    return failed(ALPHAPOSE_OUT_OF_MEMORY, "out of memory");
  } catch (const std::exception& e) {
    return failed(ALPHAPOSE_ERROR, e.what());
  }
}

template <class T> T* expect(T* pointer, const char* name) {
  if (pointer == nullptr) throw InputError(std::string(name) + ": expected a pointer, found null");
  return pointer;
}

std::string text_or(const char* text, const char* otherwise) {
  return text != nullptr ? text : otherwise;
}

Precision precision_of(const char* text) {
  if (text == nullptr) return Precision::best;
  if (std::strcmp(text, "fp32") == 0) return Precision::fp32;
  if (std::strcmp(text, "tf32") == 0) return Precision::tf32;
  if (std::strcmp(text, "fp16") == 0) return Precision::fp16;
  throw InputError("precision: expected fp32, tf32 or fp16, found " + std::string(text));
}

PixelFormat format_of(int format) {
  if (format < ALPHAPOSE_BGR || format > ALPHAPOSE_RGBA) throw InputError("image: expected a pixel format, found " + std::to_string(format));
  return PixelFormat(format);
}

// Sizes of the structures of options in the first release.  Later ones may have more fields, at the end.
constexpr std::size_t kFirstPoseOptions = offsetof(alphapose_pose_options, flip) + sizeof(int);
constexpr std::size_t kFirstTrackerOptions = offsetof(alphapose_tracker_options, frame_rate) + sizeof(double);
constexpr std::size_t kFirstNetOptions = offsetof(alphapose_net_options, batch) + sizeof(int);

alphapose_pose_options default_pose_options() {
  const PoseOptions usual;
  alphapose_pose_options options = {};
  options.input_size = usual.input_size;
  options.confidence = -1;
  options.nms = usual.nms;
  return options;
}

alphapose_tracker_options default_tracker_options() {
  const VideoOptions usual;
  alphapose_tracker_options options = {};
  options.detect_every = usual.detect_every;
  options.frame_rate = usual.frame_rate;
  return options;
}

alphapose_net_options default_net_options() {
  alphapose_net_options options = {};
  options.batch = NetOptions().batch;
  return options;
}

// Writes the part of the defaults that the caller's structure of `size` bytes has.
template <class T> void init_sized(T* options, std::size_t size, T defaults) {
  if (options == nullptr) return;
  defaults.size = size;
  std::memcpy(options, &defaults, std::min(size, sizeof defaults));
}

// Returns the caller's options, with the defaults for fields that its structure does not have.
template <class T> T whole_options(const T& options, std::size_t first_size, T defaults) {
  if (options.size < first_size || options.size > sizeof defaults)
    throw InputError("options: expected a size from " + std::to_string(first_size) + " to " + std::to_string(sizeof defaults) +
                     ", as the function that sets the defaults writes it, found " + std::to_string(options.size));
  std::memcpy(&defaults, &options, options.size);
  return defaults;
}

template <class T> DeviceOptions device_of(const T& options) {
  DeviceOptions device;
  device.device = text_or(options.device, "auto");
  device.precision = precision_of(options.precision);
  device.threads = options.threads;
  return device;
}

PoseOptions options_of(const alphapose_pose_options& given) {
  const alphapose_pose_options o = whole_options(given, kFirstPoseOptions, default_pose_options());
  PoseOptions options;
  options.detector = text_or(o.detector, "");
  options.network = text_or(o.network, "");
  options.detector_weights = text_or(o.detector_weights, "");
  options.models_dir = text_or(o.models_dir, "");
  options.device = device_of(o);
  options.input_size = o.input_size;
  if (!(o.confidence < 0)) options.confidence = o.confidence;
  options.nms = o.nms;
  options.flip = o.flip != 0;
  options.matching = o.matching != 0;
  options.keypoints = text_or(o.keypoints, "");
  return options;
}

VideoOptions options_of(const alphapose_tracker_options& given) {
  const alphapose_tracker_options o = whole_options(given, kFirstTrackerOptions, default_tracker_options());
  VideoOptions options;
  if (o.pose != nullptr) options.pose = options_of(*o.pose);
  options.detect_every = o.detect_every;
  options.smooth = o.smooth != 0;
  options.frame_rate = o.frame_rate;
  return options;
}

NetOptions options_of(const alphapose_net_options& given) {
  const alphapose_net_options o = whole_options(given, kFirstNetOptions, default_net_options());
  NetOptions options;
  options.model = expect(o.model, "model");
  options.weights = text_or(o.weights, "");
  options.models_dir = text_or(o.models_dir, "");
  options.device = device_of(o);
  options.input_size = o.input_size;
  options.batch = o.batch;
  return options;
}

const Layer& output_of(const alphapose_net* net, std::size_t k) {
  const std::vector<Layer>& outputs = expect(net, "net")->outputs;
  if (k >= outputs.size()) throw InputError("output: expected less than " + std::to_string(outputs.size()) + ", found " + std::to_string(k));
  return outputs[k];
}

std::size_t floats_of(const Layer& layer) {
  std::size_t floats = 1;
  for (std::int64_t side : layer.shape) floats *= std::size_t(side);
  return floats;
}

ImageView view_of(const alphapose_image& i) {
  return {i.data, i.height, i.width, i.stride, format_of(i.format)};
}

alphapose_keypoint to_keypoint(const Keypoint& k) {
  return {k.x, k.y, k.score};
}

alphapose_person to_c(const Person& p) {
  alphapose_person person = {p.score, p.box.x1, p.box.y1, p.box.x2, p.box.y2, {}};
  for (std::size_t k = 0; k < ALPHAPOSE_KEYPOINTS; k++) person.keypoints[k] = to_keypoint(p.keypoints[k]);
  return person;
}

alphapose_tracked_person to_c(const TrackedPerson& p) {
  alphapose_tracked_person person = {to_c(static_cast<const Person&>(p)), p.id, {}};
  for (std::size_t k = 0; k < ALPHAPOSE_KEYPOINTS; k++) person.smooth[k] = to_keypoint(p.smooth[k]);
  return person;
}

// Writes the first `capacity` people.
template <class P, class C> void write_people(const std::vector<P>& all, C* people, std::size_t capacity, std::size_t* found) {
  for (std::size_t k = 0; k < std::min(capacity, all.size()); k++) people[k] = to_c(all[k]);
  *found = all.size();
}

} // namespace

const char* alphapose_version(void) {
  return version();
}

const char* alphapose_last_error(void) {
  return g_last_error.c_str();
}

alphapose_status alphapose_image_read(const char* path, alphapose_image* image) {
  return status_of([&] {
    expect(image, "image");
    const Image read = read_image(expect(path, "path"));
    auto* pixels = new std::uint8_t[read.pixels.size()];
    std::copy(read.pixels.begin(), read.pixels.end(), pixels);
    *image = {pixels, read.height, read.width, 0, ALPHAPOSE_BGR};
  });
}

void alphapose_image_free(alphapose_image* image) {
  if (image == nullptr) return;
  delete[] image->data;
  *image = {};
}

const char* alphapose_keypoint_name(int index) {
  return index >= 0 && index < kKeypoints ? keypoint_name(index) : nullptr;
}

void alphapose_pose_options_init_sized(alphapose_pose_options* options, size_t size) {
  init_sized(options, size, default_pose_options());
}

alphapose_status alphapose_pose_create(const alphapose_pose_options* options, alphapose_pose** pose) {
  return status_of([&] {
    expect(pose, "pose");
    *pose = new alphapose_pose{Pose(options != nullptr ? options_of(*options) : PoseOptions{})};
  });
}

void alphapose_pose_destroy(alphapose_pose* pose) {
  delete pose;
}

alphapose_status alphapose_pose_run(alphapose_pose* pose, const alphapose_image* image, alphapose_person* people, size_t capacity, size_t* found) {
  return status_of([&] {
    expect(found, "found");
    if (capacity > 0) expect(people, "people");
    write_people(expect(pose, "pose")->pose(view_of(*expect(image, "image"))), people, capacity, found);
  });
}

alphapose_status alphapose_pose_keypoint_count(alphapose_pose* pose, size_t* count) {
  return status_of([&] { *expect(count, "count") = expect(pose, "pose")->pose.keypoint_names().size(); });
}

const char* alphapose_pose_keypoint_name(alphapose_pose* pose, size_t index) {
  if (pose == nullptr) return nullptr;
  const std::vector<std::string>& names = pose->pose.keypoint_names();
  return index < names.size() ? names[index].c_str() : nullptr;
}

alphapose_status alphapose_pose_run_keypoints(alphapose_pose* pose, const alphapose_image* image, alphapose_person* people,
                                              alphapose_keypoint* keypoints, size_t capacity, size_t* found) {
  return status_of([&] {
    expect(found, "found");
    if (capacity > 0) expect(people, "people");
    if (capacity > 0) expect(keypoints, "keypoints");
    const std::vector<Person> all = expect(pose, "pose")->pose(view_of(*expect(image, "image")));
    write_people(all, people, capacity, found);
    for (std::size_t i = 0; i < std::min(capacity, all.size()); i++)
      keypoints = std::transform(all[i].all_keypoints.begin(), all[i].all_keypoints.end(), keypoints, to_keypoint);
  });
}

void alphapose_tracker_options_init_sized(alphapose_tracker_options* options, size_t size) {
  init_sized(options, size, default_tracker_options());
}

alphapose_status alphapose_tracker_create(const alphapose_tracker_options* options, alphapose_tracker** tracker) {
  return status_of([&] {
    expect(tracker, "tracker");
    *tracker = new alphapose_tracker{PoseTracker(options != nullptr ? options_of(*options) : VideoOptions{})};
  });
}

void alphapose_tracker_destroy(alphapose_tracker* tracker) {
  delete tracker;
}

alphapose_status alphapose_tracker_run(alphapose_tracker* tracker, const alphapose_image* image, double seconds, alphapose_tracked_person* people,
                                       size_t capacity, size_t* found) {
  return status_of([&] {
    expect(found, "found");
    if (capacity > 0) expect(people, "people");
    write_people(expect(tracker, "tracker")->tracker(view_of(*expect(image, "image")), seconds).people, people, capacity, found);
  });
}

void alphapose_net_options_init_sized(alphapose_net_options* options, size_t size) {
  init_sized(options, size, default_net_options());
}

alphapose_status alphapose_net_create(const alphapose_net_options* options, alphapose_net** net) {
  return status_of([&] {
    expect(net, "net");
    auto made = std::make_unique<alphapose_net>(alphapose_net{Net(options_of(*expect(options, "options"))), {}});
    const std::vector<Layer> layers = made->net.layers();
    for (const std::string& name : made->net.outputs())
      made->outputs.push_back(*std::find_if(layers.begin(), layers.end(), [&](const Layer& layer) { return layer.name == name; }));
    *net = made.release();
  });
}

void alphapose_net_destroy(alphapose_net* net) {
  delete net;
}

alphapose_status alphapose_net_input_shape(const alphapose_net* net, int shape[3]) {
  return status_of([&] {
    expect(shape, "shape");
    const InputShape s = expect(net, "net")->net.input_shape();
    shape[0] = s.channels;
    shape[1] = s.height;
    shape[2] = s.width;
  });
}

alphapose_status alphapose_net_output_count(const alphapose_net* net, size_t* count) {
  return status_of([&] { *expect(count, "count") = expect(net, "net")->outputs.size(); });
}

const char* alphapose_net_output_name(const alphapose_net* net, size_t k) {
  return net != nullptr && k < net->outputs.size() ? net->outputs[k].name.c_str() : nullptr;
}

alphapose_status alphapose_net_output_shape(const alphapose_net* net, size_t k, int64_t shape[3], size_t* dimensions) {
  return status_of([&] {
    expect(shape, "shape");
    expect(dimensions, "dimensions");
    const std::vector<std::int64_t>& sides = output_of(net, k).shape;
    for (std::size_t i = 0; i < 3; i++) shape[i] = i < sides.size() ? sides[i] : 1;
    *dimensions = sides.size();
  });
}

alphapose_status alphapose_net_output_floats(const alphapose_net* net, size_t k, size_t* floats) {
  return status_of([&] { *expect(floats, "floats") = floats_of(output_of(net, k)); });
}

alphapose_status alphapose_net_run(alphapose_net* net, const float* x, size_t x_floats, float* const* outputs, const size_t* output_floats,
                                   size_t output_count) {
  return status_of([&] {
    expect(net, "net");
    expect(outputs, "outputs");
    expect(output_floats, "output_floats");
    std::vector<std::span<float>> buffers;
    for (std::size_t k = 0; k < output_count; k++) buffers.emplace_back(expect(outputs[k], "outputs"), output_floats[k]);
    net->net.run({expect(x, "x"), x_floats}, buffers);
  });
}
