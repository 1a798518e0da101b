// Converts a DiffReport to JSON.
// SPDX-License-Identifier: MIT
#include "study/diff_report.h"

#include <nlohmann/json.hpp>

#include <cmath>

namespace pose::study {
namespace {

using Json = nlohmann::json;

// Returns a number, or a string for NaN and infinities, which JSON cannot represent.
Json number(double v) {
  if (std::isnan(v)) return "nan";
  if (std::isinf(v)) return v > 0 ? "inf" : "-inf";
  return v;
}

// Encodes bytes in base64 (RFC 4648).
std::string base64(const std::vector<std::uint8_t>& bytes) {
  constexpr char kDigits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < 3; k++) bits = bits << 8 | (k < count ? bytes[i + k] : 0u);
    for (std::size_t k = 0; k < 4; k++) text += k <= count ? kDigits[bits >> (18 - 6 * k) & 63] : '=';
  }
  return text;
}

// Returns the index, in every dimension, of element i of a tensor.
std::vector<std::int64_t> place_of(std::int64_t i, const std::vector<std::int64_t>& shape) {
  std::vector<std::int64_t> place(shape.size());
  for (std::size_t d = shape.size(); d-- > 0; i /= shape[d]) place[d] = i % shape[d];
  return place;
}

Json stats(const Summary& s, const std::vector<std::int64_t>& shape) {
  const Difference& d = s.difference;
  const Json place = d.index < 0 ? Json::array() : Json(place_of(d.index, shape)); // empty: nothing differs
  return {{"ok", d.ok()},
          {"worst", number(d.worst)},
          {"max_abs", number(d.max_abs)},
          {"max_rel", number(s.max_rel)},
          {"rel_l2", number(s.rel_l2)},
          {"cosine", number(s.cosine)},
          {"ulp", {{"q50", number(s.ulp50)}, {"q90", number(s.ulp90)}, {"q99", number(s.ulp99)}, {"max", number(s.ulp_max)}}},
          {"ulp_histogram", s.ulp_histogram},
          {"nan", {s.got_nan, s.want_nan}},
          {"inf", {s.got_inf, s.want_inf}},
          {"worst_at", {{"index", place}, {"ours", number(d.got)}, {"reference", number(d.want)}, {"bound", number(d.bound)}}},
          {"count", d.count}};
}

Json heat_image(const HeatImage& p) {
  return {{"n", p.n},
          {"channel", p.channel},
          {"w", p.w},
          {"h", p.h},
          {"low", number(p.low)},
          {"high", number(p.high)},
          {"ours", base64(p.ours)},
          {"reference", base64(p.reference)},
          {"error", base64(p.error)},
          {"error_high", number(p.error_high)}};
}

Json layer(const LayerDiff& l) {
  Json oracle;
  if (l.oracle)
    oracle = {{"ours", stats(l.oracle->ours, l.shape)}, {"reference", stats(l.oracle->reference, l.shape)}, {"closer", l.oracle->closer()}};
  return {{"index", l.index},
          {"name", l.name},
          {"op", l.op},
          {"kernel", l.kernel},
          {"inputs", l.inputs},
          {"shape", l.shape},
          {"ok", l.ok()},
          {"total", stats(l.total, l.shape)},
          {"own", l.own ? stats(*l.own, l.shape) : Json()},
          {"oracle", oracle},
          {"picture", l.heat_image ? heat_image(*l.heat_image) : Json()}};
}

Json side(const DiffSide& s) {
  return {{"title", s.title}, {"source", s.source}, {"metadata", s.metadata}};
}

} // namespace

Json to_json(const DiffReport& report) {
  Json layers = Json::array();
  for (const LayerDiff& l : report.layers) layers.push_back(layer(l));
  const LayerDiff* bad = report.first_bad();
  return {{"format", 1},
          {"kind", "layers diff"},
          {"ours", side(report.ours)},
          {"reference", side(report.reference)},
          {"tolerance", {{"kind", report.tolerance.name()}, {"rtol", report.tolerance.rtol}, {"atol", report.tolerance.atol}}},
          {"teacher_forced", report.teacher_forced},
          {"oracle", report.oracle},
          {"first_bad", bad != nullptr ? Json(bad->name) : Json()},
          {"only_ours", report.only_ours},
          {"only_reference", report.only_reference},
          {"layers", std::move(layers)}};
}

} // namespace pose::study
