// Implements media.h.
// SPDX-License-Identifier: MIT
#include "serve/media.h"

#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

namespace fs = std::filesystem;
using namespace std::string_view_literals;

namespace pose::serve {
namespace {

struct Magic {
  std::size_t at;
  std::string_view bytes, type;
};

constexpr Magic kMagic[] = {
    {4, "ftyp"sv, "video/mp4"sv},              // MP4, QuickTime
    {0, "\x1a\x45\xdf\xa3"sv, "video/webm"sv}, // WebM, Matroska
    {8, "AVI "sv, "video/x-msvideo"sv},
    {188, "\x47"sv, "video/mp2t"sv}, // its packets of 188 bytes begin with this byte
    {0, "\0\0\1\xba"sv, "video/mpeg"sv},
    {0, "OggS"sv, "video/ogg"sv},
    {0, "FLV\1"sv, "video/x-flv"sv},
    {0, "\xff\xd8\xff"sv, "image/jpeg"sv},
    {0, "\x89PNG\r\n\x1a\n"sv, "image/png"sv},
};

} // namespace

std::string media_type(const std::string& path) {
  std::error_code error;
  if (!fs::is_regular_file(path, error)) return "";
  std::ifstream in(path, std::ios::binary);
  std::string head(192, '\0');
  in.read(head.data(), std::streamsize(head.size()));
  head.resize(std::size_t(in.gcount()));
  for (const Magic& magic : kMagic) {
    const bool transport = magic.at == 188;
    if (head.size() >= magic.at + magic.bytes.size() && head.compare(magic.at, magic.bytes.size(), magic.bytes) == 0 &&
        (!transport || head[0] == 0x47)) {
      return std::string(magic.type);
    }
  }
  return "";
}

std::string find_media(const std::string& source, const std::string& results) {
  if (source.find('\0') != std::string::npos) return "";
  if (!media_type(source).empty()) return source;
  const std::string next = (fs::path(results).parent_path() / fs::path(source).filename()).string();
  return media_type(next).empty() ? "" : next;
}

} // namespace pose::serve
