// The page that shows running programs and finished results; the build makes page.cpp from serve/page (scripts/lib/embed_page.py).
// SPDX-License-Identifier: MIT
#pragma once

#include "serve/http.h"

#include <span>
#include <string_view>

namespace pose::serve {

extern const std::span<const std::string_view> kPage; // the parts of its text

inline HttpReply page_reply() {
  HttpReply reply{.type = "text/html; charset=utf-8"};
  for (const std::string_view part : kPage) reply.body += part;
  return reply;
}

} // namespace pose::serve
