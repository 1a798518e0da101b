// Implements http.h with cpp-httplib.
// SPDX-License-Identifier: MIT
#include "serve/http.h"

#include "tensor/error.h"

#include <fcntl.h>
#include <httplib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <semaphore>
#include <thread>
#include <vector>

namespace pose::serve {
namespace {

using Clock = std::chrono::steady_clock;

constexpr int kThreads = 16, kWaiting = 16; // further connections wait in the system's queue
constexpr int kStallSeconds = 3;            // a client that takes nothing, or sends nothing, for so long is disconnected
constexpr auto kLongestReply = std::chrono::seconds(60);
constexpr std::uint64_t kMostOfFile = 8 << 20; // of a reply to a range; a browser requests the rest when it has played this part
constexpr std::size_t kPiece = 64 << 10;

// The page's own scripts are listed in its <meta> policy; a browser applies both.
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; connect-src 'self'; img-src 'self' blob: data:; "
    "media-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

// A pool that takes a limited number of connections: enqueue(), which the accepting thread calls, waits for a free place.
class Workers : public httplib::ThreadPool {
public:
  Workers() : ThreadPool(kThreads), places_(kThreads + kWaiting) {}

  void enqueue(std::function<void()> work) override {
    places_.acquire();
    ThreadPool::enqueue([this, work = std::move(work)] {
      work();
      places_.release();
    });
  }

private:
  std::counting_semaphore<> places_;
};

// A file that is open for reading.
class OpenFile {
public:
  // Opens a regular file; others, such as a pipe, could block.
  explicit OpenFile(const std::string& path) : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {
    if (fd_ < 0) fail("{}: expected a readable file: {}", path, std::strerror(errno));
    struct stat status {};
    if (fstat(fd_, &status) == 0 && S_ISREG(status.st_mode)) {
      size_ = std::uint64_t(status.st_size);
      return;
    }
    close(fd_);
    fail("{}: expected a regular file", path);
  }
  ~OpenFile() { close(fd_); }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  std::uint64_t size() const { return size_; }
  // Returns the number of bytes read, 0 at the end and after an error.
  std::size_t read(char* to, std::size_t count, std::uint64_t at) const {
    const ssize_t got = pread(fd_, to, count, off_t(at));
    return got > 0 ? std::size_t(got) : 0;
  }

private:
  int fd_;
  std::uint64_t size_ = 0;
};

// Gives cpp-httplib a body of known length piece by piece.  A body that it knew as a whole it would compress, at a cost of CPU time that local
// connections do not gain back, and it would apply the header Range, whose checks are incomplete in 0.11.
void send(httplib::Response& to, const std::string& type, std::uint64_t size, std::function<std::string(std::uint64_t at, std::size_t most)> read) {
  to.set_header("Content-Length", std::to_string(size));
  const auto begin = Clock::now();
  to.set_content_provider(type, [size, begin, read = std::move(read)](std::size_t at, httplib::DataSink& sink) {
    if (Clock::now() - begin > kLongestReply) return false;
    const std::string piece = read(at, std::size_t(std::min<std::uint64_t>(kPiece, size - at)));
    if (piece.empty() && at < size) return false; // the file became shorter
    if (!piece.empty() && !sink.write(piece.data(), piece.size())) return false;
    if (at + piece.size() >= size) sink.done();
    return true;
  });
}

void send_text(httplib::Response& to, HttpReply reply) {
  to.status = reply.status;
  const std::uint64_t size = reply.body.size();
  send(to, reply.type, size, [body = std::move(reply.body)](std::uint64_t at, std::size_t most) { return body.substr(std::size_t(at), most); });
}

void send_file(httplib::Response& to, const HttpReply& reply, const std::string& range_header) {
  const auto file = std::make_shared<const OpenFile>(reply.file);
  ByteRange range{0, file->size()};
  to.set_header("Accept-Ranges", "bytes");
  if (!range_header.empty()) {
    const std::optional<ByteRange> part = parse_range(range_header, file->size(), kMostOfFile);
    to.set_header("Content-Range", part ? fmt::format("bytes {}-{}/{}", part->first, part->first + part->size - 1, file->size())
                                        : fmt::format("bytes */{}", file->size()));
    if (!part) return send_text(to, text_reply(416, "expected a range inside the file\n"));
    range = *part;
  }
  to.status = range_header.empty() ? 200 : 206;
  send(to, reply.type, range.size, [file, range](std::uint64_t at, std::size_t most) {
    std::string piece(most, '\0');
    piece.resize(file->read(piece.data(), most, range.first + at));
    return piece;
  });
}

std::string header_of(const httplib::Request& request, const char* name) {
  return request.get_header_value_count(name) == 1 ? request.get_header_value(name) : "";
}

} // namespace

struct HttpServer::Impl {
  Address address;
  Handler handler;
  httplib::Server server;
  std::thread thread;
  std::atomic<bool> ended = false;

