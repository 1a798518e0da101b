// Implements report_check.h.
// SPDX-License-Identifier: MIT
#include "study/report_check.h"

#include "nets/strict_json.h"
#include "tensor/error.h"

#include <fmt/format.h>
#include <set>
#include <string_view>

namespace pose::study {
namespace {

using nlohmann::json;

constexpr int kMaxSide = 4096; // of a heat image

// A value of the report and its path.  The functions without a result throw Error unless the value has the type that they name.
class JsonPath {
public:
  JsonPath(const json& value, std::string name) : value_(value), name_(std::move(name)) {}

  const json& value() const { return value_; }

  [[noreturn]] void refuse(const std::string& expected) const { fail_value(name_, expected, value_); }

  JsonPath at(const char* key) const {
    if (!value_.is_object()) refuse("an object");
    const auto found = value_.find(key);
    const std::string name = fmt::format("{}: {}", name_, key);
    if (found == value_.end()) fail("{}: expected a field of that name, found none", name);
    return {*found, name};
  }
  // Calls f(element) for every element.  Throws Error unless this is a list, of `count` elements where count >= 0.
  template <class F> void each(F f, int count = -1) const {
    if (!value_.is_array() || (count >= 0 && value_.size() != std::size_t(count)))
      refuse(count < 0 ? std::string("a list") : fmt::format("a list of {}", count));
    for (std::size_t i = 0; i < value_.size(); i++) f(JsonPath(value_[i], fmt::format("{}[{}]", name_, i)));
  }
  void flag() const {
    if (!value_.is_boolean()) refuse("true or false");
  }
  void text() const {
    if (!value_.is_string()) refuse("a string");
  }
  void text_or_null() const {
    if (!value_.is_null()) text();
  }
  std::int64_t whole(std::int64_t least = 0, std::int64_t most = INT64_MAX) const {
    const bool fits = value_.is_number_integer() && (!value_.is_number_unsigned() || value_.get<std::uint64_t>() <= std::uint64_t(INT64_MAX));
    if (!fits || value_.get<std::int64_t>() < least || value_.get<std::int64_t>() > most)
      refuse(most == INT64_MAX ? fmt::format("a whole number of at least {}", least) : fmt::format("a whole number from {} to {}", least, most));
    return value_.get<std::int64_t>();
  }
  void number() const {
    if (!value_.is_number() && value_ != "nan" && value_ != "inf" && value_ != "-inf") refuse("a number, \"nan\", \"inf\" or \"-inf\"");
  }
  void one_of(std::initializer_list<const char*> words) const {
    for (const char* word : words) {
      if (value_ == word) return;
    }
    refuse(fmt::format("one of {}", fmt::join(words, ", ")));
  }

private:
  const json& value_;
  std::string name_;
};

void check_texts(const JsonPath& list) {
  list.each([](const JsonPath& p) { p.text(); });
}

void check_statistics(const JsonPath& s) {
  s.at("ok").flag();
  for (const char* key : {"worst", "max_abs", "max_rel", "rel_l2", "cosine"}) s.at(key).number();
  for (const char* key : {"q50", "q90", "q99", "max"}) s.at("ulp").at(key).number();
  s.at("ulp_histogram").each([](const JsonPath& p) { p.whole(); });
  for (const char* key : {"nan", "inf"}) s.at(key).each([](const JsonPath& p) { p.whole(); }, 2);
  const JsonPath worst = s.at("worst_at");
  worst.at("index").each([](const JsonPath& p) { p.whole(); });
  for (const char* key : {"ours", "reference", "bound"}) worst.at(key).number();
  s.at("count").whole();
}

void check_heat_image(const JsonPath& p) {
  p.at("n").whole();
  p.at("channel").whole();
  const std::int64_t pixels = p.at("w").whole(1, kMaxSide) * p.at("h").whole(1, kMaxSide);
  for (const char* key : {"low", "high", "error_high"}) p.at(key).number();
  for (const char* key : {"ours", "reference", "error"}) {
    const JsonPath data = p.at(key);
    data.text();
    const std::string& text = data.value().get_ref<const std::string&>();
    const std::size_t end = text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/");
    const std::int64_t padding = (3 - pixels % 3) % 3, length = (pixels + 2) / 3 * 4;
    const std::string_view tail = std::string_view(text).substr(std::min(end, text.size()));
    if (std::int64_t(text.size()) != length || tail != std::string_view("==").substr(0, std::size_t(padding)))
      data.refuse(fmt::format("{} bytes in base64, {} characters with {} '='", pixels, length, padding));
  }
}

void check_layer(const JsonPath& layer) {
  layer.at("index").whole();
  for (const char* key : {"name", "op", "kernel"}) layer.at(key).text();
  check_texts(layer.at("inputs"));
  layer.at("shape").each([](const JsonPath& p) { p.whole(); });
  layer.at("ok").flag();
  check_statistics(layer.at("total"));
  if (const JsonPath own = layer.at("own"); !own.value().is_null()) check_statistics(own);
  if (const JsonPath oracle = layer.at("oracle"); !oracle.value().is_null()) {
    check_statistics(oracle.at("ours"));
    check_statistics(oracle.at("reference"));
    oracle.at("closer").one_of({"ours", "reference", "equal"});
  }
  if (const JsonPath image = layer.at("picture"); !image.value().is_null()) check_heat_image(image);
}

} // namespace

void check_report(const json& report, const std::string& source) {
  const JsonPath root(report, source);
  if (!report.is_object() || report.value("kind", json()) != "layers diff" || report.value("format", json()) != 1)
    root.refuse("a report of `layers diff` (\"kind\": \"layers diff\", \"format\": 1)");
  for (const char* side : {"ours", "reference"}) {
    const JsonPath model = root.at(side), metadata = model.at("metadata");
    model.at("title").text();
    model.at("source").text();
    if (!metadata.value().is_object()) metadata.refuse("an object");
    for (const auto& [key, value] : metadata.value().items()) {
      if (!value.is_string()) metadata.refuse("strings only");
    }
  }
  root.at("tolerance").at("kind").one_of({"torch", "bound", "given"});
  for (const char* key : {"rtol", "atol"}) root.at("tolerance").at(key).number();
  for (const char* key : {"teacher_forced", "oracle"}) root.at(key).flag();
  root.at("first_bad").text_or_null();
  for (const char* key : {"only_ours", "only_reference"}) check_texts(root.at(key));
  std::set<std::string> names;
  root.at("layers").each([&](const JsonPath& layer) {
    check_layer(layer);
    const JsonPath name = layer.at("name");
    if (!names.insert(name.value().get<std::string>()).second) name.refuse("a name that no earlier layer has");
  });
}

} // namespace pose::study
