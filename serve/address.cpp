// Implements address.h.
// SPDX-License-Identifier: MIT
#include "serve/address.h"

#include "tensor/error.h"
#include "tensor/text_file.h"

#include <arpa/inet.h>

#include <algorithm>

namespace pose::serve {
namespace {

bool is_ipv4(const std::string& host) {
  in_addr parsed{};
  return inet_pton(AF_INET, host.c_str(), &parsed) == 1;
}

bool is_ipv6(const std::string& host) {
  in6_addr parsed{};
  return inet_pton(AF_INET6, host.c_str(), &parsed) == 1;
}

bool has_digits_only(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

// Splits HOST:PORT at the last colon that is not inside brackets.  Without such a colon the port is empty.
std::pair<std::string, std::string> host_and_port(const std::string& text) {
  const std::size_t colon = text.rfind(':'), bracket = text.rfind(']');
  if (colon == std::string::npos || (bracket != std::string::npos && colon < bracket)) return {text, ""};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

} // namespace

bool Address::loopback() const {
  return host == "::1" || host.rfind("127.", 0) == 0;
}

Address parse_address(const std::string& text) {
  constexpr int kMaxPort = 65535;
  const auto refuse = [&] [[noreturn]] {
    fail<InputError>("expected an address such as 127.0.0.1:8000, [::1]:8000 or 8000 (port 0: any free one), found '{}'", text.substr(0, 80));
  };
  auto [host, port] = has_digits_only(text) ? std::pair<std::string, std::string>("localhost", text) : host_and_port(text);
  if (!has_digits_only(port) || port.size() > 5 || std::stoi(port) > kMaxPort) refuse();
  Address address;
  address.port = std::stoi(port);
  if (host == "localhost") return address;
  const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
  address.host = bracketed ? host.substr(1, host.size() - 2) : host;
  if (!(bracketed ? is_ipv6(address.host) : is_ipv4(address.host))) refuse();
  return address;
}

std::string url_of(const Address& address) {
  const bool ipv6 = address.host.find(':') != std::string::npos;
  return fmt::format("http://{}:{}/", ipv6 ? "[" + address.host + "]" : address.host, address.port);
}

bool host_allowed(const Address& address, const std::string& host_header) {
  if (!address.loopback()) return true;
  const std::string host = lower_case(host_and_port(host_header).first);
  return host == "localhost" || host == "[::1]" || (is_ipv4(host) && host.rfind("127.", 0) == 0);
}

} // namespace pose::serve
