// Implements history.h.
// SPDX-License-Identifier: MIT
#include "serve/history.h"

#include <algorithm>

namespace pose::serve {

void CountHistory::add(std::int64_t people) {
  if (filled_ == stride_ || maxima_.empty()) {
    if (maxima_.size() == kCapacity) {
      for (std::size_t i = 0; i < kCapacity / 2; i++) maxima_[i] = std::max(maxima_[2 * i], maxima_[2 * i + 1]);
      maxima_.resize(kCapacity / 2);
      stride_ *= 2;
    }
    maxima_.push_back(0);
    filled_ = 0;
  }
  maxima_.back() = std::max(maxima_.back(), people);
  filled_++;
}

std::vector<std::pair<std::int64_t, std::int64_t>> CountHistory::samples(std::size_t most) const {
  std::vector<std::pair<std::int64_t, std::int64_t>> samples;
  const std::size_t each = (maxima_.size() + most - 1) / std::max<std::size_t>(most, 1);
  for (std::size_t i = 0; i < maxima_.size(); i += each) {
    const auto begin = maxima_.begin() + std::ptrdiff_t(i), end = maxima_.begin() + std::ptrdiff_t(std::min(i + each, maxima_.size()));
    samples.emplace_back(std::int64_t(i) * stride_, *std::max_element(begin, end));
  }
  return samples;
}

void Records::add(std::shared_ptr<const Record> record) {
  bytes_ += record->bytes();
  records_.push_back(std::move(record));
  while (bytes_ > most_bytes_ && !records_.empty()) thin();
}

void Records::thin() {
  std::vector<std::shared_ptr<const Record>> kept;
  for (std::size_t i = 0; i + 1 < records_.size(); i += 2) kept.push_back(records_[i]); // of one record alone none
  records_ = std::move(kept);
  stride_ = std::min(2 * stride_, 1 << 16);
  bytes_ = 0;
  for (const auto& record : records_) bytes_ += record->bytes();
}

} // namespace pose::serve
