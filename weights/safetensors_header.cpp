// Implements safetensors_header.h with a SAX handler: a DOM would keep the last of two equal keys and grow with the nesting depth.
// SPDX-License-Identifier: MIT
#include "weights/safetensors_header.h"

#include "tensor/error.h"

#include <nlohmann/json.hpp>

#include <limits>
#include <set>
#include <utility>

namespace pose {

namespace {

constexpr std::string_view kMetadata = "__metadata__";
constexpr std::size_t kMostNumbers = 64;

// Handles the three levels of the grammar: the header, its entries and metadata, and the arrays of an entry.
class Handler : public nlohmann::json_sax<nlohmann::json> {
public:
  explicit Handler(const std::string& source) : source_(source) {}

  SafetensorsHeader take() { return std::move(header_); }

  bool start_object(std::size_t) override {
    if (depth_ > 1 || in_array_) unexpected("an object");
    if (depth_++ == 0) return true;
    key_.clear();
    if (!names_.insert(name_).second) fail("{}: {}: expected unique names, found a second one", source_, name_);
    if (name_ != kMetadata) header_.entries.push_back({name_, {}, {}, 0, 0});
    return true;
  }

  bool end_object() override {
    if (in_entry()) finish_entry();
    depth_--;
    return true;
  }

  bool key(string_t& key) override {
    (depth_ == 1 ? name_ : key_) = std::move(key);
    return true;
  }

  bool start_array(std::size_t) override {
    if (in_array_ || !in_entry() || (key_ != "shape" && key_ != "data_offsets")) unexpected("an array");
    bool& have = key_ == "shape" ? have_shape_ : have_offsets_;
    if (std::exchange(have, true)) unexpected("a second one");
    in_array_ = true;
    return true;
  }

  bool end_array() override {
    in_array_ = false;
    return true;
  }

  bool number_unsigned(number_unsigned_t value) override {
    if (!in_array_) unexpected("a number");
    if (value > std::uint64_t(std::numeric_limits<std::int64_t>::max())) unexpected("a number above 2^63 - 1");
    std::vector<std::int64_t>& numbers = key_ == "shape" ? header_.entries.back().shape : offsets_;
    if (numbers.size() == kMostNumbers) unexpected("more than 64 numbers");
    numbers.push_back(std::int64_t(value));
    return true;
  }

  bool string(string_t& value) override {
    if (depth_ == 2 && name_ == kMetadata) {
      if (!header_.metadata.emplace(key_, std::move(value)).second) unexpected("a second one");
    } else if (in_entry() && !in_array_ && key_ == "dtype") {
      if (std::exchange(have_dtype_, true)) unexpected("a second one");
      header_.entries.back().dtype = std::move(value);
    } else {
      unexpected("a string");
    }
    return true;
  }

  bool number_integer(number_integer_t) override { unexpected("a negative number"); }
  bool number_float(number_float_t, const string_t&) override { unexpected("a number that is not a 64-bit integer"); }
  bool null() override { // in place of metadata that a file does not have
    if (depth_ != 1 || name_ != kMetadata || !names_.insert(name_).second) unexpected("null");
    return true;
  }
  bool boolean(bool) override { unexpected("a boolean"); }
  bool binary(binary_t&) override { unexpected("binary data"); }

  bool parse_error(std::size_t position, const std::string&, const nlohmann::detail::exception&) override {
    fail("{}: expected JSON in the safetensors header, found a syntax error at byte {}", source_, position);
  }

private:
  bool in_entry() const { return depth_ == 2 && name_ != kMetadata; }

  [[noreturn]] void unexpected(std::string_view found) const {
    if (depth_ == 0) fail("{}: expected an object as safetensors header, found {}", source_, found);
    if (depth_ == 1) fail("{}: {}: expected an object, found {}", source_, name_, found);
    if (name_ == kMetadata) fail("{}: {}: {}: expected one string, found {}", source_, name_, key_, found);
    fail("{}: {}: {}: expected dtype (a string), shape and data_offsets (arrays of integers >= 0) once each, found {}", source_, name_, key_, found);
  }

  void finish_entry() {
    if (!have_dtype_ || !have_shape_ || !have_offsets_) unexpected("the end");
    if (offsets_.size() != 2) fail("{}: {}: expected 2 data_offsets, found {}", source_, name_, offsets_.size());
    header_.entries.back().begin = offsets_[0];
    header_.entries.back().end = offsets_[1];
    offsets_.clear();
    have_dtype_ = have_shape_ = have_offsets_ = false;
  }

  const std::string& source_;
  SafetensorsHeader header_;
  int depth_ = 0; // number of open objects
  bool in_array_ = false;
  std::set<std::string> names_;
  std::string name_, key_; // current keys on levels 1 and 2
  bool have_dtype_ = false, have_shape_ = false, have_offsets_ = false;
  std::vector<std::int64_t> offsets_;
};

} // namespace

SafetensorsHeader parse_safetensors_header(std::string_view json, const std::string& source) {
  const std::size_t zero = json.find('\0'); // nlohmann::json would end there
  if (zero != json.npos) fail("{}: expected JSON in the safetensors header, found a syntax error at byte {}", source, zero + 1);
  Handler handler(source);
  nlohmann::json::sax_parse(json.begin(), json.end(), &handler);
  return handler.take();
}

} // namespace pose
