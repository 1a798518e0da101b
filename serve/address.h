// The address that a server binds to, and which names a browser may call it by.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace pose::serve {

struct Address {
  std::string host = "127.0.0.1"; // numeric, IPv6 without brackets
  int port = 8000;                // 0: any free port
  bool loopback() const;          // whether other machines cannot reach it
};

// Reads HOST:PORT, [IPV6]:PORT or PORT, which is on 127.0.0.1.  HOST is numeric or localhost: no name is looked up.  Throws InputError.
Address parse_address(const std::string& text);

// Returns http://HOST:PORT/.
std::string url_of(const Address& address);

// Returns whether a request with this Host header may be answered.  On a loopback address the header must name this machine.  Otherwise a page of
// another site, whose name an attacker lets point to 127.0.0.1, could read the replies (DNS rebinding).  The port is free, since it differs in an SSH
// tunnel.
bool host_allowed(const Address& address, const std::string& host_header);

} // namespace pose::serve
