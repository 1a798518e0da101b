// Implements tolerance.h.
// SPDX-License-Identifier: MIT
#include "study/tolerance.h"

#include "ops/bounds.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>

namespace pose::study {
namespace {

// Parses a finite number >= 0 at the start of the text and removes it from the text.  Returns false where there is none.
bool take_number(std::string_view& text, double& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || !(number >= 0) || std::isinf(number)) return false;
  text.remove_prefix(std::size_t(end - text.data()));
  return true;
}

} // namespace

Tolerance Tolerance::parse(const std::string& text) {
  if (text == "torch") return {};
  if (text == "bound") return {Kind::bound, 0, 0};
  Tolerance t{Kind::given, 0, 0};
  std::string_view rest = text;
  bool ok = take_number(rest, t.rtol) && rest.starts_with(',');
  if (ok) rest.remove_prefix(1);
  if (!ok || !take_number(rest, t.atol) || !rest.empty())
    fail<InputError>("--tolerance {}: expected torch, bound or RTOL,ATOL (two numbers from 0 on)", text);
  return t;
}

const char* Tolerance::name() const {
  return kind == Kind::torch ? "torch" : kind == Kind::bound ? "bound" : "given";
}

std::string Tolerance::text() const {
  if (kind == Kind::bound) return "the bound of roundings";
  return fmt::format("rtol {:g}, atol {:g}", rtol, atol);
}

ChunkBounds elementwise_bounds(const Tolerance& tolerance) {
  return {tolerance.atol, tolerance.rtol};
}

ChunkBounds inherited_bounds(int depth, const std::vector<Chunk>& chunks, const ChunkReader& reference) {
  double scale = 0;
  std::vector<float> values;
  for (const Chunk& chunk : chunks) {
    values.resize(std::size_t(chunk.count));
    reference(chunk, values.data());
    for (const float v : values) {
      if (std::isfinite(v)) scale = std::max(scale, std::fabs(double(v)));
    }
  }
  return {inherited_bound(depth, scale)};
}

ChunkBounds own_bounds(const Graph& graph, int node, const ChunkReader& magnitudes) {
  std::vector<Shape> in;
  for (int id : graph[node].inputs) in.push_back(graph[id].shape);
  const DenseForm form = form_of(graph[node], 1);
  const Op* op = &graph[node].op;
  const auto each = [=](const Chunk& chunk, std::span<const float> want) -> Bound {
    const auto sums = std::make_shared<std::vector<float>>(std::size_t(chunk.count));
    magnitudes(chunk, sums->data());
    return [=](std::int64_t i) {
      const int channel = form.rows ? int((chunk.first + i) % form.shape.c) : 0;
      return 2 * rounding_bound(*op, in, {channel, want[std::size_t(i)], std::fabs(double((*sums)[std::size_t(i)]))});
    };
  };
  return {0, 0, each};
}

} // namespace pose::study
