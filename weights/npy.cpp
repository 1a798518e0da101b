// Implements the .npy part of npy.h: header, element types and element order (described in numpy/lib/format.py).
// SPDX-License-Identifier: MIT
#include "weights/npy.h"

#include "tensor/error.h"
#include "tensor/file.h"
#include "weights/npy_types.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cstring>
#include <fmt/format.h>
#include <limits>
#include <string_view>
#include <utility>

namespace pose {

namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);
constexpr std::size_t kMaxDims = 64; // numpy's limit

struct Header {
  std::string type;
  bool fortran_order = false;
  std::vector<std::int64_t> shape;
};

// Parses the header: a Python dict literal with exactly the keys descr, fortran_order and shape, in any order.
class HeaderParser {
public:
  HeaderParser(std::string_view text, const std::string& source) : text_(text), source_(source) {}

  Header parse() {
    Header header;
    bool have_type = false, have_order = false, have_shape = false;
    expect('{');
    while (!take('}')) {
      const std::string key = string();
      expect(':');
      if (key == "descr" && !std::exchange(have_type, true)) {
        header.type = string();
      } else if (key == "fortran_order" && !std::exchange(have_order, true)) {
        header.fortran_order = boolean();
      } else if (key == "shape" && !std::exchange(have_shape, true)) {
        header.shape = tuple();
      } else {
        fail("{}: expected the keys descr, fortran_order, shape once each in the npy header, found '{}'", source_, key);
      }
      if (peek() != '}') expect(',');
    }
    if (!have_type || !have_order || !have_shape) expected("the keys descr, fortran_order and shape");
    if (peek() != '\0' || at_ != text_.size()) expected("nothing after the dictionary");
    return header;
  }

private:
  [[noreturn]] void expected(std::string_view what) const {
    fail("{}: expected {} in the npy header, found something else at character {}", source_, what, at_);
  }

  char peek() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_])) != 0) at_++;
    return at_ < text_.size() ? text_[at_] : '\0';
  }

  bool take(char c) {
    if (peek() != c) return false;
    at_++;
    return true;
  }

  void expect(char c) {
    if (!take(c)) expected(fmt::format("'{}'", c));
  }

  std::string string() {
    const char quote = peek();
    if (quote != '\'' && quote != '"') expected("a quoted string");
    const std::size_t end = text_.find(quote, at_ + 1);
    if (end == std::string_view::npos) expected("a closed string");
    std::string value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return value;
  }

  bool boolean() {
    peek();
    for (const auto& [word, value] : {std::pair<std::string_view, bool>{"True", true}, {"False", false}}) {
      if (text_.substr(at_, word.size()) != word) continue;
      at_ += word.size();
      return value;
    }
    expected("True or False");
  }

  std::int64_t integer() {
    peek();
    std::int64_t value = -1;
    const char* begin = text_.data() + at_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    const bool has_zeros = end - begin > 1 && *begin == '0'; // which Python refuses
    if (error != std::errc() || value < 0 || has_zeros) expected("a size from 0 to 2^63 - 1");
    at_ += std::size_t(end - begin);
    return value;
  }

  // Parses (), (1,), (1, 2) or (1, 2,), but not (1), which is a number in Python.
  std::vector<std::int64_t> tuple() {
    std::vector<std::int64_t> sizes;
    expect('(');
    while (!take(')')) {
      sizes.push_back(integer());
      if (sizes.size() > kMaxDims) expected("at most 64 dimensions");
      if (sizes.size() == 1 || peek() != ')') expect(',');
    }
    return sizes;
  }

  std::string_view text_;
  const std::string& source_;
  std::size_t at_ = 0;
};

std::size_t read_little_endian(std::span<const std::byte> bytes) {
  std::size_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | std::to_integer<std::size_t>(bytes[i]);
  return value;
}

// Converts Fortran order (the first index runs fastest) to C order (the last one does).
std::vector<std::byte> to_c_order(std::span<const std::byte> from, const std::vector<std::int64_t>& shape, std::size_t item) {
  std::vector<std::byte> to(from.size());
  std::vector<std::int64_t> index(shape.size(), 0);
  for (std::size_t at = 0; at < to.size(); at += item) {
    std::int64_t offset = 0;
    for (std::size_t d = shape.size(); d-- > 0;) offset = offset * shape[d] + index[d];
    std::memcpy(&to[at], &from[std::size_t(offset) * item], item);
    for (std::size_t d = shape.size(); d-- > 0 && ++index[d] == shape[d];) index[d] = 0;
  }
  return to;
}

} // namespace

