// Implements key.h.
// SPDX-License-Identifier: MIT
#include "results/key.h"

#include "tensor/error.h"
#include "tensor/file.h"
#include "tensor/hash.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

namespace pose {

namespace {

constexpr std::size_t kPiece = std::size_t(1) << 20;
constexpr std::size_t kPieces = 16;
constexpr int kSettingsBits = 4 * int(kSettingsDigits); // the other 48 distinguish contents: of a million, two are equal with a probability of 0.002

std::uint64_t hash_of(const std::string& text) {
  return hash64(std::as_bytes(std::span(text)));
}

bool is_file(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::is_regular_file(path, ignored);
}

} // namespace

std::uint64_t content_hash(std::span<const std::byte> bytes) {
  const bool whole = bytes.size() <= kPieces * kPiece;
  std::uint64_t hash = whole ? hash64(bytes) : bytes.size();
  for (std::size_t i = 0; i < kPieces && !whole; ++i) {
    const std::size_t at = (bytes.size() - kPiece) / (kPieces - 1) * i; // of the last piece: less than kPieces before the end
    hash = hash64(i + 1 < kPieces ? bytes.subspan(at, kPiece) : bytes.last(kPiece), hash);
  }
  return hash;
}

std::uint64_t content_hash(const std::string& path) {
  const std::shared_ptr<const MappedFile> file = MappedFile::open(path);
  const std::uint64_t hash = content_hash(file->bytes());
  file->check();
  return hash;
}

KeyMaker::KeyMaker(Settings settings) {
  std::sort(settings.begin(), settings.end());
  std::string text; // with lengths, so that no two lists give the same text
  for (const auto& [name, value] : settings) text += fmt::format("{}:{}={}:{}\n", name.size(), name, value.size(), value);
  settings_ = hash_of(text);
  digits_ = fmt::format("{:0{}x}", settings_ >> (64 - kSettingsBits), kSettingsDigits);
}

std::string KeyMaker::of(const std::string& source) const {
  try {
    return of_readable(source);
  } catch (const Error&) {
    return of_text(source);
  }
}

std::string KeyMaker::of_readable(const std::string& source) const {
  return is_file(source) ? of_content(content_hash(source)) : of_text(source);
}

std::string KeyMaker::of_text(const std::string& text) const {
  return with_settings(hash_of("name:" + text));
}

std::string KeyMaker::with_settings(std::uint64_t hash) const {
  const std::uint64_t pair[] = {settings_, hash};
  return fmt::format("{}{:012x}", digits_, hash64(std::as_bytes(std::span(pair))) >> kSettingsBits);
}

} // namespace pose
