// Implements seconds.h.
// SPDX-License-Identifier: MIT
#include "video/seconds.h"

#include "tensor/error.h"

#include <charconv>

namespace pose {
namespace {

constexpr int kParts = 3; // hours, minutes, seconds
constexpr double kSixty = 60, kMost = 1e9;

} // namespace

double parse_seconds(const std::string& option, const std::string& text) {
  double total = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (int i = 0; i < kParts; i++) {
    double part = 0;
    const auto [rest, error] = std::from_chars(at, end, part, std::chars_format::fixed);
    if (error != std::errc() || !(part >= 0 && part < kMost) || (i > 0 && part >= kSixty)) break;
    total = total * kSixty + part;
    if (rest == end) return total;
    if (*rest != ':') break;
    at = rest + 1;
  }
  fail<InputError>("{}: expected seconds or [H:]M:S, found {}", option, text);
}

} // namespace pose
