// Implements place.h.
// SPDX-License-Identifier: MIT
#include "tensor/place.h"

#include "tensor/error.h"
#include "tensor/hash.h"

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <optional>
#include <span>
#include <system_error>

namespace fs = std::filesystem;

namespace pose {
namespace {

constexpr int kMostLinks = 40; // as Linux

// Returns the number of a name in /proc/PID/fd, whose links lead to open descriptors rather than to files.
std::optional<int> descriptor_of(const fs::path& folder, const std::string& name) {
  std::error_code none;
  int number = 0;
  const char* const end = name.data() + name.size();
  if (const auto [rest, error] = std::from_chars(name.data(), end, number); error != std::errc() || rest != end || number < 0) return std::nullopt;
  const fs::path real = fs::canonical(folder, none);
  if (real == fs::canonical("/proc/self/fd", none) || real == fs::canonical("/proc/thread-self/fd", none)) return number;
  return std::nullopt;
}

bool continues_character(char c) {
  return (static_cast<unsigned char>(c) & 0xc0) == 0x80;
}

} // namespace

std::string OutputPlace::path() const {
  return (fs::path(folder) / name).string();
}

OutputPlace place_of(const std::string& path) {
  fs::path at = path;
  for (int links = 0; links <= kMostLinks; links++) {
    const fs::path folder = at.has_parent_path() ? at.parent_path() : fs::path(".");
    const std::string name = at.filename().string();
    if (name.empty()) fail("{}: cannot be written: {}", path, std::generic_category().message(path.empty() ? ENOENT : EISDIR));
    if (const std::optional<int> descriptor = descriptor_of(folder, name)) return {folder.string(), name, *descriptor};
    std::error_code error;
    const fs::path target = fs::read_symlink(at, error);
    if (error) return {folder.string(), name}; // not a link, or nothing yet
    at = target.is_absolute() ? target : folder / target;
  }
  fail("{}: cannot be written: {}", path, std::generic_category().message(ELOOP));
}

std::string shortened(const std::string& text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  while (bytes > 0 && continues_character(text[bytes])) bytes--;
  return text.substr(0, bytes);
}

std::string fitting_name(const std::string& stem, const std::string& ending) {
  if (stem.size() + ending.size() <= kLongestName) return stem + ending;
  const std::string hash = fmt::format("~{:016x}", hash64(std::as_bytes(std::span(stem))));
  return shortened(stem, kLongestName - ending.size() - hash.size()) + hash + ending;
}

} // namespace pose
