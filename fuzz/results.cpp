// Results: lines of JSON, files of them, and their index.
// SPDX-License-Identifier: MIT
#include "fuzz/edit_json.h"
#include "fuzz/memory_file.h"
#include "results/check.h"
#include "results/frame_reader.h"
#include "results/jsonl.h"
#include "serve/frame_json.h"
#include "serve/line_index.h"

#include <fmt/format.h>

#include <stdexcept>

namespace pose::fuzz {
namespace {

// What was read must be written and read again.
std::string read_result_line(View bytes) {
  const FrameResult result = parse_line(as_text(bytes), "input:1");
  const std::string line = format_line(result);
  if (format_line(parse_line(line, "input:1")) != line) throw std::logic_error("expected the same line after writing and reading");
  return fmt::format("{} people {}", result.people.size(), serve::frame_json(result).size());
}

// check_results() reports every bad line; the reader ends at the first.
std::string read_file(View bytes) {
  static MemoryFile file;
  const CheckReport report = check_results(file.write(bytes), [](const std::string&) {});
  FrameReader reader(file.path());
  while (reader.read()) {
  }
  return fmt::format("{} lines {} people {} problems", report.lines, report.people, report.problems);
}

// Reads every line that the index has.
std::string read_index(View bytes) {
  static MemoryFile file;
  const serve::LineIndex index(file.write(bytes));
  std::int64_t lines = 0;
  for (std::size_t s = 0; s < index.sources().size(); ++s) {
    const auto source = std::int64_t(s);
    for (std::int64_t i = 0; i < index.sources()[s].lines; ++i, ++lines) index.line(source, i);
    index.line_at(source, 0.5);
  }
  return fmt::format("{} lines {} broken", lines, index.broken());
}

const Registration line({"result_line", {256 << 10, 1024}, read_result_line, edit_json});
const Registration file({"results", {2 << 20, 1024}, read_file, edit_json_line});
const Registration index({"line_index", {4 << 20, 1024}, read_index, edit_json_line});

} // namespace
} // namespace pose::fuzz
