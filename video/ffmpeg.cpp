// Implements ffmpeg.h.
// SPDX-License-Identifier: MIT
#include "video/ffmpeg.h"

#include <cstdarg>
#include <cstdio>
#include <mutex>

namespace pose::ffmpeg {
namespace {

constexpr std::size_t kLongestMessage = 400;
thread_local LogCatcher* catcher = nullptr;

// Returns whether the object that wrote a message is a demuxer.  Its first member is its class.
bool is_demuxer(void* object) {
  const AVClass* type = object != nullptr ? *static_cast<const AVClass* const*>(object) : nullptr;
  if (type == nullptr) return false;
  const AVClassCategory category = type->get_category != nullptr ? type->get_category(object) : type->category;
  return category == AV_CLASS_CATEGORY_DEMUXER;
}

} // namespace

LogCatcher::LogCatcher() : outer_(catcher) {
  static std::once_flag once;
  std::call_once(once, [] { av_log_set_callback(callback); });
  catcher = this;
}

LogCatcher::~LogCatcher() {
  catcher = outer_;
}

// A message may come in pieces; the last piece ends with a line feed.
void LogCatcher::callback(void* object, int level, const char* format, va_list arguments) {
  if (catcher == nullptr || level > AV_LOG_ERROR) return;
  char text[kLongestMessage];
  if (std::vsnprintf(text, sizeof text, format, arguments) < 0) return;
  std::string& line = catcher->line_;
  line += text;
  const bool whole = !line.empty() && (line.back() == '\n' || line.size() >= kLongestMessage);
  if (!whole) return;
  line.resize(line.find_last_not_of("\n .") + 1); // npos + 1 is 0
  if (!line.empty()) catcher->last_ = line;
  if (!line.empty() && is_demuxer(object)) catcher->last_of_demuxer_ = line;
  line.clear();
}

std::string reason(int code, const std::string& log) {
  char text[AV_ERROR_MAX_STRING_SIZE] = {};
  av_strerror(code, text, sizeof text);
  return log.empty() ? text : fmt::format("{} ({})", text, log);
}

} // namespace pose::ffmpeg
