// Implements http.h in builds without cpp-httplib: nothing can be served.
// SPDX-License-Identifier: MIT
#include "serve/http.h"

#include "tensor/error.h"

namespace pose::serve {

struct HttpServer::Impl {
  Address address;
};

HttpServer::HttpServer(const Address&, Handler) {
  fail<InputError>(
      "this build cannot serve pages: expected cpp-httplib when it was configured (Debian: libcpp-httplib-dev, then meson setup --wipe)");
}

HttpServer::~HttpServer() = default;

const Address& HttpServer::address() const {
  return impl_->address;
}

bool serve_supported() {
  return false;
}

} // namespace pose::serve
