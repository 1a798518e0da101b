// Implements darknet_builder.h: the layers that predict boxes.
// SPDX-License-Identifier: MIT
#include "nets/class_names.h"
#include "nets/darknet_builder.h"
#include "ops/infer.h"
#include "tensor/error.h"

#include <filesystem>
#include <fmt/format.h>
#include <numeric>

namespace fs = std::filesystem;

namespace pose {
namespace {

constexpr float kMost = 1e6f;

// Reads `num` anchors, in their unit.  More of them are ignored, as in Darknet.
std::vector<float> take_anchors(CfgSection& s, int num) {
  std::vector<float> anchors = s.take_floats("anchors", 1 / kMost, kMost);
  const std::size_t count = 2 * std::size_t(num);
  if (anchors.size() < count) s.fail_at("anchors", fmt::format("expected {} numbers, found {}", count, anchors.size()));
  anchors.resize(count);
  return anchors;
}

} // namespace

YoloHead DarknetBuilder::new_head(CfgSection& s, HeadKind kind) const {
  YoloHead op;
  op.kind = kind;
  op.classes = s.take_int("classes", kind == HeadKind::cells ? 1 : 20, 1, kMaxSide);
  op.net_w = graph_[input_].shape.w;
  op.net_h = graph_[input_].shape.h;
  return op;
}

// Darknet's src/box.c computes both kinds by distance-IoU.  The last head's counts.
void DarknetBuilder::take_nms(CfgSection& s) {
  constexpr float kGreedy = 0.6f;
  const std::string kind = s.take_text("nms_kind", "default");
  const float beta = s.take_float("beta_nms", kGreedy, 1e-3f, 1e3f);
  graph_.diou_beta = kind == "diounms" ? beta : kind == "greedynms" ? kGreedy : 0;
}

// The name of a tree is relative to Darknet's folder, in which the cfg is in cfg/.
HeadKind DarknetBuilder::take_tree(CfgSection& s) {
  const fs::path name = s.take_text("tree", "");
  if (name.empty()) return HeadKind::region;
  const fs::path folder = fs::path(source_).parent_path();
  std::error_code error;
  for (const fs::path& path : {folder / name, folder / ".." / name, folder / name.filename()}) {
    if (!fs::is_regular_file(path, error)) continue;
    try {
      graph_.class_parents = read_class_parents(path.string());
    } catch (const Error& e) {
      s.fail_at("tree", e.what());
    }
    return HeadKind::region_tree;
  }
  s.fail_at("tree", fmt::format("expected the file {} in the folder of the cfg or above it, found none", name.filename().string()));
}

int DarknetBuilder::yolo_head(CfgSection& s, HeadKind kind) {
  YoloHead op = new_head(s, kind);
  take_nms(s);
  op.scale_x_y = s.take_float("scale_x_y", 1.0f, 1e-3f, 1e3f);
  const int num = s.take_int("num", 1, 1, kMaxSide);
  const std::vector<float> anchors = take_anchors(s, num);
  std::vector<int> mask = s.take_ints("mask", 0, num - 1);
  if (mask.empty()) {
    mask.resize(std::size_t(num));
    std::iota(mask.begin(), mask.end(), 0);
  }
  if (mask.size() > kMaxAnchors) s.fail_at("mask", fmt::format("expected at most {} anchors, found {}", kMaxAnchors, mask.size()));
  op.anchors = int(mask.size());
  for (std::size_t i = 0; i < mask.size(); i++) {
    op.anchor_w[i] = anchors[2 * std::size_t(mask[i])];
    op.anchor_h[i] = anchors[2 * std::size_t(mask[i]) + 1];
  }
  return add(s, "", op, {previous()});
}

int DarknetBuilder::yolo(CfgSection& s) {
  return yolo_head(s, s.take_flag("new_coords") ? HeadKind::new_coords : HeadKind::yolo);
}

int DarknetBuilder::gaussian_yolo(CfgSection& s) {
  if (s.take_text("yolo_point", "center") != "center") s.fail_at("yolo_point", "expected center");
  return yolo_head(s, HeadKind::gaussian);
}

// Anchors are in cells.
int DarknetBuilder::region(CfgSection& s) {
  YoloHead op = new_head(s, take_tree(s));
  if (op.kind == HeadKind::region_tree && op.classes != int(graph_.class_parents.size()))
    s.fail_at("tree", fmt::format("expected {} classes, found {}", op.classes, graph_.class_parents.size()));
  s.take_int("coords", 4, 4, 4);
  s.take_int("softmax", std::nullopt, 1, 1);
  s.take_int("classfix", 0, 0, 1); // a variant of the loss
  op.anchors = s.take_int("num", 1, 1, kMaxAnchors);
  const std::vector<float> anchors = take_anchors(s, op.anchors);
  const Shape& grid = input_shape();
  for (int i = 0; i < op.anchors; i++) {
    op.anchor_w[i] = anchors[2 * std::size_t(i)] * float(op.net_w) / float(grid.w);
    op.anchor_h[i] = anchors[2 * std::size_t(i) + 1] * float(op.net_h) / float(grid.h);
  }
  return add(s, "", op, {previous()});
}

int DarknetBuilder::detection(CfgSection& s) {
  YoloHead op = new_head(s, HeadKind::cells);
  s.take_int("coords", std::nullopt, 4, 4);
  s.take_int("softmax", 0, 0, 0);
  op.anchors = s.take_int("num", 1, 1, kMaxAnchors);
  op.side = s.take_int("side", 7, 1, kMaxSide);
  op.squared = s.take_flag("sqrt");
  return add(s, "", op, {previous()});
}

} // namespace pose
