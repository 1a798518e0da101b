// Implements client.h.
// SPDX-License-Identifier: MIT
#include "tests/serve/client.h"

#include <doctest/doctest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

namespace pose::testing {

Connection::Connection(const serve::Address& address) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(std::uint16_t(address.port));
  REQUIRE(inet_pton(AF_INET, address.host.c_str(), &to.sin_addr) == 1);
  const timeval seconds{20, 0};
  setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &seconds, sizeof seconds);
  REQUIRE(connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0);
}

Connection::~Connection() {
  close(fd_);
}

void Connection::send(const std::string& text) const {
  REQUIRE(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == ssize_t(text.size()));
}

std::string Connection::read_all() const {
  std::string all, piece(1 << 16, '\0');
  for (ssize_t got = 0; (got = recv(fd_, piece.data(), piece.size(), 0)) > 0;) all.append(piece, 0, std::size_t(got));
  return all;
}

std::string Reply::header(const std::string& name) const {
  const std::size_t at = head.find("\r\n" + name + ": ");
  if (at == std::string::npos) return "";
  const std::size_t begin = at + name.size() + 4;
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

Reply reply_of(const std::string& text) {
  const std::size_t blank = text.find("\r\n\r\n");
  REQUIRE(blank != std::string::npos);
  return {std::stoi(text.substr(text.find(' ') + 1)), text.substr(0, blank + 2), text.substr(blank + 4)};
}

Reply get(const serve::Address& address, const std::string& target, const std::string& headers) {
  const Connection connection(address);
  const std::string host = headers.find("Host:") == std::string::npos ? "Host: localhost\r\n" : "";
  connection.send("GET " + target + " HTTP/1.1\r\n" + host + headers + "\r\n");
  return reply_of(connection.read_all());
}

} // namespace pose::testing
