// The progress line.
// SPDX-License-Identifier: MIT
#include "cli/progress.h"

#include "cli/console.h"

#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <string>

namespace pose::apps {
namespace {

constexpr std::size_t kWidth = 30; // characters of the bar

} // namespace

Progress::Progress(std::size_t total, const char* unit, bool quiet)
    : total_(total), unit_(unit), shown_(!quiet && isatty(STDERR_FILENO) == 1), start_(std::chrono::steady_clock::now()) {}

Progress::~Progress() {
  if (shown_ && done_ > 0) say("\n");
}

void Progress::step() {
  done_++;
  if (!shown_) return;
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  const double rate = double(done_) / seconds;
  if (total_ == 0) {
    say("\r{} {}  {:.2f} {}/s \x1b[K", done_, unit_, rate, unit_);
    return;
  }
  const std::size_t filled = kWidth * std::min(done_, total_) / total_;
  say("\r[{}{}] {}/{}  {:.2f} {}/s  {:.0f} s left \x1b[K", std::string(filled, '#'), std::string(kWidth - filled, '.'), done_, total_, rate, unit_,
      double(total_ - std::min(done_, total_)) / rate);
}

void Progress::clear() {
  if (shown_) say("\r\x1b[K");
}

} // namespace pose::apps
