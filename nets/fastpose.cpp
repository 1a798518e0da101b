// Implements fastpose.h: SE-ResNet (Hu et al. 2018, He et al. 2016), dense upsampling convolutions (Wang et al. 2018), transposed ones (Xiao et al.
// 2018).
// SPDX-License-Identifier: MIT
#include "nets/fastpose.h"

#include "nets/param_layout.h"
#include "ops/infer.h"
#include "tensor/error.h"

namespace pose {
namespace {

constexpr int kExpansion = 4; // output channels of a bottleneck per plane

// Returns PyTorch's name of a module's tensor.
const char* key_of(Role role) {
  switch (role) {
    case Role::weight:
    case Role::gamma: return "weight";
    case Role::bias:
    case Role::beta: return "bias";
    case Role::mean: return "running_mean";
    case Role::var: return "running_var";
  }
  return "";
}

class Builder {
public:
  explicit Builder(Graph& graph) : g_(graph) {}

  // Adds a node.  weight_shape: for weights whose shape in the file differs from that of the op's header.
  int add(const std::string& name, const Op& op, std::vector<int> inputs, const std::vector<std::int64_t>& weight_shape = {}) {
    std::vector<ParamSpec> params = param_layout(op);
    for (ParamSpec& spec : params) {
      spec.name = name + "." + key_of(spec.role);
      if (spec.role == Role::weight && !weight_shape.empty()) spec.shape = weight_shape;
    }
    return g_.add(name, op, std::move(inputs), std::move(params));
  }

  int batch_norm(const std::string& name, int x) {
    BatchNorm op;
    op.c = channels(x);
    return add(name, op, {x});
  }

  int conv_bn(const std::string& conv_name, const std::string& bn_name, int x, int out_c, int kernel, int stride) {
    return batch_norm(bn_name, add(conv_name, conv2d(channels(x), out_c, kernel, stride, kernel / 2), {x}));
  }

  int relu(const std::string& name, int x) { return add(name, Activation{kRelu}, {x}); }

  // Adds a container module.  It returns the value of its last child.
  int container(const std::string& name, int x) { return add(name, Concat{}, {x}); }

  // Adds torch.nn.Linear on a 1x1 map.  The weight in the file has no kernel dimensions.
  int linear(const std::string& name, int x) {
    Conv2d op = conv2d(channels(x), channels(x), 1, 1, 0);
    op.bias = true;
    return add(name, op, {x}, {op.out_c, op.in_c});
  }

  // Multiplies x by a factor for each channel.  Two fully connected layers compute it from the channel means (without reduction between them).
  int squeeze_excite(const std::string& name, int x) {
    AvgPool mean;
    mean.global = true;
    int y = add(name + ".avg_pool", mean, {x});
    y = relu(name + ".fc.1", linear(name + ".fc.0", y));
    y = add(name + ".fc.3", Activation{{ActKind::logistic}}, {linear(name + ".fc.2", y)});
    return add(name, Scale{}, {x, container(name + ".fc", y)});
  }

  // Adds the convolution of 3 x 3.  PixelUnshuffle and a convolution of 3 x 3 on four times the channels are one of 6 x 6 with stride 2, which is how
  // the converter stores their weights.
  int middle_conv(const std::string& name, int x, int planes, int stride, bool unshuffle) {
    if (stride == 1 || !unshuffle) return add(name, conv2d(channels(x), planes, 3, stride, 1), {x});
    return container(name, add(name + ".1", conv2d(channels(x), planes, 6, 2, 2), {x}));
  }

  // Adds a bottleneck.  The first block of a stage changes the number of channels (and the size, from the second stage on) and has an SE module.
  int bottleneck(const std::string& name, int x, int planes, int stride, bool first, const FastPoseOptions& o) {
    int y = relu(name + ".bn1.relu", conv_bn(name + ".conv1", name + ".bn1", x, planes, 1, 1));
    y = relu(name + ".bn2.relu", batch_norm(name + ".bn2", middle_conv(name + ".conv2", y, planes, stride, o.unshuffle)));
    y = conv_bn(name + ".conv3", name + ".bn3", y, kExpansion * planes, 1, 1);
    if (first) {
      if (o.squeeze) y = squeeze_excite(name + ".se", y);
      const std::string down = name + ".downsample";
      x = container(down, conv_bn(down + ".0", down + ".1", x, kExpansion * planes, 1, stride));
    }
    return relu(name, add(name + ".sum", Add{}, {y, x}));
  }

  int pixel_shuffle(const std::string& name, int x) { return add(name, PixelShuffle{2}, {x}); }

  // Adds a dense upsampling convolution: four channels for each channel of the result, which has twice the side.
  int duc(const std::string& name, int x, int out_c) {
    const int y = conv_bn(name + ".conv", name + ".bn", x, 4 * out_c, 3, 1);
    return pixel_shuffle(name, relu(name + ".relu", y));
  }

