// Implements darknet_builder.h: layers from the input to the heads.
// SPDX-License-Identifier: MIT
#include "nets/darknet_builder.h"
#include "ops/infer.h"

#include <algorithm>
#include <fmt/format.h>

namespace pose {
namespace {

// Darknet's names for slopes of leaky; the negative side is 0.1 x and 0.01 x.
Act take_activation(CfgSection& s, const std::string& fallback) {
  const std::string name = s.take_text("activation", fallback);
  if (name == "relie") return {ActKind::leaky, 0.01f};
  if (name == "revleaky") return kLeaky;
  std::string names;
  for (int i = 0; i <= int(kLastAct); i++) {
    const ActKind kind = ActKind(i);
    if (name == name_of(kind)) return {kind};
    names += fmt::format("{}, ", name_of(kind));
  }
  s.fail_at("activation", fmt::format("expected {}relie or revleaky", names));
}

// Throws Error for a key of networks whose weights or values are single bits.
void expect_not_binary(CfgSection& s) {
  for (const char* key : {"xnor", "binary", "bin_output"}) {
    if (s.take_flag(key)) s.fail_at(key, "is not supported: binary networks");
  }
}

// Strides of a layer; those of one axis have precedence.
struct Strides {
  int w, h;
};
Strides take_strides(CfgSection& s, int fallback) {
  return {s.take_int("stride_x", fallback, 1, kMaxSide), s.take_int("stride_y", fallback, 1, kMaxSide)};
}

} // namespace

// Adds the batch norm of a convolution, then its activation.
int DarknetBuilder::normalized(const CfgSection& s, const Act& act, bool norm, int channels, int id) {
  if (norm) {
    BatchNorm bn;
    bn.c = channels;
    id = add(s, act != kLinear ? ".bn" : "", bn, {id});
  }
  return activated(s, act, id);
}

int DarknetBuilder::convolutional(CfgSection& s) {
  expect_not_binary(s);
  const int size = s.take_int("size", 1, 1, kMaxSide), stride = s.take_int("stride", 1, 1, kMaxSide);
  const int padding = s.take_int("padding", 0, 0, kMaxSide), blur = s.take_int("antialiasing", 0, 0, 2);
  Conv2d op = conv2d(input_shape().c, s.take_int("filters", std::nullopt, 1, kMaxSide), size, stride, s.take_flag("pad") ? size / 2 : padding);
  const Strides strides = take_strides(s, stride);
  op.stride_w = blur != 0 ? 1 : strides.w;
  op.stride_h = blur != 0 ? 1 : strides.h;
  op.groups = s.take_int("groups", 1, 1, kMaxSide);
  s.take_int("dilation", 1, 1, size == 1 ? kMaxSide : 1); // has no effect on one pixel
  const bool norm = s.take_flag("batch_normalize");
  const Act act = take_activation(s, "logistic");

  op.bias = !norm;
  if (blur == 0) return normalized(s, act, norm, op.out_c, add(s, norm || act != kLinear ? ".conv" : "", op, {previous()}));
  int id = add(s, ".conv", op, {previous()});
  if (norm) {
    BatchNorm bn;
    bn.c = op.out_c;
    id = add(s, ".bn", bn, {id});
  }
  if (act != kLinear) id = add(s, ".sharp", Activation{act}, {id});
  return blurred(s, blur, strides.w, strides.h, id);
}

// Darknet's antialiasing is a convolution of every channel by [1 2 1]^2 / 16, which is two means of 2 x 2 pixels, or (kind 2) by one such mean.
int DarknetBuilder::blurred(const CfgSection& s, int kind, int stride_w, int stride_h, int id) {
  AvgPool mean;
  mean.kernel_h = mean.kernel_w = 2;
  mean.count_outside = true;
  if (kind == 1) {
    AvgPool first = mean;
    first.pad_top = first.pad_left = first.pad_bottom = first.pad_right = 1;
    id = add(s, ".blur", first, {id});
  }
  mean.stride_w = stride_w;
  mean.stride_h = stride_h;
  return add(s, "", mean, {id});
}

// A fully connected layer is a convolution whose window is the whole map.
int DarknetBuilder::connected(CfgSection& s) {
  const Shape& in = input_shape();
  Conv2d op = conv2d(in.c, s.take_int("output", 1, 1, kMaxSide), 1, 1, 0);
  op.kernel_h = in.h;
  op.kernel_w = in.w;
  const bool norm = s.take_flag("batch_normalize");
  const Act act = take_activation(s, "logistic");
  op.bias = !norm;
  const StoredOrder order{StoredOrder::transposed_above_1000, std::int64_t(in.h) * in.w * in.c};
  const int id = add(s, norm || act != kLinear ? ".connected" : "", op, {previous()}, {{Role::weight, order}});
  return normalized(s, act, norm, op.out_c, id);
}

// A convolution with other weights at each place.  The windows of the places become groups of channels of one small map, which a convolution with
// groups reads; its channels become places again.
int DarknetBuilder::local(CfgSection& s) {
  const Shape in = input_shape();
  const int filters = s.take_int("filters", 1, 1, kMaxSide), size = s.take_int("size", 1, 1, kMaxSide);
  const bool pad = s.take_flag("pad");
  s.take_int("stride", 1, 1, 1);
  if (pad && size != 3) s.fail_at("pad", fmt::format("expected a size of 3, which one pixel around the map suits, found {}", size));
  const int edge = pad ? -1 : 0, lost = pad ? 0 : size - 1, height = in.h - lost, width = in.w - lost;
  const Act act = take_activation(s, "logistic");

  Rearrange windows{.kind = Rearranging::windows, .factor = size, .top = edge, .left = edge, .height = height, .width = width};
  const int parts = add(s, ".windows", windows, {previous()}), places = graph_[parts].shape.c / in.c;
  if (filters > kMaxSide / places) s.fail_at("filters", fmt::format("expected 1 to {} at {} places, found {}", kMaxSide / places, places, filters));
  Conv2d op = conv2d(graph_[parts].shape.c, filters * places, size, 1, 0);
  op.groups = places;
  op.bias = true;
  const int id = add(s, ".local", op, {parts}, {{Role::bias, {StoredOrder::transposed, filters}}}); // [filters][places] in a file
  return activated(s, act, add(s, act != kLinear ? ".places" : "", Rearrange{.kind = Rearranging::places, .height = height, .width = width}, {id}));
}

int DarknetBuilder::batchnorm(CfgSection& s) {
  BatchNorm op;
  op.c = input_shape().c;
  return add(s, "", op, {previous()});
}

int DarknetBuilder::activation(CfgSection& s) {
  return add(s, "", Activation{take_activation(s, "linear")}, {previous()});
}

// In Darknet, `padding` is the sum of both sides; the larger half is at the bottom and right.
int DarknetBuilder::maxpool(CfgSection& s) {
  const int stride = s.take_int("stride", 1, 1, kMaxSide), size = s.take_int("size", stride, 1, kMaxSide);
  const int padding = s.take_int("padding", size - 1, 0, kMaxSide), blur = s.take_int("antialiasing", 0, 0, 2);
  s.take_int("maxpool_depth", 0, 0, 0);
  const Strides strides = take_strides(s, stride);
  MaxPool op;
  op.kernel_h = op.kernel_w = size;
  op.stride_w = blur != 0 ? 1 : strides.w;
  op.stride_h = blur != 0 ? 1 : strides.h;
  op.pad_top = op.pad_left = padding / 2;
  op.pad_bottom = op.pad_right = padding - padding / 2;
  if (options_.flavor == Flavor::alphapose && op.stride_h == 1 && op.stride_w == 1) {
    op.pad_top = op.pad_left = op.pad_bottom = op.pad_right = (size - 1) / 2;
    op.outside = Outside::zero;
  }
  const int id = add(s, blur != 0 ? ".sharp" : "", op, {previous()});
  return blur != 0 ? blurred(s, blur, strides.w, strides.h, id) : id;
}

int DarknetBuilder::local_avgpool(CfgSection& s) {
  const int stride = s.take_int("stride", 1, 1, kMaxSide), size = s.take_int("size", stride, 1, kMaxSide);
  const int padding = s.take_int("padding", size - 1, 0, kMaxSide);
  const Strides strides = take_strides(s, stride);
  AvgPool op;
  op.kernel_h = op.kernel_w = size;
  op.stride_w = strides.w;
  op.stride_h = strides.h;
  op.pad_top = op.pad_left = padding / 2;
  op.pad_bottom = op.pad_right = padding - padding / 2;
  return add(s, "", op, {previous()});
}

int DarknetBuilder::avgpool(CfgSection& s) {
  AvgPool op;
  op.global = true;
  return add(s, "", op, {previous()});
}

int DarknetBuilder::upsample(CfgSection& s) {
  s.take_float("scale", 1.0f, 1, 1);
  return add(s, "", Upsample{s.take_int("stride", 2, 1, kMaxSide)}, {previous()});
}

int DarknetBuilder::reorg(CfgSection& s) {
  s.take_int("reverse", 0, 0, 0);
  Rearrange op;
  op.kind = s.name() == "reorg" ? Rearranging::darknet_reorg : Rearranging::space_to_depth;
  op.factor = s.take_int("stride", 1, 1, kMaxSide);
  return add(s, "", op, {previous()});
}

// Inference takes the middle of the map.
int DarknetBuilder::crop(CfgSection& s) {
  const Shape& in = input_shape();
  Rearrange op;
  op.height = s.take_int("crop_height", 1, 1, in.h);
  op.width = s.take_int("crop_width", 1, 1, in.w);
  op.top = (in.h - op.height) / 2;
  op.left = (in.w - op.width) / 2;
  if (!s.take_flag("noadjust")) op.scale = 2, op.shift = -1;
  return add(s, "", op, {previous()});
}

// groups > 1: uses only one group of channels of every input.
int DarknetBuilder::route(CfgSection& s) {
  std::vector<int> inputs = take_layers(s, "layers");
  const int groups = s.take_int("groups", 1, 1, kMaxSide), group = s.take_int("group_id", 0, 0, groups - 1);
  if (groups == 1) return add(s, "", Concat{}, inputs);
  for (std::size_t i = 0; i < inputs.size(); i++) {
    const int c = graph_[inputs[i]].shape.c;
    if (c % groups != 0) s.fail_at("groups", fmt::format("expected a divisor of the {} channels, found {}", c, groups));
    inputs[i] = add(s, inputs.size() == 1 ? "" : fmt::format(".{}", i), Slice{c / groups * group, c / groups}, {inputs[i]});
  }
  return inputs.size() == 1 ? inputs[0] : add(s, "", Concat{}, inputs);
}

// Adds the channels that both maps have.  The result has the shape of `sum`.  Of a map that is larger by an integer factor, every pixel in that
// distance counts (shortcut_cpu of src/blas.c).
int DarknetBuilder::added(const CfgSection& s, const std::string& suffix, int sum, int from) {
  const int c = graph_[sum].shape.c, common = std::min(c, graph_[from].shape.c);
  const Shape& to = graph_[sum].shape;
  if (const int factor = graph_[from].shape.h / to.h; factor > 1 && graph_[from].shape.h == factor * to.h && graph_[from].shape.w == factor * to.w) {
    MaxPool sample;
    sample.stride_h = sample.stride_w = factor;
    from = add(s, suffix + ".sample", sample, {from});
  }
  if (graph_[from].shape.c > common) from = add(s, suffix + ".from", Slice{0, common}, {from});
  if (c == common) return add(s, suffix, Add{}, {sum, from});
  const int low = add(s, suffix + ".low", Slice{0, common}, {sum}), high = add(s, suffix + ".high", Slice{common, c - common}, {sum});
  return add(s, suffix, Concat{}, {add(s, suffix + ".sum", Add{}, {low, from}), high});
}

// Adds other layers to the previous one.
int DarknetBuilder::shortcut(CfgSection& s) {
  const std::vector<int> from = take_layers(s, "from");
  const Act act = take_activation(s, "linear");
  for (const char* key : {"weights_type", "weights_normalization"}) {
    if (s.take_text(key, "none") != "none") s.fail_at(key, "is not supported: weights of shortcuts");
  }
  int sum = previous();
  for (std::size_t i = 0; i < from.size(); i++) {
    const bool last = i + 1 == from.size() && act == kLinear;
    sum = added(s, last ? "" : fmt::format(".{}", i), sum, from[i]);
  }
  return activated(s, act, sum);
}

// Multiplies `from` by the previous layer.
int DarknetBuilder::multiplied(CfgSection& s, int from) {
  const Act act = take_activation(s, "linear");
  return activated(s, act, add(s, act == kLinear ? "" : ".scale", Scale{}, {from, previous()}));
}

// Multiplies every element of another layer by that of the previous one.
int DarknetBuilder::sam(CfgSection& s) {
  const int from = take_layer(s, "from");
  if (!(graph_[from].shape == input_shape()))
    s.fail_at("from", fmt::format("expected a map of {}, found {}", to_text(input_shape()), to_text(graph_[from].shape)));
  return multiplied(s, from);
}

// Multiplies the channels of another layer by the 1x1 map of the previous one.
int DarknetBuilder::scale_channels(CfgSection& s) {
  s.take_int("scale_wh", 0, 0, 0);
  const int from = take_layer(s, "from");
  const Shape& in = input_shape();
  if (in.h != 1 || in.w != 1) s.fail_here(fmt::format("expected a 1x1 map as its input, found {}x{}", in.h, in.w));
  return multiplied(s, from);
}

// Darknet's softmax runs over all values of the map unless it is spatial, this one over channels.  Both are the same for one pixel, which a square
// map of one channel can become.
int DarknetBuilder::softmax(CfgSection& s) {
  const int groups = s.take_int("groups", 1, 1, kMaxSide);
  const float temperature = s.take_float("temperature", 1.0f, 1e-3f, 1e3f);
  const bool spatial = s.take_flag("spatial");
  int x = previous();
  if (const Shape map = graph_[x].shape; !spatial && map.h > 1 && map.h == map.w && map.c == 1)
    x = add(s, ".flat", Rearrange{.kind = Rearranging::space_to_depth, .factor = map.h}, {x});
  const Shape in = graph_[x].shape;
  if (!spatial && (in.h != 1 || in.w != 1)) s.fail_here(fmt::format("expected a 1x1 map, found {}x{}", in.h, in.w));
  if (temperature != 1) x = add(s, ".cool", Rearrange{.height = in.h, .width = in.w, .scale = 1 / temperature}, {x});
  if (spatial || groups == 1) return add(s, "", Softmax{}, {x});
  if (in.c % groups != 0) s.fail_at("groups", fmt::format("expected a divisor of the {} channels, found {}", in.c, groups));
  std::vector<int> parts;
  for (int i = 0; i < groups; i++) {
    const int part = add(s, fmt::format(".{}.in", i), Slice{in.c / groups * i, in.c / groups}, {x});
    parts.push_back(add(s, fmt::format(".{}", i), Softmax{}, {part}));
  }
  return add(s, "", Concat{}, parts);
}

} // namespace pose
