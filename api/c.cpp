// Implements c.h over the C++ interface.
// SPDX-License-Identifier: MIT
#include <alphapose/c.h>

#include <alphapose/net.h>
#include <alphapose/pose.h>

#include <algorithm>
#include <cstring>
#include <new>

using namespace alphapose;

struct alphapose_pose {
  Pose pose;
};

struct alphapose_net {
  Net net;
  std::vector<std::size_t> output_floats; // of one image
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

PoseOptions options_of(const alphapose_pose_options& o) {
  if (o.size != sizeof o) throw InputError("options: expected alphapose_pose_options_init() to set the size");
  PoseOptions options;
  options.detector = text_or(o.detector, "");
  options.network = text_or(o.network, "");
  options.models_dir = text_or(o.models_dir, "");
  options.device.device = text_or(o.device, "auto");
  options.device.precision = precision_of(o.precision);
  options.device.threads = o.threads;
  options.input_size = o.input_size;
  if (!(o.confidence < 0)) options.confidence = o.confidence;
  options.nms = o.nms;
  options.flip = o.flip != 0;
  return options;
}

alphapose_person to_c(const Person& p) {
  alphapose_person person = {p.score, p.box.x1, p.box.y1, p.box.x2, p.box.y2, {}};
  for (std::size_t k = 0; k < ALPHAPOSE_KEYPOINTS; k++) person.keypoints[k] = {p.keypoints[k].x, p.keypoints[k].y, p.keypoints[k].score};
  return person;
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

void alphapose_pose_options_init(alphapose_pose_options* options) {
  if (options == nullptr) return;
  const PoseOptions usual;
  *options = {};
  options->size = sizeof *options;
  options->input_size = usual.input_size;
  options->confidence = -1;
  options->nms = usual.nms;
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
    const alphapose_image& i = *expect(image, "image");
    const std::vector<Person> all = expect(pose, "pose")->pose(ImageView{i.data, i.height, i.width, i.stride, format_of(i.format)});
    for (std::size_t k = 0; k < std::min(capacity, all.size()); k++) people[k] = to_c(all[k]);
    *found = all.size();
  });
}

alphapose_status alphapose_net_create(const char* model, const char* models_dir, const char* device, int batch, alphapose_net** net) {
  return status_of([&] {
    expect(net, "net");
    NetOptions options;
    options.model = expect(model, "model");
    options.models_dir = text_or(models_dir, "");
    options.device.device = text_or(device, "auto");
    options.batch = batch;
    auto made = std::make_unique<alphapose_net>(alphapose_net{Net(options), {}});
    const std::vector<Layer> layers = made->net.layers();
    for (const std::string& name : made->net.outputs()) {
      std::size_t floats = 1;
      for (const Layer& layer : layers) {
        if (layer.name != name) continue;
        for (std::int64_t side : layer.shape) floats *= std::size_t(side);
      }
      made->output_floats.push_back(floats);
    }
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
  return status_of([&] { *expect(count, "count") = expect(net, "net")->output_floats.size(); });
}

alphapose_status alphapose_net_output_floats(const alphapose_net* net, size_t k, size_t* floats) {
  return status_of([&] {
    expect(floats, "floats");
    const std::vector<std::size_t>& all = expect(net, "net")->output_floats;
    if (k >= all.size()) throw InputError("output: expected less than " + std::to_string(all.size()) + ", found " + std::to_string(k));
    *floats = all[k];
  });
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
