// Implements file_bytes.h with POSIX calls.
// SPDX-License-Identifier: MIT
#include "video/file_bytes.h"

#include "video/ffmpeg.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pose::ffmpeg {
namespace {

constexpr int kBufferBytes = 1 << 16;
constexpr int kPollMilliseconds = 100;

// FFmpeg 7 made the data of the write callback const.
#if LIBAVFORMAT_VERSION_MAJOR >= 61
using WrittenByte = const std::uint8_t;
#else
using WrittenByte = std::uint8_t;
#endif

} // namespace

void Watch::start(std::optional<std::chrono::seconds> limit) {
  late_ = false;
  deadline_ = std::nullopt;
  if (limit) deadline_ = std::chrono::steady_clock::now() + *limit;
}

bool Watch::over() {
  if (!stopped_ && wants_stop(stop_)) stopped_ = true;
  if (deadline_ && std::chrono::steady_clock::now() > *deadline_) late_ = true;
  return stopped_ || late_;
}

struct FileBytes::State {
  int descriptor;
  bool regular = true;
  Watch* watch = nullptr;
  int error = 0;

  ~State() {
    if (descriptor > STDERR_FILENO) close(descriptor);
  }

  // Returns false when the wait must end.
  bool wait_for_data() const {
    pollfd wanted{descriptor, POLLIN, 0};
    while (poll(&wanted, 1, kPollMilliseconds) <= 0) {
      if (watch->over()) return false;
    }
    return !watch->over();
  }

  static int read(void* object, std::uint8_t* bytes, int size) {
    const State& state = *static_cast<State*>(object);
    for (;;) {
      if (!state.regular && !state.wait_for_data()) return AVERROR_EXIT;
      const ssize_t count = ::read(state.descriptor, bytes, std::size_t(size));
      if (count > 0) return int(count);
      if (count == 0) return AVERROR_EOF;
      if (errno != EINTR && errno != EAGAIN) return AVERROR(errno);
    }
  }

  static int write(void* object, WrittenByte* bytes, int size) {
    State& state = *static_cast<State*>(object);
    for (int done = 0; done < size && state.error == 0;) {
      const ssize_t count = ::write(state.descriptor, bytes + done, std::size_t(size - done));
      if (count >= 0) {
        done += int(count);
      } else if (errno != EINTR) {
        state.error = errno;
      }
    }
    return state.error == 0 ? size : AVERROR(state.error);
  }

  static std::int64_t seek(void* object, std::int64_t offset, int whence) {
    const State& state = *static_cast<State*>(object);
    if (whence & AVSEEK_SIZE) {
      struct stat info {};
      return fstat(state.descriptor, &info) == 0 ? std::int64_t(info.st_size) : AVERROR(errno);
    }
    const off_t at = lseek(state.descriptor, off_t(offset), whence & ~AVSEEK_FORCE);
    return at >= 0 ? std::int64_t(at) : AVERROR(errno);
  }
};

FileBytes::FileBytes(State* state) : state_(state) {}

FileBytes::FileBytes(FileBytes&& other) noexcept : state_(std::exchange(other.state_, nullptr)), io_(std::exchange(other.io_, nullptr)) {}

FileBytes::~FileBytes() {
  if (io_ != nullptr) av_freep(&io_->buffer);
  avio_context_free(&io_);
  delete state_;
}

FileBytes FileBytes::open(const std::string& path, Watch& watch) {
  // Without O_NONBLOCK, opening a named pipe waits for its writer.
  const int descriptor = path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) fail<DataError>("{}: cannot be opened: {}", path, std::strerror(errno));
  FileBytes file(new State{descriptor});
  struct stat info {};
  if (fstat(descriptor, &info) != 0) fail<DataError>("{}: cannot be read: {}", path, std::strerror(errno));
  if (S_ISDIR(info.st_mode)) fail<DataError>("{}: expected a clip, found a folder", path);
  if (isatty(descriptor) == 1) fail<DataError>("{}: expected a clip, found a terminal", path);
  file.state_->regular = S_ISREG(info.st_mode);
  file.state_->watch = &watch;
  auto* buffer = allocated(static_cast<std::uint8_t*>(av_malloc(kBufferBytes)));
  file.io_ = avio_alloc_context(buffer, kBufferBytes, 0, file.state_, State::read, nullptr, file.seekable() ? State::seek : nullptr);
  if (file.io_ == nullptr) av_free(buffer);
  allocated(file.io_);
  return file;
}

FileBytes FileBytes::create(const std::string& path, const std::string& not_this) {
  // Emptied only after all checks.
  const int descriptor = ::open(path.c_str(), O_WRONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC, 0666);
  if (descriptor < 0) fail("{}: cannot be written: {}", path, std::strerror(errno));
  FileBytes file(new State{descriptor});
  struct stat info {
  }, other{};
  if (fstat(descriptor, &info) != 0) fail("{}: cannot be written: {}", path, std::strerror(errno));
  file.state_->regular = S_ISREG(info.st_mode);
  if (file.seekable()) {
    if (!not_this.empty() && stat(not_this.c_str(), &other) == 0 && other.st_dev == info.st_dev && other.st_ino == info.st_ino)
      fail<InputError>("{}: expected another file than the clip that is read", path);
    const bool locked = flock(descriptor, LOCK_EX | LOCK_NB) == 0;
    if (!locked && errno == EWOULDBLOCK) fail("{}: cannot be written: another run is writing it", path); // other errors: no locks there
    if (ftruncate(descriptor, 0) != 0) fail("{}: cannot be written: {}", path, std::strerror(errno));
  }
  fcntl(descriptor, F_SETFL, 0); // O_NONBLOCK was for the open() of a pipe without a reader
  auto* buffer = allocated(static_cast<std::uint8_t*>(av_malloc(kBufferBytes)));
  file.io_ = avio_alloc_context(buffer, kBufferBytes, 1, file.state_, nullptr, State::write, file.seekable() ? State::seek : nullptr);
  if (file.io_ == nullptr) av_free(buffer);
  allocated(file.io_);
  return file;
}

bool FileBytes::seekable() const {
  return state_->regular;
}

int FileBytes::error() const {
  return state_->error;
}

} // namespace pose::ffmpeg
