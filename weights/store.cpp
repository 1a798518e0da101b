// Implements store.h: parameter lookup, with messages that name file, tensor, expected and found.
// SPDX-License-Identifier: MIT
#include "weights/store.h"

#include "tensor/error.h"
#include "tensor/file.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <fmt/format.h>
#include <set>

namespace pose {

namespace {

std::string text_of(const std::vector<std::int64_t>& shape) {
  return fmt::format("[{}]", fmt::join(shape, ", "));
}

// Returns whether all values are finite.  There is no branch, so compilers vectorize the loop: checking 250 MB costs no more than reading them.
bool all_finite(const float* data, std::int64_t count) {
  constexpr std::uint32_t kExponent = 0x7f800000;
  std::uint32_t bad = 0;
  for (std::int64_t i = 0; i < count; i++) bad |= std::uint32_t((std::bit_cast<std::uint32_t>(data[i]) & kExponent) == kExponent);
  return bad == 0;
}

} // namespace

std::int64_t ParamSpec::count() const {
  return checked_product(name, shape);
}

void WeightStore::add(std::string name, std::vector<std::int64_t> shape, const float* data) {
  const auto [at, is_new] = params_.try_emplace(std::move(name), Param{std::move(shape), data});
  if (!is_new) fail("{}: {}: expected one tensor of that name, found two", source_, at->first);
}

const Param& WeightStore::get(const ParamSpec& spec) const {
  const auto at = params_.find(spec.name);
  if (at == params_.end()) fail("{}: {}: expected a tensor {}, found none of that name", source_, spec.name, text_of(spec.shape));
  if (at->second.shape != spec.shape) fail("{}: {}: expected shape {}, found {}", source_, spec.name, text_of(spec.shape), text_of(at->second.shape));
  return at->second;
}

void WeightStore::expect_all_used(const std::vector<ParamSpec>& used) const {
  std::set<std::string_view> names;
  for (const ParamSpec& spec : used) names.insert(spec.name);
  for (const auto& [name, param] : params_) {
    if (names.count(name) == 0) fail("{}: {}: expected no such tensor, found one {}", source_, name, text_of(param.shape));
  }
}

void WeightStore::expect_unchanged() const {
  for (const auto& file : files_) file->check_unchanged();
}

void WeightStore::expect_finite() const {
  for (const auto& [name, param] : params_) {
    const std::int64_t count = checked_product(name, param.shape);
    if (all_finite(param.data, count)) continue;
    const float* bad = std::find_if(param.data, param.data + count, [](float v) { return !std::isfinite(v); });
    fail("{}: {}: expected finite numbers, found {} at index {}", source_, name, *bad, bad - param.data);
  }
}

} // namespace pose
