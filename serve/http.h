// A small HTTP server for one page and its data: GET only, one request a connection, bounded threads and waiting connections.
// SPDX-License-Identifier: MIT
#pragma once

#include "serve/address.h"

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

namespace pose::serve {

struct HttpRequest {
  std::string path;                          // decoded, without the query
  std::map<std::string, std::string> params; // of the query, decoded
  std::string range;                         // the header Range, "" without one
};

struct HttpReply {
  int status = 200;
  std::string type = "application/json";
  std::string body = {};
  // Instead of the body: a file, or a part of it.  A browser that stalls is disconnected; it requests the rest when it needs it.
  std::string file = {};
  bool operator==(const HttpReply&) const = default;
};

// Bytes [first, first + size) of a file.
struct ByteRange {
  std::uint64_t first = 0, size = 0;
  bool operator==(const ByteRange&) const = default;
};

// Returns the bytes that the header `Range: bytes=A-B`, `A-` or `-LAST` names in a file of `size` bytes, cut to `most` bytes, or none if there are
// none. Several ranges are not supported: they give none, too.
std::optional<ByteRange> parse_range(const std::string& header, std::uint64_t size, std::uint64_t most);

// Returns a parameter that is a whole number, at least 0.  Throws InputError for another one, which becomes a reply with status 400.
std::int64_t number_param(const HttpRequest& request, const std::string& name);

// Returns a reply of plain text.
HttpReply text_reply(int status, const std::string& text);

// Answers requests on its own threads until it is destroyed.
class HttpServer {
public:
  using Handler = std::function<HttpReply(const HttpRequest&)>; // called by several threads at once

  // Binds and starts.  Throws InputError when the address cannot be bound (in use, not of this machine), and in builds without cpp-httplib.
  HttpServer(const Address& address, Handler handler);
  ~HttpServer(); // waits for running replies, at most a few seconds
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Returns the address with the port that was bound.
  const Address& address() const;

private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Returns whether this build can serve.
bool serve_supported();

} // namespace pose::serve
