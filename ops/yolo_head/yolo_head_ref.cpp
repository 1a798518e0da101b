// Reference implementation of yolo_head.h.
// SPDX-License-Identifier: MIT
#include "ops/activation/activation.h"
#include "ops/each.h"
#include "ops/yolo_head/yolo_head.h"

#include <cmath>

namespace pose {
namespace {

// The numbers of one box in the input.
struct BoxInput {
  const YoloHead& op;
  const View<const float>& in;
  int n, y, x, anchor;

  double raw(int i) const { return in.at(n, y, x, anchor * op.stride() + i); }
  double best_class() const {
    double best = raw(4);
    for (int k = 1; k < op.classes; k++) best = std::fmax(best, raw(4 + k));
    return best;
  }
  double sigmoid(int i) const { return act_ref({ActKind::logistic}, raw(i)); }

  // Returns the share of class i among the classes.
  double softmax(int i) const {
    double top = raw(5), sum = 0;
    for (int k = 1; k < op.classes; k++) top = std::fmax(top, raw(5 + k));
    for (int k = 0; k < op.classes; k++) sum += std::exp(raw(5 + k) - top);
    return std::exp(raw(i) - top) / sum;
  }
};

double score_of(const BoxInput& box, int attribute) {
  const bool is_class = attribute >= 5;
  switch (box.op.kind) {
    case HeadKind::new_coords:
    case HeadKind::anchor_free:
    case HeadKind::rows: return box.raw(attribute);
    case HeadKind::distances:
    case HeadKind::boxes: return is_class ? box.raw(attribute - 1) : box.best_class();
    case HeadKind::gaussian: {
      const double certain = 1 - (box.sigmoid(1) + box.sigmoid(3) + box.sigmoid(5) + box.sigmoid(7)) / 4;
      return box.sigmoid(attribute + 4) * (is_class ? certain : 1);
    }
    case HeadKind::region: return is_class ? box.softmax(attribute) : box.sigmoid(attribute);
    case HeadKind::region_tree: return is_class ? box.raw(attribute) : box.sigmoid(attribute);
    default: return box.sigmoid(attribute);
  }
}

double distances_attribute(const BoxInput& box, int attribute) {
  const bool vertical = attribute % 2 == 1;
  const double before = box.raw(vertical ? 1 : 0), after = box.raw(vertical ? 3 : 2);
  if (attribute >= 2) return before + after;
  const double edge = vertical ? double(box.y) * box.op.net_h / box.in.shape.h : double(box.x) * box.op.net_w / box.in.shape.w;
  return edge + (after - before) / 2;
}

double attribute_of(const BoxInput& box, int attribute) {
  const YoloHead& op = box.op;
  if (attribute >= 4) return score_of(box, attribute);
  if (op.kind == HeadKind::rows || op.kind == HeadKind::boxes) return box.raw(attribute);
  if (op.kind == HeadKind::distances) return distances_attribute(box, attribute);
  const int i = op.kind == HeadKind::gaussian ? 2 * attribute : attribute;
  const bool vertical = attribute % 2 == 1, square = op.kind == HeadKind::new_coords;
  if (attribute < 2) {
    const bool linear = square || op.kind == HeadKind::anchor_free;
    const double offset = op.scale_x_y * (linear ? box.raw(i) : box.sigmoid(i)) - (double(op.scale_x_y) - 1) / 2;
    return vertical ? (offset + box.y) * op.net_h / box.in.shape.h : (offset + box.x) * op.net_w / box.in.shape.w;
  }
  const double factor = square ? 4 * box.raw(i) * box.raw(i) : std::exp(box.raw(i));
  return factor * (vertical ? op.anchor_h : op.anchor_w)[box.anchor];
}

// Returns an attribute of a box of a vector that has all cells.
double cells_attribute(const YoloHead& op, const View<const float>& in, int n, int row, int attribute) {
  const int cells = op.side * op.side, cell = row / op.anchors, first = cells * (op.classes + op.anchors) + row * 4;
  if (attribute == 4) return in.at(n, 0, 0, cells * op.classes + row);
  if (attribute > 4) return in.at(n, 0, 0, cell * op.classes + attribute - 5);
  const double t = in.at(n, 0, 0, first + attribute);
  const int net = attribute % 2 == 0 ? op.net_w : op.net_h;
  if (attribute < 2) return (t + (attribute == 0 ? cell % op.side : cell / op.side)) * net / op.side;
  return (op.squared ? t * t : t) * net;
}

void run(const YoloHead& op, const Call& call) noexcept {
  const View<const float> in = call.maps.in[0];
  const Shape grid = in.shape;
  for_each_element(*call.pool, call.maps.out, [&](int n, int, int row, int attribute) {
    if (op.kind == HeadKind::cells) return cells_attribute(op, in, n, row, attribute);
    return attribute_of({op, in, n, row / op.anchors / grid.w, row / op.anchors % grid.w, row % op.anchors}, attribute);
  });
}

} // namespace

const Kernel<YoloHead> yolo_head_ref{"ref", Target::ref, nullptr, nullptr, nullptr, nullptr, run};

} // namespace pose
