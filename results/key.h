// KeyMaker: the key of a result, made of the content of its source and of the settings, so that --resume knows what is done.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace pose {

// Everything that changes numbers, by name: models with the hashes of their files, thresholds, sizes, device ...  The order does not matter.
using Settings = std::vector<std::pair<std::string, std::string>>;

// Returns a hash of a file's content.  Reads the whole file up to 16 MiB, and of a larger one its size and 16 pieces of 1 MiB: the first, the last,
// and others at equal distances.  Throws Error where the file cannot be read.
std::uint64_t content_hash(const std::string& path);
// Returns the same for the bytes of a file.
std::uint64_t content_hash(std::span<const std::byte> bytes);

// The first digits of a key, which depend on the settings only.
inline constexpr std::size_t kSettingsDigits = 4;

// A key has 16 hexadecimal digits: kSettingsDigits, and 12 that depend on content and settings.  Renamed and moved files keep their keys.
class KeyMaker {
public:
  explicit KeyMaker(Settings settings);

  // Returns the key of a source: by its content if it is a file that can be read, else (URL, camera, "-", missing file) by its name.
  std::string of(const std::string& source) const;
  // Returns the same, and throws Error for a file that exists but cannot be read.
  std::string of_readable(const std::string& source) const;
  // Returns the key of a file with this content_hash().
  std::string of_content(std::uint64_t hash) const { return with_settings(hash); }
  // Returns the key of any text.
  std::string of_text(const std::string& text) const;
  // Returns the digits with which all keys of these settings begin.
  const std::string& settings_digits() const { return digits_; }

private:
  std::string with_settings(std::uint64_t hash) const;

  std::uint64_t settings_ = 0;
  std::string digits_;
};

} // namespace pose
