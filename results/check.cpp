// Implements check.h.
// SPDX-License-Identifier: MIT
#include "results/check.h"

#include "results/frame_reader.h"
#include "results/key.h"
#include "tensor/error.h"

namespace pose {

namespace {

// Compares each line with the one before it and with the first one.
class Order {
public:
  // Returns what is wrong, "" for nothing.
  std::string problem_of(const FrameResult& frame) {
    const std::string problem = compare(frame);
    source_ = frame.source;
    frame_ = frame.frame;
    time_ = frame.time;
    return problem;
  }

private:
  std::string compare(const FrameResult& frame) {
    const std::string settings = frame.key.substr(0, kSettingsDigits);
    if (settings_.empty()) settings_ = settings;
    if (settings != settings_) return fmt::format("expected a key that begins with {} as the first one, found {}", settings_, frame.key);
    if (!time_ || !frame.time || frame.source != source_) return "";
    if (frame.frame <= frame_) return fmt::format("expected a frame after {} of {}, found {}", frame_, source_, frame.frame);
    if (*frame.time < *time_) return fmt::format("expected a time from {} s on, found {} s", *time_, *frame.time);
    return "";
  }

  std::string settings_, source_; // of the first line; of the line before
  std::int64_t frame_ = 0;
  std::optional<double> time_;
};

} // namespace

CheckReport check_results(const std::string& path, const std::function<void(const std::string&)>& problem, const std::function<bool()>& stop) {
  FrameReader reader(path, stop);
  CheckReport report;
  Order order;
  const auto found = [&](const std::string& text) {
    ++report.problems;
    problem(one_line(text));
  };
  for (bool more = true; more;) {
    if (stop && stop()) fail<Interrupted>("{}: interrupted", path);
    const std::int64_t before = reader.line();
    try {
      const std::optional<FrameResult> frame = reader.read();
      more = frame.has_value();
      if (!more) break;
      report.people += std::int64_t(frame->people.size());
      report.errors += frame->error.empty() ? 0 : 1;
      const std::string text = order.problem_of(*frame);
      if (!text.empty()) found(reader.place() + ": " + text);
    } catch (const DataError& e) {
      if (reader.line() == before) throw; // not of a line
      found(e.what());
    }
  }
  report.lines = reader.line();
  if (reader.torn()) found(fmt::format("{}:{}: expected a line feed at the end of the line, found a torn line", path, reader.line() + 1));
  return report;
}

} // namespace pose
