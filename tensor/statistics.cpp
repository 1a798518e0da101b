// Implements statistics.h: sums in double, and a histogram of float distances (ulp).
// SPDX-License-Identifier: MIT
#include "tensor/statistics.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

namespace pose {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Maps floats to integers: consecutive floats have consecutive integers, and both zeros map to 0.
std::int64_t ordinal(float f) {
  const std::uint32_t bits = std::bit_cast<std::uint32_t>(f);
  const std::int64_t magnitude = bits & 0x7fffffff;
  return bits >> 31 != 0 ? -magnitude : magnitude;
}

// Returns true for values other than NaN and the infinities.
bool is_number(float f) {
  constexpr std::uint32_t kExponent = 0x7f800000;
  return (std::bit_cast<std::uint32_t>(f) & kExponent) != kExponent;
}

double ratio(double error, double size) {
  return error == 0 ? 0 : error / size;
}

} // namespace

inline int Statistics::bucket_of(std::uint64_t ulp) {
  if (ulp < kExact) return int(ulp);
  const int width = std::bit_width(ulp); // 7 to 33
  return kExact + (width - 7) * kFine + int(ulp >> (width - 6) & (kFine - 1));
}

double Statistics::floor_of(int bucket) {
  if (bucket < kExact) return bucket;
  return std::ldexp(kFine + (bucket - kExact) % kFine, (bucket - kExact) / kFine + 1);
}

inline void Statistics::count_distance(float got, float want) {
  const std::int64_t distance = ordinal(got) - ordinal(want);
  const std::uint64_t ulp = std::uint64_t(distance < 0 ? -distance : distance);
  buckets_[std::size_t(bucket_of(ulp))]++;
  if (ulp > ulp_max_) ulp_max_ = ulp;
}

// Adds a pair in which one value is NaN or infinite.
void Statistics::add_special(float got, float want) {
  const bool got_is_nan = std::isnan(got), want_is_nan = std::isnan(want);
  got_nan_ += got_is_nan;
  want_nan_ += want_is_nan;
  got_inf_ += std::isinf(got);
  want_inf_ += std::isinf(want);
  if ((got_is_nan && want_is_nan) || got == want) {
    buckets_[0]++;
    return;
  }
  const double g = got, w = want, e = g - w, relative = std::fabs(e / w);
  error_ += e * e;
  got_square_ += g * g;
  want_square_ += w * w;
  product_ += g * w;
  if (!(relative <= max_rel_)) max_rel_ = relative; // NaN stays: no number compares greater
  if (got_is_nan || want_is_nan)
    apart_++;
  else
    count_distance(got, want);
}

// Adds pairs of finite numbers.  Four independent sums let compilers vectorize the loop.
void Statistics::add_numbers(std::span<const float> got, std::span<const float> want) {
  constexpr std::size_t kSums = 4;
  double error[kSums] = {}, got_square[kSums] = {}, want_square[kSums] = {}, product[kSums] = {};
  const std::size_t even = want.size() / kSums * kSums;
  const double highest = max_rel_;
  bool higher = false;
  const auto add = [&](std::size_t i, std::size_t k) {
    const double g = got[i], w = want[i], e = g - w;
    error[k] += e * e;
    got_square[k] += g * g;
    want_square[k] += w * w;
    product[k] += g * w;
    higher |= std::fabs(e) > highest * std::fabs(w);
  };
  for (std::size_t i = 0; i < even; i += kSums) {
    for (std::size_t k = 0; k < kSums; k++) add(i + k, k);
  }
  for (std::size_t i = even; i < want.size(); i++) add(i, 0);
  for (std::size_t k = 0; k < kSums; k++) {
    error_ += error[k];
    got_square_ += got_square[k];
    want_square_ += want_square[k];
    product_ += product[k];
  }
  for (std::size_t i = 0; i < want.size() && higher; i++) {
    const double w = want[i], e = got[i] - w;
    if (w != 0 && std::fabs(e) > max_rel_ * std::fabs(w)) max_rel_ = std::fabs(e / w);
  }
  for (std::size_t i = 0; i < want.size(); i++) count_distance(got[i], want[i]);
}

void Statistics::add_figures(std::span<const float> got, std::span<const float> want) {
  constexpr std::size_t kBlock = 512; // most blocks have no NaN and no infinity; a block fits in the L1 cache
  for (std::size_t at = 0; at < want.size(); at += kBlock) {
    const std::span<const float> g = got.subspan(at, std::min(kBlock, want.size() - at)), w = want.subspan(at, g.size());
    int numbers = 1; // no branch, so that compilers vectorize the loop
    for (std::size_t i = 0; i < g.size(); i++) numbers &= int(is_number(g[i])) & int(is_number(w[i]));
    if (numbers != 0) {
      add_numbers(g, w);
      continue;
    }
    for (std::size_t i = 0; i < g.size(); i++) {
      if (is_number(g[i]) && is_number(w[i]))
        add_numbers(g.subspan(i, 1), w.subspan(i, 1));
      else
        add_special(g[i], w[i]);
    }
  }
}

void Statistics::add(std::span<const float> got, std::span<const float> want, const Bound& bound) {
  difference_.append(compare(got, want, bound));
  add_figures(got, want);
}

void Statistics::add(std::span<const float> got, std::span<const float> want, double absolute, double relative) {
  difference_.append(compare(got, want, absolute, relative));
  add_figures(got, want);
}

// Returns the smallest distance that at least a fraction q of all elements does not exceed.
double Statistics::quantile(double q) const {
  const std::int64_t rank = std::int64_t(std::ceil(q * double(difference_.count)));
  std::int64_t seen = 0;
  for (int b = 0; b < kBuckets; b++) {
    seen += buckets_[std::size_t(b)];
    if (seen >= rank) return floor_of(b);
  }
  return kInfinity; // the other elements are NaN on one side
}

Summary Statistics::summary() const {
  Summary s;
  s.difference = difference_;
  s.max_rel = max_rel_;
  s.rel_l2 = ratio(std::sqrt(error_), std::sqrt(want_square_));
  if (got_square_ != 0 || want_square_ != 0) s.cosine = ratio(product_, std::sqrt(got_square_) * std::sqrt(want_square_));
  s.ulp50 = quantile(0.5);
  s.ulp90 = quantile(0.9);
  s.ulp99 = quantile(0.99);
  s.ulp_max = apart_ > 0 ? kInfinity : double(ulp_max_);
  for (int b = 0; b < kBuckets; b++) {
    const std::int64_t count = buckets_[std::size_t(b)];
    if (count == 0) continue;
    const std::size_t octave = std::size_t(std::bit_width(std::uint64_t(floor_of(b))));
    if (s.ulp_histogram.size() <= octave) s.ulp_histogram.resize(octave + 1);
    s.ulp_histogram[octave] += count;
  }
  s.got_nan = got_nan_;
  s.want_nan = want_nan_;
  s.got_inf = got_inf_;
  s.want_inf = want_inf_;
  return s;
}

} // namespace pose
