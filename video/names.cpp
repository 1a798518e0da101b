// Implements is_video_name() of reader.h, for builds with and without FFmpeg.
// SPDX-License-Identifier: MIT
#include "tensor/text_file.h"
#include "video/reader.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace pose {

bool is_video_name(const std::string& name) {
  static constexpr std::array<std::string_view, 18> extensions{"3gp",  "avi", "flv", "m2ts", "m4v", "mjpeg", "mkv", "mov",  "mp4",
                                                               "mpeg", "mpg", "mts", "mxf",  "ogv", "ts",    "vob", "webm", "wmv"};
  const std::size_t dot = name.find_last_of("./");
  if (dot == std::string::npos || name[dot] != '.') return false;
  const std::string extension = lower_case(name.substr(dot + 1));
  return std::find(extensions.begin(), extensions.end(), extension) != extensions.end();
}

} // namespace pose