  void configure() {
    server.new_task_queue = [] { return new Workers; };
    server.set_keep_alive_max_count(1); // the unread body of a refused request must not become the next request
    server.set_keep_alive_timeout(kStallSeconds);
    server.set_read_timeout(kStallSeconds);
    server.set_write_timeout(kStallSeconds);
    server.set_tcp_nodelay(true);
    server.set_socket_options([](socket_t socket) { // the default, SO_REUSEPORT, would share a port that is in use
      const int yes = 1;
      setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    });
    server.set_default_headers({{"Content-Security-Policy", kPolicy},
                                {"X-Content-Type-Options", "nosniff"},
                                {"X-Frame-Options", "DENY"},
                                {"Cross-Origin-Resource-Policy", "same-origin"},
                                {"Referrer-Policy", "no-referrer"},
                                {"Cache-Control", "no-store"}});
    server.set_pre_routing_handler([this](const httplib::Request& request, httplib::Response& response) {
      answer(request, response);
      return httplib::Server::HandlerResponse::Handled; // cpp-httplib's own routes are not used
    });
  }

  void answer(const httplib::Request& request, httplib::Response& response) const {
    if (request.method != "GET") {
      response.set_header("Allow", "GET");
      return send_text(response, text_reply(405, "expected the method GET\n"));
    }
    if (!host_allowed(address, header_of(request, "Host")))
      return send_text(response, text_reply(421, "expected a Host header that names this machine, such as localhost\n"));
    try {
      HttpRequest ours{request.path, {}, request.get_header_value("Range")};
      for (const auto& [name, value] : request.params) ours.params.emplace(name, value);
      HttpReply reply = handler(ours);
      if (reply.file.empty())
        send_text(response, std::move(reply));
      else
        send_file(response, reply, ours.range);
    } catch (const InputError& e) {
      send_text(response, text_reply(400, e.what()));
    } catch (const std::exception& e) {
      send_text(response, text_reply(500, e.what()));
    }
  }

  void bind(const Address& wanted) {
    address = wanted;
    if (wanted.port == 0)
      address.port = server.bind_to_any_port(wanted.host);
    else if (!server.bind_to_port(wanted.host, wanted.port))
      address.port = -1;
    if (address.port < 0)
      fail<InputError>("{}:{}: expected an address of this machine with a free port: {}", wanted.host, wanted.port, std::strerror(errno));
  }
};

HttpServer::HttpServer(const Address& address, Handler handler) : impl_(std::make_unique<Impl>()) {
  impl_->handler = std::move(handler);
  impl_->configure();
  impl_->bind(address);
  impl_->thread = std::thread([impl = impl_.get()] {
    impl->server.listen_after_bind();
    impl->ended = true;
  });
  while (!impl_->server.is_running() && !impl_->ended) std::this_thread::sleep_for(std::chrono::milliseconds(1)); // stop() works from then on
}

HttpServer::~HttpServer() {
  impl_->server.stop();
  impl_->thread.join();
}

const Address& HttpServer::address() const {
  return impl_->address;
}

bool serve_supported() {
  return true;
}

} // namespace pose::serve
