// GuardedMap: a feature map in memory full of NaN, which detects accesses outside the map.
// SPDX-License-Identifier: MIT
#pragma once

#include "tensor/shape.h"

#include <memory>
#include <string>
#include <vector>

#if defined(__SANITIZE_ADDRESS__)
#define POSE_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define POSE_ASAN 1
#endif
#endif

namespace pose::harness {

#ifdef POSE_ASAN
inline constexpr bool kTrapsReads = true; // a read outside an input's halo ends the program
#else
inline constexpr bool kTrapsReads = false; // such a read returns NaN
#endif

// Aligned floats full of one NaN that no arithmetic produces, between two guards of the same NaN.
class GuardedFloats {
public:
  explicit GuardedFloats(std::int64_t floats);
  float* data() const;
  std::int64_t floats() const { return floats_; }
  bool guards_intact() const;

private:
  struct Free {
    void operator()(float* p) const;
  };
  std::int64_t floats_;
  std::unique_ptr<float[], Free> memory_;
};

class GuardedMap {
public:
  // `gaps`: a slice of a larger map, with blocks before and after it and gaps between rows, planes and images.
  GuardedMap(Shape shape, Layout layout, int halo, bool gaps);
  ~GuardedMap();
  GuardedMap(const GuardedMap&) = delete;
  GuardedMap& operator=(const GuardedMap&) = delete;

  View<float> view() const { return view_; }
  std::vector<float> dense() const; // [n, c, h, w]

  // Makes it an input: values, and zeros in padding lanes and halo.  Everything else stays NaN; under ASan it may not even be read.
  void fill(const float* nchw);
  bool changed() const; // since fill

  // Checks an output.  Returns the first write outside of it, or the first padding lane that is not zero; else "".
  std::string damage() const;

private:
  struct Strides;
  GuardedMap(const Strides& strides);
  static Strides strides(Shape shape, Layout layout, int halo, bool gaps);
  std::vector<bool> owned(bool with_halo) const; // which floats belong to the map, padding lanes included
  std::string padding_fault() const;
  void allow_reading() const;

  GuardedFloats memory_;
  float* base_;
  View<float> view_;
  std::vector<float> copy_; // of all memory at fill
};

} // namespace pose::harness
