// Implements guarded_map.h: guards, gaps and poison around maps.
// SPDX-License-Identifier: MIT
#include "tests/ops/guarded_map.h"

#include "tensor/tensor.h"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

#ifdef POSE_ASAN
#include <sanitizer/asan_interface.h>
#endif

namespace pose::harness {
namespace {

constexpr std::int64_t kGuard = 64; // floats before and after every buffer
constexpr std::uint32_t kPoison = 0x7fc0dead;

bool poisoned(float f) {
  return std::bit_cast<std::uint32_t>(f) == kPoison;
}

} // namespace

GuardedFloats::GuardedFloats(std::int64_t floats)
    : floats_(floats), memory_(new (std::align_val_t(kAlignment)) float[std::size_t(floats + 2 * kGuard)]) {
  std::fill_n(memory_.get(), floats + 2 * kGuard, std::bit_cast<float>(kPoison));
}

void GuardedFloats::Free::operator()(float* p) const {
  ::operator delete[](p, std::align_val_t(kAlignment));
}

float* GuardedFloats::data() const {
  return memory_.get() + kGuard;
}

bool GuardedFloats::guards_intact() const {
  const float* all = memory_.get();
  return std::all_of(all, all + kGuard, poisoned) && std::all_of(all + kGuard + floats_, all + floats_ + 2 * kGuard, poisoned);
}

struct GuardedMap::Strides {
  View<float> view;
  std::int64_t floats, origin;
};

GuardedMap::Strides GuardedMap::strides(Shape s, Layout layout, int halo, bool gaps) {
  View<float> v = layout_of(s, layout, halo);
  if (!gaps) return {v, floats_of(v), origin_of(v)};
  const bool blocked = layout == Layout::blocked;
  v.row += 2 * v.pixel;
  const std::int64_t plane = v.row * (s.h + 2 * halo + 1);
  if (blocked) v.block = plane;
  v.image = blocked ? plane * (s.blocks() + 2) : plane;
  return {v, v.image * s.n, origin_of(v) + (blocked ? plane : 0)};
}

GuardedMap::GuardedMap(const Strides& s) : memory_(s.floats), base_(memory_.data()), view_(s.view) {
  view_.data = base_ + s.origin;
}

GuardedMap::GuardedMap(Shape shape, Layout layout, int halo, bool gaps) : GuardedMap(strides(shape, layout, halo, gaps)) {}

GuardedMap::~GuardedMap() {
  allow_reading();
}

std::vector<bool> GuardedMap::owned(bool with_halo) const {
  std::vector<bool> own(std::size_t(memory_.floats()), false);
  const Shape s = view_.shape;
  const int lanes = view_.blocked() ? s.blocks() * kLanes : s.c, rim = with_halo ? view_.halo : 0;
  for (int n = 0; n < s.n; n++)
    for (int c = 0; c < lanes; c++)
      for (int y = -rim; y < s.h + rim; y++)
        for (int x = -rim; x < s.w + rim; x++) own[std::size_t(&view_.at(n, y, x, c) - base_)] = true;
  return own;
}

void GuardedMap::fill(const float* nchw) {
  zero_halo(view_);
  from_nchw(nchw, view_);
  copy_.assign(base_, base_ + memory_.floats());
#ifdef POSE_ASAN
  const std::vector<bool> own = owned(true);
  for (std::size_t i = 0; i + 1 < own.size(); i += 2) // shadow memory has a granularity of 8 bytes
    if (!own[i] && !own[i + 1]) ASAN_POISON_MEMORY_REGION(base_ + i, 2 * sizeof(float));
#endif
}

void GuardedMap::allow_reading() const {
#ifdef POSE_ASAN
  ASAN_UNPOISON_MEMORY_REGION(base_, std::size_t(memory_.floats()) * sizeof(float));
#endif
}

bool GuardedMap::changed() const {
  allow_reading();
  return !memory_.guards_intact() || std::memcmp(copy_.data(), base_, copy_.size() * sizeof(float)) != 0;
}

std::string GuardedMap::damage() const {
  if (!memory_.guards_intact()) return "wrote outside the buffer";
  const std::vector<bool> own = owned(false);
  for (std::size_t i = 0; i < own.size(); i++)
    if (!own[i] && !poisoned(base_[i])) return fmt::format("wrote to halo or neighbor, float {}", std::int64_t(i) - (view_.data - base_));
  return padding_fault();
}

std::string GuardedMap::padding_fault() const {
  const Shape s = view_.shape;
  if (!view_.blocked()) return {};
  for (int n = 0; n < s.n; n++)
    for (int c = s.c; c < s.blocks() * kLanes; c++)
      for (int y = 0; y < s.h; y++)
        for (int x = 0; x < s.w; x++)
          if (view_.at(n, y, x, c) != 0) return fmt::format("padding lane {} at image {}, {}, {} is {}", c, n, y, x, view_.at(n, y, x, c));
  return {};
}

std::vector<float> GuardedMap::dense() const {
  std::vector<float> v(std::size_t(view_.shape.count()));
  to_nchw(view_, v.data());
  return v;
}

} // namespace pose::harness
