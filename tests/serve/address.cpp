// Tests serve/address.h.
// SPDX-License-Identifier: MIT
#include "serve/address.h"

#include "tests/error_of.h"

#include <doctest/doctest.h>

namespace pose::serve {
namespace {

using testing::contains;
using testing::error_of;

TEST_CASE("addresses are a numeric host and a port") {
  struct Case {
    const char *text, *host;
    int port;
    bool loopback;
  };
  for (const Case& c :
       {Case{"127.0.0.1:8000", "127.0.0.1", 8000, true}, Case{"localhost:0", "127.0.0.1", 0, true}, Case{"8080", "127.0.0.1", 8080, true},
        Case{"0.0.0.0:65535", "0.0.0.0", 65535, false}, Case{"[::1]:80", "::1", 80, true}, Case{"[::]:80", "::", 80, false},
        Case{"127.1.2.3:1", "127.1.2.3", 1, true}, Case{"192.168.0.7:8000", "192.168.0.7", 8000, false}}) {
    const Address address = parse_address(c.text);
    CHECK(address.host == c.host);
    CHECK(address.port == c.port);
    CHECK(address.loopback() == c.loopback);
  }
  CHECK(url_of(parse_address("8080")) == "http://127.0.0.1:8080/");
  CHECK(url_of(parse_address("[::1]:80")) == "http://[::1]:80/");
}

TEST_CASE("an address that is not one gives one line") {
  for (const char* text :
       {"", ":", ":8000", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:1x", "127.0.0.1:99999999999", "::1:80", "[::1]",
        "[::1]80", "[127.0.0.1]:80", "example.com:80", "127.0.0.1.evil:80", "1.2.3:80", "300.0.0.1:80", "a\nb:80", "65536"}) {
    CAPTURE(text);
    const std::string error = error_of([&] { parse_address(text); });
    CHECK(contains(error, "expected an address such as 127.0.0.1:8000"));
    CHECK(error.find('\n') == std::string::npos);
    CHECK_THROWS_AS(parse_address(text), InputError);
  }
}

TEST_CASE("on a loopback address only names of this machine are hosts") {
  const Address local = parse_address("127.0.0.1:8000"), open = parse_address("0.0.0.0:8000");
  for (const char* host : {"localhost", "localhost:8000", "LocalHost:9", "127.0.0.1:8000", "127.0.0.1", "[::1]:8000", "[::1]"}) {
    CAPTURE(host);
    CHECK(host_allowed(local, host));
  }
  for (const char* host : {"", "evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example:8000", "evil.example#localhost",
                           "192.168.0.7", "0.0.0.0:8000", "::1", "localhost:8000:80"}) {
    CAPTURE(host);
    CHECK(!host_allowed(local, host));
    CHECK(host_allowed(open, host));
  }
}

} // namespace
} // namespace pose::serve
