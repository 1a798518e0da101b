// Implements line_index.h.
// SPDX-License-Identifier: MIT
#include "serve/line_index.h"

#include "tensor/error.h"

#include <nlohmann/json.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace pose::serve {
namespace {

using nlohmann::json;

constexpr std::size_t kChunk = 1 << 20;
constexpr int kMaxDepth = 16;

// Takes "source" and "time" of the outermost object, and stops the parser once it has both.
class HeadReader : public nlohmann::json_sax<json> {
public:
  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(number_integer_t number) override { return time_is(double(number)); }
  bool number_unsigned(number_unsigned_t number) override { return time_is(double(number)); }
  bool number_float(number_float_t number, const string_t&) override { return time_is(number); }
  bool string(string_t& text) override {
    if (depth_ == 1 && key_ == "source") {
      head_.source = text;
      has_source_ = true;
    }
    return value();
  }
  bool binary(binary_t&) override { return false; }
  bool start_object(std::size_t) override { return ++depth_ <= kMaxDepth; }
  bool end_object() override { return --depth_, true; }
  bool start_array(std::size_t) override { return depth_ > 0 && ++depth_ <= kMaxDepth; }
  bool end_array() override { return --depth_, true; }
  bool key(string_t& name) override {
    if (depth_ == 1) key_ = name;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    failed_ = true;
    return false;
  }

  std::optional<LineIndex::Head> head() const { return has_source_ && !failed_ ? std::optional(head_) : std::nullopt; }

private:
  bool value() {
    if (depth_ == 1 && key_ == "time") has_time_ = true;
    return depth_ > 0 && !(has_source_ && has_time_);
  }
  bool time_is(double seconds) {
    if (depth_ == 1 && key_ == "time") head_.time = seconds;
    return value();
  }

  LineIndex::Head head_;
  std::string key_;
  int depth_ = 0;
  bool has_source_ = false, has_time_ = false, failed_ = false;
};

} // namespace

std::optional<LineIndex::Head> head_of_line(const std::string& line) {
  if (line.find('\0') != line.npos) return std::nullopt; // the parser would end there
  HeadReader reader;
  json::sax_parse(line.begin(), line.end(), &reader);
  return reader.head();
}

LineIndex::LineIndex(const std::string& path) : path_(path), fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
  if (fd_ < 0) fail<DataError>("{}: expected a readable results file: {}", path, std::strerror(errno));
  try {
    update();
    if (broken_ > 0 && entries_.empty()) fail<DataError>("{}: expected lines of JSON with the results of frames, found other data", path);
  } catch (...) {
    close(fd_);
    throw;
  }
}

LineIndex::~LineIndex() {
  close(fd_);
}

void LineIndex::update() {
  const std::lock_guard lock(mutex_);
  struct stat status {};
  if (fstat(fd_, &status) != 0 || !S_ISREG(status.st_mode)) fail<DataError>("{}: expected a regular file of results", path_);
  if (std::uint64_t(status.st_size) < read_) {
    entries_.clear();
    by_name_.clear();
    pending_.clear();
    read_ = 0;
    skipping_ = false;
    broken_ = 0;
  }
  std::string chunk;
  while (true) {
    chunk.resize(kChunk);
    const ssize_t got = pread(fd_, chunk.data(), kChunk, off_t(read_));
    if (got < 0) fail<DataError>("{}: {} bytes could be read: {}", path_, read_, std::strerror(errno));
    if (got == 0) return;
    chunk.resize(std::size_t(got));
    scan(chunk);
  }
}

// Takes the next bytes of the file, and adds the lines that end in them.
void LineIndex::scan(std::string& chunk) {
  std::size_t begin = 0;
  for (std::size_t end = chunk.find('\n'); end != std::string::npos; begin = end + 1, end = chunk.find('\n', begin)) {
    const std::uint64_t offset = read_ + begin - pending_.size();
    pending_.append(chunk, begin, end - begin);
    if (!skipping_) add(offset, pending_);
    skipping_ = false;
    pending_.clear();
  }
  if (!skipping_) pending_.append(chunk, begin, std::string::npos);
  if (pending_.size() > kMaxLine) {
    skipping_ = true;
    broken_++;
    pending_.clear();
    pending_.shrink_to_fit();
  }
  read_ += chunk.size();
}

void LineIndex::add(std::uint64_t offset, const std::string& text) {
  if (text.find_first_not_of(" \t\r") == std::string::npos) return;
  const std::optional<Head> head = text.size() > kMaxLine ? std::nullopt : head_of_line(text);
  if (!head) {
    broken_++;
    return;
  }
  const std::string name = head->time ? head->source : "";
  const auto [at, added] = by_name_.emplace((head->time ? "clip " : "images") + name, entries_.size());
  if (added) entries_.push_back({{name, !head->time, 0}, {}});
  Entry& entry = entries_[at->second];
  entry.offsets.push_back(offset);
  entry.source.lines++;
}

std::vector<LineIndex::Source> LineIndex::sources() const {
  const std::lock_guard lock(mutex_);
  std::vector<Source> list;
  for (const Entry& entry : entries_) list.push_back(entry.source);
  return list;
}

std::int64_t LineIndex::broken() const {
  const std::lock_guard lock(mutex_);
  return broken_;
}

std::uint64_t LineIndex::offset_of(std::int64_t source, std::int64_t number) const {
  const std::lock_guard lock(mutex_);
  if (source < 0 || source >= std::int64_t(entries_.size()) || number < 0 || number >= entries_[std::size_t(source)].source.lines) {
    fail<DataError>("{}: expected a line of the file, found line {} of source {}", path_, number, source);
  }
  return entries_[std::size_t(source)].offsets[std::size_t(number)];
}

std::string LineIndex::read_line(std::uint64_t offset) const {
  std::string text, piece;
  while (text.size() <= kMaxLine) {
    piece.resize(64 << 10);
    const ssize_t got = pread(fd_, piece.data(), piece.size(), off_t(offset + text.size()));
    if (got <= 0) break;
    piece.resize(std::size_t(got));
    const std::size_t end = piece.find('\n');
    text.append(piece, 0, end);
    if (end != std::string::npos) break;
  }
  return text;
}

std::string LineIndex::line(std::int64_t source, std::int64_t number) const {
  return read_line(offset_of(source, number));
}

std::int64_t LineIndex::line_at(std::int64_t source, double time) const {
  offset_of(source, 0);                                              // throws for a source that does not exist
  std::int64_t low = 0, high = sources()[std::size_t(source)].lines; // the line is in [low, high)
  while (high - low > 1) {
    const std::int64_t middle = low + (high - low) / 2;
    const std::optional<Head> head = head_of_line(line(source, middle));
    (head && head->time && *head->time <= time ? low : high) = middle;
  }
  return low;
}

} // namespace pose::serve
