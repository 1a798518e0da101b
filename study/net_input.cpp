// Implements net_input.h.
// SPDX-License-Identifier: MIT
#include "study/net_input.h"

#include "image/codec.h"
#include "image/crop.h"
#include "image/letterbox.h"
#include "nets/runtime.h"
#include "tensor/hash.h"
#include "tensor/tensor.h"
#include "tensor/text_file.h"
#include "weights/npy.h"

#include <fmt/format.h>
#include <memory>

namespace pose::study {
namespace {

NetInput read_tensor(const std::string& path, const Shape& want) {
  const NpyArray array = read_npy(path);
  const auto& s = array.shape;
  if (s.size() != 4 || s[0] < 1 || s[0] > 1024 || s[1] != want.c || s[2] != want.h || s[3] != want.w) {
    fail("{}: expected shape [n, {}, {}, {}], found [{}]", path, want.c, want.h, want.w, fmt::join(s, ", "));
  }
  return {path, {int(s[0]), want.h, want.w, want.c}, array.as<float>(), {}};
}

Stage bytes_stage(const std::string& name, BgrImage image) {
  const Shape shape{1, image.h, image.w, 3};
  const auto shared = std::make_shared<const BgrImage>(std::move(image));
  return {name, shape, [shared](const Chunk& chunk, float* to) {
            const std::int64_t plane = std::int64_t(shared->h) * shared->w;
            for (std::int64_t i = 0; i < chunk.count; i++) to[i] = shared->bytes[std::size_t((i % plane) * 3 + chunk.channel + i / plane)];
          }};
}

std::vector<float> dense(const Tensor& tensor) {
  std::vector<float> values(std::size_t(tensor.shape().count()));
  to_nchw(tensor.view(), values.data());
  return values;
}

Stage crop_stage(const BgrImage& image, const CropBox& box, const Shape& shape) {
  Tensor tensor(shape, Layout::compact);
  crop(image, box, {}, tensor.view(), 0);
  const auto shared = std::make_shared<const std::vector<float>>(dense(tensor));
  return {"pre/crop", shape, [shared](const Chunk& chunk, float* to) { std::copy_n(shared->data() + chunk.first, chunk.count, to); }};
}

NetInput read_image_input(const std::string& path, const Graph& graph) {
  if (graph[0].shape.c != 3) fail("{}: an image has 3 channels, found a network with an input of {}; expected an npy file", path, graph[0].shape.c);
  BgrImage image = read_image(path);
  const Shape shape = graph[0].shape;
  Tensor tensor(shape, Layout::compact);
  NetInput input{path, shape, {}, {}};
  Stage stage;
  if (graph.pose) {
    const Box whole{0, 0, float(image.w), float(image.h)};
    const CropBox box = graph.pose->crop == PoseCrop::box ? enlarge(whole, image.h, image.w) : centered(whole, shape.h, shape.w);
    crop(image, box, {graph.pose->mean, graph.pose->std}, tensor.view(), 0);
    stage = crop_stage(image, box, shape);
  } else if (shape.h == shape.w) {
    BgrImage canvas = letterbox(image, shape.w);
    to_input(canvas, tensor.view(), 0);
    stage = bytes_stage("pre/letterbox", std::move(canvas));
  } else {
    darknet_letterbox(image, tensor.view(), 0);
  }
  input.values = dense(tensor);
  input.stages.push_back(bytes_stage("pre/picture", std::move(image)));
  if (stage.read) input.stages.push_back(std::move(stage));
  return input;
}

} // namespace

NetInput read_input(const std::string& path, const Graph& graph) {
  try {
    return first_bytes(path, 6) == "\x93NUMPY" ? read_tensor(path, graph[0].shape) : read_image_input(path, graph);
  } catch (const Error& e) {
    throw DataError(e.what());
  }
}

std::string hash_text(const NetInput& input) {
  return fmt::format("{:016x}", hash64(std::as_bytes(std::span(input.values))));
}

} // namespace pose::study
