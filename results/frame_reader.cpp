// Implements frame_reader.h.
// SPDX-License-Identifier: MIT
#include "results/frame_reader.h"

#include "results/jsonl.h"
#include "tensor/error.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace pose {

namespace {

constexpr int kPollMilliseconds = 100;
constexpr std::size_t kBlock = std::size_t(1) << 18;
constexpr std::size_t kMaxLine = std::size_t(1) << 26; // 64 MiB; 1000 people take 4 MB

} // namespace

FrameReader::FrameReader(std::string path, StopCallback stop) : path_(std::move(path)), stop_(std::move(stop)) {
  fd_ = path_ == "-" ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd_ < 0) fail<DataError>("{}: cannot be read: {}", path_, std::generic_category().message(errno));
}

FrameReader::~FrameReader() {
  ::close(fd_);
}

// Waits until there are bytes, or the end.
void FrameReader::wait() const {
  pollfd wanted{fd_, POLLIN, 0};
  while (stop_ && ::poll(&wanted, 1, kPollMilliseconds) <= 0) {
    if (stop_()) fail<Interrupted>("{}: interrupted", path_);
  }
}

// Appends bytes of the file to the buffer.  Returns false at the end of the file.
bool FrameReader::fill() {
  buffer_.erase(0, begin_);
  scanned_ -= begin_;
  begin_ = 0;
  const std::size_t size = buffer_.size();
  buffer_.resize(size + kBlock);
  ssize_t n = 0;
  do {
    wait();
    n = ::read(fd_, buffer_.data() + size, kBlock);
  } while (n < 0 && errno == EINTR);
  const int error = errno;
  buffer_.resize(size + std::size_t(n > 0 ? n : 0));
  if (n < 0) fail<DataError>("{}: cannot be read: {}", path_, std::generic_category().message(error));
  return n > 0;
}

// Returns the next line without its line feed.
std::optional<std::string_view> FrameReader::next_line() {
  while (!torn_) {
    // Looks for bytes of 0 with the line feed, so that a hole of any size does not have to fit in memory.
    const std::size_t stop = buffer_.find_first_of(std::string_view("\n\0", 2), scanned_);
    if (stop == std::string::npos) {
      scanned_ = buffer_.size();
      if (scanned_ - begin_ > kMaxLine) fail<DataError>("{}:{}: expected a line of at most {} bytes, found more", path_, line_ + 1, kMaxLine);
      if (!fill()) {
        torn_ = begin_ < buffer_.size();
        return std::nullopt;
      }
    } else if (buffer_[stop] == '\0') {
      torn_ = true;
    } else {
      const std::string_view line(buffer_.data() + begin_, stop - begin_);
      begin_ = scanned_ = stop + 1;
      ++line_;
      end_ += std::int64_t(line.size()) + 1;
      return line;
    }
  }
  return std::nullopt;
}

std::optional<FrameResult> FrameReader::read() {
  const std::optional<std::string_view> line = next_line();
  if (!line) return std::nullopt;
  return parse_line(*line, place());
}

std::string FrameReader::place() const {
  return fmt::format("{}:{}", path_, line_);
}

} // namespace pose
