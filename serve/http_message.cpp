// Implements what requests and replies of http.h consist of, which does not need cpp-httplib.
// SPDX-License-Identifier: MIT
#include "serve/http.h"

#include "tensor/error.h"

#include <algorithm>
#include <charconv>
#include <limits>

namespace pose::serve {
namespace {

// Reads a whole number that fills the text.  Returns none for anything else, and for one that does not fit.
std::optional<std::uint64_t> number_in(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return value;
}

} // namespace

std::optional<ByteRange> parse_range(const std::string& header, std::uint64_t size, std::uint64_t most) {
  constexpr std::string_view kUnit = "bytes=";
  const std::string_view text = header;
  const std::size_t dash = text.find('-');
  if (text.substr(0, kUnit.size()) != kUnit || dash == std::string_view::npos || size == 0 || most == 0) return {};
  const std::string_view from = text.substr(kUnit.size(), dash - kUnit.size()), to = text.substr(dash + 1);
  const std::optional<std::uint64_t> first = number_in(from), last = number_in(to);
  if ((!first && !from.empty()) || (!last && !to.empty())) return {};
  if (!first) { // the last bytes
    if (!last || *last == 0) return {};
    const std::uint64_t count = std::min(*last, size);
    return ByteRange{size - count, std::min(count, most)};
  }
  if (*first >= size || (last && *last < *first)) return {};
  const std::uint64_t end = last ? std::min(*last, size - 1) : size - 1; // inclusive
  return ByteRange{*first, std::min(end - *first + 1, most)};
}

std::int64_t number_param(const HttpRequest& request, const std::string& name) {
  const auto found = request.params.find(name);
  const std::string text = found == request.params.end() ? "" : found->second;
  const std::optional<std::uint64_t> value = number_in(text);
  if (!value || *value > std::uint64_t(std::numeric_limits<std::int64_t>::max())) {
    fail<InputError>("{}: expected a whole number, found '{}'", name, text.substr(0, 80));
  }
  return std::int64_t(*value);
}

HttpReply text_reply(int status, const std::string& text) {
  return {.status = status, .type = "text/plain; charset=utf-8", .body = text};
}

} // namespace pose::serve
