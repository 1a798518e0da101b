// Implements line_writer.h.
// SPDX-License-Identifier: MIT
#include "results/line_writer.h"

#include "tensor/error.h"
#include "tensor/place.h"

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <ctime>
#include <optional>
#include <system_error>
#include <utility>

namespace pose {

namespace {

// Keeps SIGPIPE from this thread while it exists, so that a write to a closed pipe returns EPIPE for any handler of the program.
class NoSigpipe {
public:
  NoSigpipe() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    sigset_t pending;
    sigpending(&pending);
    was_pending_ = sigismember(&pending, SIGPIPE) == 1;
    pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~NoSigpipe() {
    constexpr timespec kNow{};
    if (!was_pending_) sigtimedwait(&pipe_, nullptr, &kNow);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  NoSigpipe(const NoSigpipe&) = delete;
  NoSigpipe& operator=(const NoSigpipe&) = delete;

private:
  sigset_t pipe_{}, before_{};
  bool was_pending_ = false;
};

} // namespace

LineWriter::LineWriter(std::string path, Existing existing, StopCallback stop)
    : path_(std::move(path)), stop_(std::move(stop)), synced_(std::chrono::steady_clock::now()) {
  try {
    open(existing);
  } catch (...) {
    if (fd_ >= 0) ::close(fd_);
    throw;
  }
}

LineWriter::~LineWriter() {
  if (is_file_) ::fdatasync(fd_);
  ::close(fd_);
}

void LineWriter::open(Existing existing) {
  const int number = path_ == "-" ? STDOUT_FILENO : place_of(path_).descriptor;
  const bool standard = number >= 0; // or another open descriptor, as in /dev/fd/3
  fd_ = standard ? ::fcntl(number, F_DUPFD_CLOEXEC, 0) : ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
  struct stat info {};
  if (fd_ < 0 || ::fstat(fd_, &info) != 0) fail_errno(errno);
  if (const int flags = ::fcntl(fd_, F_GETFL); (flags & O_ACCMODE) == O_RDONLY) fail_errno(EBADF); // before there is anything to write
  is_file_ = S_ISREG(info.st_mode) && !standard;
  if (!is_file_) return;
  // File systems without locks report other errors: there, runs are not kept apart.
  if (::flock(fd_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    fail<InputError>("{}: expected no other run, found one that writes this file", path_);
  if (::fstat(fd_, &info) != 0) fail_errno(errno); // the other run may have ended in between
  size_ = std::int64_t(info.st_size);
  if (existing == Existing::refuse && size_ > 0)
    fail<InputError>("{}: expected a new or empty file, found one of {} bytes, which can be resumed or overwritten", path_, size_);
  if (existing == Existing::overwrite) cut(0);
}

// Returns 0 once a write does not wait, or an errno: EINTR where the run is stopped and the reader does not read.
int LineWriter::wait_for_reader() const {
  constexpr int kPollMilliseconds = 100;
  std::optional<std::chrono::steady_clock::time_point> deadline;
  for (pollfd ready{fd_, POLLOUT, 0};;) {
    const int n = ::poll(&ready, 1, kPollMilliseconds);
    if (n > 0 || (n < 0 && errno != EINTR)) return n > 0 ? 0 : errno;
    if (!deadline && wants_stop(stop_)) deadline = std::chrono::steady_clock::now() + kPatience;
    if (deadline && std::chrono::steady_clock::now() > *deadline) return EINTR;
  }
}

// Writes the bytes and counts them in `written`.  Returns 0, or errno.
int LineWriter::write_all(std::string_view bytes, std::size_t& written) const {
  while (written < bytes.size()) {
    if (!is_file_) {
      if (const int error = wait_for_reader(); error != 0) return error;
    }
    // What a pipe takes at once, so that the wait is not in write().
    const ssize_t n =
        ::write(fd_, bytes.data() + written, is_file_ ? bytes.size() - written : std::min<std::size_t>(PIPE_BUF, bytes.size() - written));
    if (n > 0)
      written += std::size_t(n);
    else if (n == 0)
      return EIO;
    else if (errno != EINTR && errno != EAGAIN) // EAGAIN: another process made the pipe non-blocking
      return errno;
  }
  return 0;
}

bool LineWriter::write(std::string_view lines) {
  if (left_) return false;
  std::size_t written = 0;
  const int error = [&] {
    const NoSigpipe guard;
    return write_all(lines, written);
  }();
  left_ = error == EPIPE || error == EINTR;
  if (left_) return false;
  if (error != 0) {
    if (is_file_ && written > 0) cut(size_); // a partial line
    fail_errno(error);
  }
  size_ += std::int64_t(lines.size());
  if (std::chrono::steady_clock::now() - synced_ >= kSyncSeconds) sync();
  return true;
}

void LineWriter::sync() {
  if (is_file_ && ::fdatasync(fd_) != 0) fail_errno(errno);
  synced_ = std::chrono::steady_clock::now();
}

void LineWriter::cut(std::int64_t size) {
  if (::ftruncate(fd_, off_t(size)) != 0) fail_errno(errno);
  size_ = size;
}

void LineWriter::fail_errno(int error) const {
  fail("{}: cannot be written: {}", path_ == "-" ? "standard output" : path_, std::generic_category().message(error));
}

} // namespace pose