  // Adds a pixel shuffle and `count` convolutions of 3 x 3, all but the last of which keep the number of channels.
  int stage(const std::string& name, int x, int out_c, int count) {
    x = pixel_shuffle(name + ".0", x);
    for (int i = 0; i < count; i++) {
      const auto child = [&](int k) { return fmt::format("{}.{}", name, 3 * i + k); };
      x = relu(child(3), conv_bn(child(1), child(2), x, i + 1 < count ? channels(x) : out_c, 3, 1));
    }
    return container(name, x);
  }

  // Adds three transposed convolutions of 4 x 4 with stride 2.
  int deconvs(const std::string& name, int x, const std::array<int, 3>& out_c) {
    for (int i = 0; i < 3; i++) {
      const auto child = [&](int k) { return fmt::format("{}.{}", name, 3 * i + k); };
      ConvTranspose2d op;
      op.in_c = channels(x);
      op.out_c = out_c[std::size_t(i)];
      op.kernel_h = op.kernel_w = 4;
      op.stride_h = op.stride_w = 2;
      op.pad_top = op.pad_left = op.pad_bottom = op.pad_right = 1;
      x = relu(child(2), batch_norm(child(1), add(child(0), op, {x})));
    }
    return container(name, x);
  }

  int channels(int x) const { return g_[x].shape.c; }

private:
  Graph& g_;
};

int resnet(Builder& b, int x, const FastPoseOptions& options) {
  x = b.conv_bn("preact.conv1", "preact.bn1", x, options.width, 7, 2);
  MaxPool pool;
  pool.kernel_h = pool.kernel_w = 3;
  pool.stride_h = pool.stride_w = 2;
  pool.pad_top = pool.pad_left = pool.pad_bottom = pool.pad_right = 1;
  x = b.add("preact.maxpool", pool, {b.relu("preact.bn1.relu", x)});
  const int blocks[] = {3, options.depth == 152 ? 8 : 4, options.depth == 152 ? 36 : options.depth == 101 ? 23 : 6, 3};
  for (int stage = 0; stage < 4; stage++) {
    for (int block = 0; block < blocks[stage]; block++) {
      const int stride = stage > 0 && block == 0 ? 2 : 1;
      x = b.bottleneck(fmt::format("preact.layer{}.{}", stage + 1, block), x, options.width << stage, stride, block == 0, options);
    }
  }
  return x;
}

// Returns the node that computes the heatmaps from the features.
int heatmaps(Builder& b, int x, const FastPoseOptions& o) {
  switch (o.head) {
    case PoseHead::duc:
      x = b.pixel_shuffle("suffle1", x); // spelling of the original
      x = b.duc("duc2", b.duc("duc1", x, 4 * o.width), o.last);
      break;
    case PoseHead::stages:
      for (int i = 0; i < 3; i++) x = b.stage(fmt::format("duc{}", i + 1), x, o.width * (16 >> i), o.convs[std::size_t(i)]);
      break;
    case PoseHead::deconv: x = b.deconvs("deconv_layers", x, o.deconvs); break;
  }
  const bool deconv = o.head == PoseHead::deconv;
  Conv2d out = conv2d(b.channels(x), o.heatmaps, deconv ? 1 : 3, 1, deconv ? 0 : 1);
  out.bias = true;
  return b.add(deconv ? "final_layer" : "conv_out", out, {x});
}

void check(const char* what, int value, int least, int most) {
  if (value < least || value > most) fail("fastpose: {}: expected {} to {}, found {}", what, least, most, value);
}

} // namespace

Graph fastpose(const FastPoseOptions& options) {
  if (options.depth != 50 && options.depth != 101 && options.depth != 152) fail("fastpose: depth: expected 50, 101 or 152, found {}", options.depth);
  check("width", options.width, 1, 1024);
  check("heatmaps", options.heatmaps, 1, kMaxSide);
  check("last", options.last, 1, kMaxSide / 4);
  for (int count : options.convs) check("convs", count, 1, 16);
  for (int channels : options.deconvs) check("deconvs", channels, 1, kMaxSide);
  check("input", options.input_h, 32, kMaxSide);
  check("input", options.input_w, 32, kMaxSide);
  if (options.input_h % 32 != 0 || options.input_w % 32 != 0)
    fail("fastpose: input: expected sides that are multiples of 32, found {}x{}", options.input_h, options.input_w);
  Graph g;
  g.title = "fastpose";
  g.pose = PoseInput{{0.406f, 0.457f, 0.480f}, {1, 1, 1}, 17}; // docs/spec.md, section 5; 17 COCO keypoints among the heatmaps
  Builder b(g);
  g.outputs = {heatmaps(b, resnet(b, g.input("input", options.input_h, options.input_w, 3), options), options)};
  return g;
}

} // namespace pose
