// A client of one request, on plain sockets, so that malformed requests can be sent.
// SPDX-License-Identifier: MIT
#pragma once

#include "serve/address.h"

#include <string>

namespace pose::testing {

// A connection to a server of this machine.
class Connection {
public:
  explicit Connection(const serve::Address& address);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  void send(const std::string& text) const;
  std::string read_all() const; // up to the end of the connection, at most 20 seconds

private:
  int fd_;
};

struct Reply {
  int status = 0;
  std::string head, body;
  std::string header(const std::string& name) const; // "" without it
};

Reply reply_of(const std::string& text);
// Sends GET with these further headers ("Name: value\r\n" each), and a Host header unless they have one.
Reply get(const serve::Address& address, const std::string& target, const std::string& headers = "");

} // namespace pose::testing
