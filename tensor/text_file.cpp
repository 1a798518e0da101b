// Implements text_file.h.  glibc's iconv converts UTF-16.
// SPDX-License-Identifier: MIT
#include "tensor/text_file.h"

#include "tensor/error.h"
#include "tensor/file.h"

#include <iconv.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace pose {
namespace {

std::string from_utf16(std::string text, const std::string& path) {
  const iconv_t converter = iconv_open("UTF-8", "UTF-16"); // takes the byte order from the mark, and drops it
  std::string converted(text.size() / 2 * 3, 0);           // a unit of two bytes becomes three bytes or fewer
  char *from = text.data(), *to = converted.data();
  std::size_t left = text.size(), room = converted.size();
  const bool known = converter != iconv_t(-1);
  const bool ok = known && iconv(converter, &from, &left, &to, &room) != std::size_t(-1);
  if (known) iconv_close(converter);
  if (!ok) fail("{}: expected UTF-8 or UTF-16 text, found neither at byte {}", path, text.size() - left);
  converted.resize(converted.size() - room);
  return converted;
}

// A pipe may be read, too.
std::string bytes_of(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_regular_file(path, ignored)) {
    const std::vector<std::byte> bytes = read_file(path);
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  std::ifstream in(path, std::ios::binary);
  if (!in || std::filesystem::is_directory(path, ignored)) fail("{}: expected a readable text file", path);
  return {std::istreambuf_iterator<char>(in), {}};
}

} // namespace

std::string read_text(const std::string& path) {
  std::string text = bytes_of(path);
  if (text.starts_with("\xff\xfe") || text.starts_with("\xfe\xff")) text = from_utf16(std::move(text), path);
  if (text.starts_with("\xef\xbb\xbf")) text.erase(0, 3);
  if (text.find('\0') != text.npos) fail("{}: expected UTF-8 text, or UTF-16 with a byte order mark, found a zero byte", path);
  return text;
}

std::string first_bytes(const std::string& path, std::size_t count) {
  std::error_code ignored;
  if (!std::filesystem::is_regular_file(path, ignored)) return "";
  std::ifstream in(path, std::ios::binary);
  std::string bytes(count, 0);
  in.read(bytes.data(), std::streamsize(count));
  bytes.resize(std::size_t(in.gcount()));
  return bytes;
}

std::string lower_case(std::string text) {
  for (char& c : text) c = c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c;
  return text;
}

std::string ending_of(const std::string& path) {
  return lower_case(std::filesystem::path(path).extension());
}

} // namespace pose
