// Tests serve/http.h: what is refused, headers, ranges of files, limits.
// SPDX-License-Identifier: MIT
#include "serve/http.h"

#include "tests/error_of.h"
#include "tests/serve/client.h"
#include "tests/temp_dir.h"

#include <doctest/doctest.h>

#include <chrono>
#include <future>

namespace pose::serve {
namespace {

using testing::Connection;
using testing::contains;
using testing::error_of;
using testing::get;
using testing::Reply;
using testing::reply_of;

const Address kAnyPort{"127.0.0.1", 0};

HttpReply echo(const HttpRequest& request) {
  if (request.path == "/throw") throw InputError("expected nothing");
  if (request.path == "/missing") return {.type = "video/mp4", .file = "/nowhere/clip.mp4"};
  std::string text = request.path;
  for (const auto& [name, value] : request.params) text += " " + name + "=" + value;
  return text_reply(200, text);
}

TEST_CASE("ranges of a file") {
  CHECK(parse_range("bytes=0-", 100, 1000) == ByteRange{0, 100});
  CHECK(parse_range("bytes=0-", 100, 30) == ByteRange{0, 30});
  CHECK(parse_range("bytes=10-19", 100, 1000) == ByteRange{10, 10});
  CHECK(parse_range("bytes=99-500", 100, 1000) == ByteRange{99, 1});
  CHECK(parse_range("bytes=-5", 100, 1000) == ByteRange{95, 5});
  CHECK(parse_range("bytes=-500", 100, 1000) == ByteRange{0, 100});
  for (const char* bad : {"", "bytes", "bytes=", "bytes=-", "bytes=-0", "bytes=100-", "bytes=5-4", "bytes=0-1,3-4", "bytes=a-b", "bytes=1-2x",
                          "items=0-1", "bytes=18446744073709551616-", "bytes= 1-2", "bytes=--1", "bytes=0-18446744073709551616"}) {
    CAPTURE(bad);
    CHECK(!parse_range(bad, 100, 1000));
  }
  CHECK(!parse_range("bytes=0-", 0, 1000));
}

TEST_CASE("parameters that are not whole numbers are refused") {
  for (const char* bad : {"", "-1", "1.5", "1x", "99999999999999999999", "9223372036854775808"}) {
    const HttpRequest request{"/", {{"n", bad}}, ""};
    CHECK_THROWS_AS(number_param(request, "n"), InputError);
  }
  CHECK(number_param({"/", {{"n", "12"}}, ""}, "n") == 12);
  CHECK_THROWS_AS(number_param({}, "n"), InputError);
}

TEST_CASE("a build without cpp-httplib says so") {
  if (serve_supported()) return;
  CHECK(contains(error_of([] { HttpServer server(kAnyPort, echo); }), "this build cannot serve pages"));
}

TEST_CASE("replies carry the headers that keep the page to itself" * doctest::skip(!serve_supported())) {
  const HttpServer server(kAnyPort, echo);
  CHECK(server.address().port > 0);
  const Reply reply = get(server.address(), "/a%20b?x=1&y=%3Cscript%3E", "Accept-Encoding: gzip, br\r\nRange: bytes=1-2\r\n");
  CHECK(reply.status == 200);
  CHECK(reply.body == "/a b x=1 y=<script>");
  CHECK(reply.header("Content-Length") == std::to_string(reply.body.size()));
  CHECK(reply.header("Content-Encoding").empty());
  CHECK(reply.header("Content-Type") == "text/plain; charset=utf-8");
  CHECK(contains(reply.header("Content-Security-Policy"), "default-src 'none'"));
  CHECK(contains(reply.header("Content-Security-Policy"), "frame-ancestors 'none'"));
  CHECK(reply.header("X-Content-Type-Options") == "nosniff");
  CHECK(reply.header("Cross-Origin-Resource-Policy") == "same-origin");
  CHECK(reply.header("Access-Control-Allow-Origin").empty());
  CHECK(reply.header("Cache-Control") == "no-store");
}

TEST_CASE("requests with another method or host are refused" * doctest::skip(!serve_supported())) {
  const HttpServer server(kAnyPort, echo);
  CHECK(get(server.address(), "/", "Host: evil.example:80\r\n").status == 421);
  CHECK(get(server.address(), "/", "Host: localhost\r\nHost: evil.example\r\n").status == 421);
  CHECK(get(server.address(), "/", "Host: 127.0.0.1:1\r\n").status == 200);
  for (const char* method : {"HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"}) {
    CAPTURE(method);
    const Connection connection(server.address());
    connection.send(std::string(method) + " / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    CHECK(reply_of(connection.read_all()).status == 405);
  }
}

TEST_CASE("the body of a refused request never becomes a request" * doctest::skip(!serve_supported())) {
  const HttpServer server(kAnyPort, echo);
  const std::string inner = "GET /secret HTTP/1.1\r\nHost: localhost\r\n\r\n";
  for (const std::string more : {"", "Range: bytes=x\r\n"}) {
    const Connection connection(server.address());
    connection.send("POST / HTTP/1.1\r\nHost: evil.example\r\n" + more + "Content-Length: " + std::to_string(inner.size()) + "\r\n\r\n" + inner);
    const std::string all = connection.read_all();
    CHECK(!contains(all, "/secret"));
    CHECK(all.find("HTTP/1.1 4") == 0);
    CHECK(all.rfind("HTTP/1.1") == 0);
  }
}

TEST_CASE("malformed requests end with an error and leave the server running" * doctest::skip(!serve_supported())) {
  const HttpServer server(kAnyPort, echo);
  std::string ranges = "Range: bytes=0-0";
  while (ranges.size() < 8000) ranges += ",0-0";
  for (const std::string text : {"\r\n\r\n", "GET\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "\x16\x03\x01\x02\r\n\r\n"}) {
    const Connection connection(server.address());
    connection.send(text);
    const std::string all = connection.read_all();
    CHECK((all.empty() || contains(all, "HTTP/1.1 400")));
  }
  const int status = get(server.address(), "/", ranges + "\r\n").status; // a range of a reply that is not a file is ignored
  CHECK((status == 200 || status == 416));
  CHECK(get(server.address(), "/" + std::string(9000, 'a')).status == 414);
  CHECK(get(server.address(), "/throw").status == 400);
  CHECK(get(server.address(), "/missing").status == 500);
  CHECK(get(server.address(), "/ok").body == "/ok");
}

TEST_CASE("files are served by range" * doctest::skip(!serve_supported())) {
  const testing::TempDir dir;
  std::string bytes;
  for (int i = 0; i < 20 << 20; i++) bytes += char(i * 7 + (i >> 8));
  testing::write_bytes(dir / "clip", bytes);
  const HttpServer server(kAnyPort, [&](const HttpRequest&) { return HttpReply{.type = "video/mp4", .file = dir / "clip"}; });
  const auto part = [&](const std::string& range) { return get(server.address(), "/", "Range: " + range + "\r\n"); };

  const Reply middle = part("bytes=1000-1999");
  CHECK(middle.status == 206);
  CHECK(middle.body == bytes.substr(1000, 1000));
  CHECK(middle.header("Content-Range") == "bytes 1000-1999/20971520");
  CHECK(middle.header("Content-Type") == "video/mp4");
  const Reply start = part("bytes=0-"); // a part only: a browser that stops reading does not keep a thread
  CHECK(start.status == 206);
  CHECK(start.body == bytes.substr(0, 8 << 20));
  CHECK(start.header("Content-Range") == "bytes 0-8388607/20971520");
  CHECK(part("bytes=-3").body == bytes.substr(bytes.size() - 3));
  for (const char* bad : {"bytes=20971520-", "bytes=5-4", "bytes=0-1,5-6", "bytes=x", "lines=1-2"}) {
    CAPTURE(bad);
    const Reply reply = part(bad);
    CHECK(reply.status == 416);
    CHECK(reply.body.size() < 100);
  }
  CHECK(part("bytes=20971520-").header("Content-Range") == "bytes */20971520");
  const Reply whole = get(server.address(), "/");
  CHECK(whole.status == 200);
  CHECK(whole.body == bytes);
  CHECK(whole.header("Accept-Ranges") == "bytes");
}

TEST_CASE("a port that is in use is an error of one line" * doctest::skip(!serve_supported())) {
  const HttpServer server(kAnyPort, echo);
  const std::string error = error_of([&] { HttpServer second(server.address(), echo); });
  CHECK(contains(error, "expected an address of this machine with a free port: Address already in use"));
  CHECK(contains(error, "127.0.0.1:" + std::to_string(server.address().port)));
  CHECK_THROWS_AS(HttpServer({"192.0.2.1", 0}, echo), InputError); // not of this machine (RFC 5737)
}

TEST_CASE("connections that send or take nothing neither stop the server nor its end" * doctest::skip(!serve_supported())) {
  const testing::TempDir dir;
  testing::write_bytes(dir / "clip", std::string(32 << 20, 'x')); // more than the system buffers
  const auto answer = [&](const HttpRequest& request) { return request.path == "/clip" ? HttpReply{.file = dir / "clip"} : echo(request); };
  std::vector<std::unique_ptr<Connection>> idle;
  const auto begin = std::chrono::steady_clock::now();
  {
    const HttpServer server(kAnyPort, answer);
    const auto stall = [&](int count) {
      for (int i = 0; i < count; i++) {
        idle.push_back(std::make_unique<Connection>(server.address()));
        if (i % 2 == 0) idle.back()->send("GET /clip HTTP/1.1\r\nHost: localhost\r\n\r\n");
      }
    };
    stall(30);
    CHECK(get(server.address(), "/ok").status == 200); // when the others have been disconnected
    stall(10);
  }
  CHECK(std::chrono::steady_clock::now() - begin < std::chrono::seconds(25));
}

} // namespace
} // namespace pose::serve
