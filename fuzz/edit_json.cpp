// Implements edit_json.h.
// SPDX-License-Identifier: MIT
#include "fuzz/edit_json.h"

#include "fuzz/little_endian.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace pose::fuzz {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kMaxDepth = 64;

// Lists a value and all values in it.
void list_values(Json& value, std::vector<Json*>& out) {
  out.push_back(&value);
  if (!value.is_structured()) return;
  for (Json& inner : value) list_values(inner, out);
}

Json new_value(Random& random) {
  static const std::vector<Json> kValues = {nullptr,
                                            true,
                                            false,
                                            0,
                                            1,
                                            -1,
                                            0.5,
                                            -0.0,
                                            1e308,
                                            1e-320,
                                            3.5e38,
                                            "",
                                            "a",
                                            "\n",
                                            "../x",
                                            "\u00e9",
                                            Json::array(),
                                            Json::object(),
                                            Json::array({0}),
                                            Json::array({1, 2, 3, 4})};
  const std::size_t i = random.below(kValues.size() + 4);
  return i < kValues.size() ? kValues[i] : Json(edge_number(random, 100));
}

// Changes one element or member of a list or object that has any.
void edit_inside(Json& value, const std::vector<Json*>& others, Random& random) {
  const std::size_t i = random.below(value.size());
  if (value.is_array()) {
    const Json copy = value[i];
    if (random.below(2) == 0)
      value.erase(i);
    else
      value.insert(value.begin() + std::ptrdiff_t(random.below(value.size())), copy);
    return;
  }
  const std::string key = std::next(value.begin(), std::ptrdiff_t(i)).key();
  const Json copy = value[key];
  switch (random.below(3)) {
    case 0: value.erase(key); break;
    case 1: value[key + "x"] = copy; break;
    default: value[key] = Json(*others[random.below(others.size())]); break;
  }
}

} // namespace

std::string edit_json(const std::string& text, Random& random) {
  int deepest = 0;
  const Json::parser_callback_t watch = [&](int depth, Json::parse_event_t, Json&) {
    deepest = std::max(deepest, depth);
    return depth <= kMaxDepth;
  };
  Json root = Json::parse(text, watch, false);
  if (root.is_discarded() || deepest > kMaxDepth) return text;
  std::vector<Json*> values;
  list_values(root, values);
  Json& value = *values[random.below(values.size())];
  if (value.is_structured() && !value.empty() && random.below(3) != 0)
    edit_inside(value, values, random);
  else if (random.below(4) == 0)
    value = Json(*values[random.below(values.size())]);
  else
    value = new_value(random);
  return root.dump(-1, ' ', false, Json::error_handler_t::replace);
}

void edit_json(Bytes& bytes, Random& random) {
  const std::string text = edit_json(as_text(bytes), random);
  bytes.assign(text.begin(), text.end());
}

void edit_json_line(Bytes& bytes, Random& random) {
  const auto at = bytes.begin() + std::ptrdiff_t(random.below(bytes.size()));
  const auto begin = std::find(std::make_reverse_iterator(at), bytes.rend(), '\n').base(), end = std::find(at, bytes.end(), '\n');
  const std::string line = edit_json(std::string(begin, end), random);
  const auto after = bytes.erase(begin, end);
  bytes.insert(after, line.begin(), line.end());
}

} // namespace pose::fuzz
