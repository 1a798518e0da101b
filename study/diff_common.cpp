// Implements diff_common.h.
// SPDX-License-Identifier: MIT
#include "study/diff_common.h"

#include "study/report_html.h"
#include "tensor/file.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <memory>

namespace pose::study {

TensorFile open_dump(const std::string& path) {
  try {
    return TensorFile(path);
  } catch (const Error& e) {
    throw DataError(e.what());
  }
}

ChunkReader reader_of(const TensorFile& file, const TensorFile::Entry& entry) {
  try {
    return [numbers = file.numbers(entry)](const Chunk& chunk, float* to) { numbers.read(chunk.first, std::span(to, std::size_t(chunk.count))); };
  } catch (const Error& e) {
    throw DataError(e.what());
  }
}

const TensorFile::Entry* find_layer(const TensorFile& file, const std::string& name, const std::vector<std::int64_t>& sides,
                                    const std::string& whose) {
  const TensorFile::Entry* entry = file.find(name);
  if (entry != nullptr && entry->shape != sides) {
    fail<DataError>("{}: {}: expected shape [{}] as of {}, found [{}]", file.path(), name, fmt::join(sides, ", "), whose,
                    fmt::join(entry->shape, ", "));
  }
  return entry;
}

DiffSide side_of(const TensorFile& file) {
  const auto model = file.metadata().find("model");
  return {model != file.metadata().end() ? model->second : std::filesystem::path(file.path()).filename().string(), file.path(), file.metadata(),
          file.left_out()};
}

void add_graph(const std::map<std::string, std::string>& metadata, const std::string& source, std::vector<LayerDiff>& layers) {
  const auto text = metadata.find("layers");
  if (text == metadata.end()) return;
  const auto refuse = [&] {
    fail<DataError>("{}: expected metadata `layers` as a JSON list of objects with name, op and inputs, found other text", source);
  };
  if (text->second.find('\0') != std::string::npos) refuse(); // the parser would end there
  // Copying JSON is recursive.  A limit on the nesting keeps a hostile file from overflowing the stack.
  const nlohmann::json::parser_callback_t limit = [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    constexpr int kMaxDepth = 8;
    if (depth > kMaxDepth) refuse();
    return true;
  };
  try {
    std::map<std::string, nlohmann::json> known;
    for (const nlohmann::json& entry : nlohmann::json::parse(text->second, limit)) known[entry.at("name")] = entry;
    for (LayerDiff& l : layers) {
      const auto at = known.find(l.name);
      if (at == known.end() || !l.op.empty()) continue;
      l.op = at->second.at("op");
      l.inputs = at->second.at("inputs").get<std::vector<std::string>>();
    }
  } catch (const nlohmann::json::exception&) {
    refuse();
  }
}

Summary compare_chunks(const std::vector<Chunk>& chunks, const ChunkReader& ours, const ChunkReader& reference, const ChunkBounds& bounds) {
  Statistics statistics;
  std::vector<float> got, want;
  for (const Chunk& chunk : chunks) {
    got.resize(std::size_t(chunk.count));
    want.resize(got.size());
    ours(chunk, got.data());
    reference(chunk, want.data());
    if (bounds.each)
      statistics.add(got, want, bounds.each(chunk, want));
    else
      statistics.add(got, want, bounds.absolute, bounds.relative);
  }
  return statistics.summary();
}

ChunkBounds total_bounds(const Tolerance& tolerance, int depth, const std::vector<Chunk>& chunks, const ChunkReader& reference) {
  return tolerance.kind == Tolerance::Kind::bound ? inherited_bounds(depth, chunks, reference) : elementwise_bounds(tolerance);
}

bool wants_heat_images(const DiffOptions& options) {
  return !options.json.empty() || !options.html.empty();
}

bool finish_diff(const DiffReport& report, const DiffOptions& options) {
  const bool none = report.layers.empty();
  if (report.interrupted) {
    if (!none) print_diff(report);
    throw Interrupted("interrupted: no files were written");
  }
  if (none && options.only.empty())
    fail<DataError>("{}: expected layers of the same names as {}, found none of its {}", report.reference.source, report.ours.source,
                    report.only_ours.size());
  if (none) fail<InputError>("--only {}: expected to match a layer that both sides have, found none", options.only);
  print_diff(report);
  if (wants_heat_images(options)) {
    const nlohmann::json json = to_json(report);
    if (!options.json.empty()) write_file(options.json, json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    if (!options.html.empty()) write_report(options.html, json);
  }
  const bool missing = !report.only_ours.empty() || !report.only_reference.empty();
  return report.first_bad() == nullptr && !(options.strict && missing);
}

} // namespace pose::study
