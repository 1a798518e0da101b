// What the live page shows of the past, in bounded memory: people over time, and recorded frames.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pose::serve {

// Number of people over the whole run.  When it is full, two neighbors become one, their maximum, so that it never forgets the beginning.
class CountHistory {
public:
  static constexpr std::size_t kCapacity = 10000;

  void add(std::int64_t people);

  // Returns (index of the first frame, most people) of at most `most` equal parts of the run, in order.
  std::vector<std::pair<std::int64_t, std::int64_t>> samples(std::size_t most) const;

private:
  std::vector<std::int64_t> maxima_; // each of `stride_` frames; the last one of `filled_` frames
  std::int64_t stride_ = 1, filled_ = 0;
};

// A frame that the slider can go back to.
struct Record {
  std::int64_t number = 0; // of the frame among those published, from 1
  std::string json;        // the frame, as frame_json() writes it
  std::string jpeg;
  std::size_t bytes() const { return json.size() + jpeg.size() + sizeof(Record); }
};

// Recorded frames.  When they exceed the budget, every second one is dropped, and the caller is told to record half as often.
class Records {
public:
  explicit Records(std::size_t most_bytes) : most_bytes_(most_bytes) {}

  void add(std::shared_ptr<const Record> record);

  const std::vector<std::shared_ptr<const Record>>& all() const { return records_; }
  std::size_t bytes() const { return bytes_; }
  int stride() const { return stride_; } // 1, 2, 4 ...: record one frame in so many

private:
  void thin();

  std::size_t most_bytes_, bytes_ = 0;
  int stride_ = 1;
  std::vector<std::shared_ptr<const Record>> records_;
};

} // namespace pose::serve
