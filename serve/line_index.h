// Finds lines of a results file (JSON lines) by source and number, in 8 bytes a line.  The file may grow meanwhile.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace pose::serve {

class LineIndex {
public:
  static constexpr std::size_t kMaxLine = 16 << 20; // bytes; longer lines count as broken

  // The frames of one clip; or all images, which have no time, in the order of the file.
  struct Source {
    std::string name; // "" for images
    bool images = false;
    std::int64_t lines = 0;
  };
  // The start of a line.
  struct Head {
    std::string source;
    std::optional<double> time;
  };

  // Reads the whole file once.  Throws DataError when it cannot be read, or when its first line is not a result.
  explicit LineIndex(const std::string& path);
  ~LineIndex();
  LineIndex(const LineIndex&) = delete;
  LineIndex& operator=(const LineIndex&) = delete;

  // The following may be called by several threads at once.
  void update(); // reads what was appended; begins anew when the file became shorter
  std::vector<Source> sources() const;
  std::int64_t broken() const; // lines that are not results

  // Returns a line.  Throws DataError when there is none with this number.
  std::string line(std::int64_t source, std::int64_t number) const;
  // Returns the number of the last line of the source at or before this time, 0 without one.  Times are ascending.
  std::int64_t line_at(std::int64_t source, double time) const;

private:
  struct Entry {
    Source source;
    std::vector<std::uint64_t> offsets;
  };

  void scan(std::string& chunk);
  void add(std::uint64_t offset, const std::string& text);
  std::string read_line(std::uint64_t offset) const;
  std::uint64_t offset_of(std::int64_t source, std::int64_t number) const;

  std::string path_;
  int fd_ = -1;
  mutable std::mutex mutex_; // of all below
  std::vector<Entry> entries_;
  std::map<std::string, std::size_t> by_name_;
  std::string pending_;    // a line whose end has not been read
  std::uint64_t read_ = 0; // bytes so far
  bool skipping_ = false;  // inside a line that is too long
  std::int64_t broken_ = 0;
};

// Returns source and time of a line; none when it is not a JSON object with the member "source".  Stops reading as soon as both are known.
std::optional<LineIndex::Head> head_of_line(const std::string& line);

} // namespace pose::serve