std::int64_t NpyArray::count() const {
  return checked_product("npy array", shape);
}

template <class T> std::vector<T> NpyArray::as() const {
  std::vector<T> values;
  const bool known = with_npy_type(type, [&](auto zero) {
    using From = decltype(zero);
    values.resize(bytes.size() / sizeof(From));
    for (std::size_t i = 0; i < values.size(); i++) {
      From from;
      std::memcpy(&from, &bytes[i * sizeof from], sizeof from);
      if (!convert_exactly(from, values[i])) fail("npy array of type {}: element {} cannot be converted without loss", type, i);
    }
  });
  if (!known) fail("npy array: unknown type {}", type);
  return values;
}

template std::vector<float> NpyArray::as() const;
template std::vector<double> NpyArray::as() const;
template std::vector<std::int8_t> NpyArray::as() const;
template std::vector<std::uint8_t> NpyArray::as() const;
template std::vector<std::int32_t> NpyArray::as() const;
template std::vector<std::int64_t> NpyArray::as() const;

NpyView view_npy(std::span<const std::byte> bytes, const std::string& source) {
  const std::size_t prefix = kMagic.size() + 2;
  if (bytes.size() < prefix || std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) != 0)
    fail("{}: expected an npy file, found no npy magic", source);
  const int major = std::to_integer<int>(bytes[6]), minor = std::to_integer<int>(bytes[7]);
  if (major < 1 || major > 3 || minor != 0) fail("{}: expected npy format 1.0, 2.0 or 3.0, found {}.{}", source, major, minor);
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  bytes = bytes.subspan(prefix);
  const std::size_t length = bytes.size() < length_bytes ? 0 : read_little_endian(bytes.first(length_bytes));
  if (bytes.size() < length_bytes || length > bytes.size() - length_bytes) {
    fail("{}: expected an npy header of {} bytes, found {} bytes to the end of the file", source, length, bytes.size());
  }
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()) + length_bytes, length);
  bytes = bytes.subspan(length_bytes + length);

  Header header = HeaderParser(text, source).parse();
  const std::size_t item = npy_item_size(header.type);
  if (item == 0) fail<OtherTypeError>("{}: expected a little-endian bool, integer or float type, found '{}'", source, header.type);
  const std::int64_t count = checked_product(source, header.shape);
  if (bytes.size() % item != 0 || std::int64_t(bytes.size() / item) != count) {
    fail("{}: expected {} elements of type {} for shape [{}], found {} bytes", source, count, header.type, fmt::join(header.shape, ", "),
         bytes.size());
  }
  return {std::move(header.type), header.fortran_order, std::move(header.shape), bytes};
}

NpyArray parse_npy(std::span<const std::byte> bytes, const std::string& source) {
  NpyView view = view_npy(bytes, source);
  NpyArray array{std::move(view.type), std::move(view.shape), {}};
  if (view.fortran_order)
    array.bytes = to_c_order(view.bytes, array.shape, npy_item_size(array.type));
  else
    array.bytes.assign(view.bytes.begin(), view.bytes.end());
  return array;
}

NpyArray read_npy(const std::string& path) {
  return parse_npy(read_file(path), path);
}

std::vector<std::byte> format_npy_header(const std::vector<std::int64_t>& shape) {
  std::string text =
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}{}), }}", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
  const std::size_t prefix = kMagic.size() + 4; // magic, version, length
  const std::size_t total = (prefix + text.size() + 1 + 63) / 64 * 64;
  text.append(total - prefix - text.size() - 1, ' ');
  text.push_back('\n');
  std::string header(kMagic);
  header += {'\x01', '\x00', char(text.size() & 0xff), char(text.size() >> 8)};
  header += text;
  const auto bytes = std::as_bytes(std::span(header));
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> format_npy(std::span<const float> values, const std::vector<std::int64_t>& shape) {
  std::vector<std::byte> bytes = format_npy_header(shape);
  const auto data = std::as_bytes(values);
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

void write_npy(const std::string& path, std::span<const float> values, const std::vector<std::int64_t>& shape) {
  write_file(path, format_npy(values, shape));
}

} // namespace pose
