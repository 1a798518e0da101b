// op_fields: the members of every op's parameter struct by name, listed once for reading, writing, comparing and messages.
// SPDX-License-Identifier: MIT
#pragma once

#include "ops/ops.h"

#include <algorithm>
#include <tuple>

namespace pose {

// A number, a boolean, a name from a list (an enum), or a struct with fields.
template <class P, class M> struct Field {
  const char* name;
  M P::*member;
};

// The first `count` elements of an array.  `count` is a field listed earlier.
template <class P, class T, int N> struct ListField {
  const char* name;
  T (P::*member)[N];
  int P::*count;
};

template <class P, class M> constexpr Field<P, M> field(const char* name, M P::*member) {
  return {name, member};
}
template <class P, class T, int N> constexpr ListField<P, T, N> list_field(const char* name, T (P::*member)[N], int P::*count) {
  return {name, member, count};
}

template <class P> inline constexpr auto fields_of = nullptr;

template <> inline constexpr auto fields_of<Act> = std::tuple{field("kind", &Act::kind), field("slope", &Act::slope)};
template <>
inline constexpr auto fields_of<Shape> = std::tuple{field("n", &Shape::n), field("h", &Shape::h), field("w", &Shape::w), field("c", &Shape::c)};

// Fields that the windows of convolution and pooling share.
template <class P>
inline constexpr auto window_fields =
    std::tuple{field("kernel_h", &P::kernel_h),     field("kernel_w", &P::kernel_w),  field("stride_h", &P::stride_h),
               field("stride_w", &P::stride_w),     field("pad_top", &P::pad_top),    field("pad_left", &P::pad_left),
               field("pad_bottom", &P::pad_bottom), field("pad_right", &P::pad_right)};

template <> inline constexpr auto fields_of<Input> = std::tuple{field("shape", &Input::shape)};
template <>
inline constexpr auto
    fields_of<Conv2d> = std::tuple_cat(std::tuple{field("in_c", &Conv2d::in_c), field("out_c", &Conv2d::out_c)}, window_fields<Conv2d>,
                                       std::tuple{field("groups", &Conv2d::groups), field("bias", &Conv2d::bias), field("act", &Conv2d::act),
                                                  field("residual", &Conv2d::residual), field("post", &Conv2d::post)});
template <>
inline constexpr auto fields_of<ConvTranspose2d> =
    std::tuple_cat(std::tuple{field("in_c", &ConvTranspose2d::in_c), field("out_c", &ConvTranspose2d::out_c)}, window_fields<ConvTranspose2d>,
                   std::tuple{field("output_pad_h", &ConvTranspose2d::output_pad_h), field("output_pad_w", &ConvTranspose2d::output_pad_w),
                              field("groups", &ConvTranspose2d::groups), field("bias", &ConvTranspose2d::bias), field("act", &ConvTranspose2d::act)});
template <>
inline constexpr auto fields_of<BatchNorm> = std::tuple{field("c", &BatchNorm::c), field("eps", &BatchNorm::eps), field("act", &BatchNorm::act)};
template <> inline constexpr auto fields_of<Activation> = std::tuple{field("act", &Activation::act)};
template <> inline constexpr auto fields_of<MaxPool> = std::tuple_cat(window_fields<MaxPool>, std::tuple{field("outside", &MaxPool::outside)});
template <>
inline constexpr auto fields_of<AvgPool> = std::tuple_cat(std::tuple{field("global", &AvgPool::global)}, window_fields<AvgPool>,
                                                          std::tuple{field("count_outside", &AvgPool::count_outside)});
template <> inline constexpr auto fields_of<Upsample> = std::tuple{field("factor", &Upsample::factor)};
template <> inline constexpr auto fields_of<Concat> = std::tuple{};
template <> inline constexpr auto fields_of<Slice> = std::tuple{field("begin", &Slice::begin), field("count", &Slice::count)};
template <> inline constexpr auto fields_of<Add> = std::tuple{field("act", &Add::act)};
template <> inline constexpr auto fields_of<Scale> = std::tuple{field("residual", &Scale::residual), field("act", &Scale::act)};
template <> inline constexpr auto fields_of<PixelShuffle> = std::tuple{field("factor", &PixelShuffle::factor)};
template <>
inline constexpr auto fields_of<Rearrange> =
    std::tuple{field("kind", &Rearrange::kind),   field("factor", &Rearrange::factor), field("top", &Rearrange::top),
               field("left", &Rearrange::left),   field("height", &Rearrange::height), field("width", &Rearrange::width),
               field("scale", &Rearrange::scale), field("shift", &Rearrange::shift)};
template <> inline constexpr auto fields_of<Softmax> = std::tuple{};
template <> inline constexpr auto fields_of<Binary> = std::tuple{field("kind", &Binary::kind)};
template <>
inline constexpr auto fields_of<Constant> =
    std::tuple{field("channels", &Constant::channels), field("height", &Constant::height), field("width", &Constant::width)};
template <> inline constexpr auto fields_of<LayerNorm> = std::tuple{field("c", &LayerNorm::c), field("eps", &LayerNorm::eps)};
template <> inline constexpr auto fields_of<Matmul> = std::tuple{};
template <> inline constexpr auto fields_of<SimccHead> = std::tuple{field("net_w", &SimccHead::net_w), field("net_h", &SimccHead::net_h)};
template <>
inline constexpr auto fields_of<Permute> = std::tuple{field("axes", &Permute::axes),
                                                      list_field("size", &Permute::size, &Permute::axes),
                                                      list_field("order", &Permute::order, &Permute::axes),
                                                      field("channels", &Permute::channels),
                                                      field("height", &Permute::height),
                                                      field("width", &Permute::width)};
template <>
inline constexpr auto fields_of<Resize> =
    std::tuple{field("kind", &Resize::kind),       field("height", &Resize::height),   field("width", &Resize::width),
               field("scale_y", &Resize::scale_y), field("shift_y", &Resize::shift_y), field("scale_x", &Resize::scale_x),
               field("shift_x", &Resize::shift_x)};
template <>
inline constexpr auto fields_of<YoloHead> = std::tuple{field("anchors", &YoloHead::anchors),
                                                       field("classes", &YoloHead::classes),
                                                       list_field("anchor_w", &YoloHead::anchor_w, &YoloHead::anchors),
                                                       list_field("anchor_h", &YoloHead::anchor_h, &YoloHead::anchors),
                                                       field("scale_x_y", &YoloHead::scale_x_y),
                                                       field("net_w", &YoloHead::net_w),
                                                       field("net_h", &YoloHead::net_h),
                                                       field("kind", &YoloHead::kind),
                                                       field("side", &YoloHead::side),
                                                       field("squared", &YoloHead::squared)};

// Calls f(field) for every field of P, in order.
template <class P, class F> void for_each_field(F&& f) {
  std::apply([&](const auto&... field) { (f(field), ...); }, fields_of<P>);
}

template <class P, class M> bool same_field(const Field<P, M>& f, const P& a, const P& b) {
  return a.*f.member == b.*f.member;
}
template <class P, class T, int N> bool same_field(const ListField<P, T, N>& f, const P& a, const P& b) {
  const T *first = a.*f.member, *second = b.*f.member;
  return std::equal(first, first + a.*f.count, second, second + b.*f.count);
}

// Returns whether all fields are equal.  Of a list, only the elements in use count.
template <class P> bool same_fields(const P& a, const P& b) {
  bool same = true;
  for_each_field<P>([&](const auto& f) { same = same && same_field(f, a, b); });
  return same;
}

// Number of values of an enum, counted from 0.  name_of() spells them.
template <class E> inline constexpr int enum_count = 0;
template <> inline constexpr int enum_count<ActKind> = int(kLastAct) + 1;
template <> inline constexpr int enum_count<HeadKind> = int(HeadKind::boxes) + 1;
template <> inline constexpr int enum_count<Rearranging> = int(Rearranging::places) + 1;
template <> inline constexpr int enum_count<BinaryKind> = int(BinaryKind::prelu) + 1;
template <> inline constexpr int enum_count<ResizeKind> = int(ResizeKind::linear) + 1;
template <> inline constexpr int enum_count<Outside> = int(Outside::zero) + 1;

inline const char* name_of(HeadKind kind) {
  constexpr const char* kNames[] = {"yolo", "new_coords", "gaussian", "region", "region_tree", "cells", "anchor_free", "distances", "rows", "boxes"};
  return kNames[int(kind)];
}
inline const char* name_of(Rearranging kind) {
  constexpr const char* kNames[] = {"crop", "space_to_depth", "darknet_reorg", "windows", "places"};
  return kNames[int(kind)];
}
inline const char* name_of(BinaryKind kind) {
  constexpr const char* kNames[] = {"add", "sub", "mul", "div", "min", "max", "prelu"};
  return kNames[int(kind)];
}
inline const char* name_of(ResizeKind kind) {
  return kind == ResizeKind::nearest ? "nearest" : "linear";
}
inline const char* name_of(Outside outside) {
  return outside == Outside::zero ? "zero" : "ignore";
}

} // namespace pose
