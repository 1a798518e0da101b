// Tests safetensors: round trips, hand-made files, and every kind of wrong header.
// SPDX-License-Identifier: MIT
#include "weights/safetensors.h"
#include "tensor/error.h"
#include "tests/temp_dir.h"
#include "tests/weights/bytes.h"

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <utility>

using namespace pose;
using namespace pose::testing;

namespace {

WeightStore read(const std::string& bytes, Values values = Values::finite) {
  const TempDir dir;
  write_bytes(dir / "x.safetensors", bytes);
  return read_safetensors(dir / "x.safetensors", values);
}

void check_store_refused(const std::string& bytes, const char* message) {
  CHECK_THROWS_WITH_AS(read(bytes), doctest::Contains(message), Error);
}

// Returns a header of these entries.
std::string header_of(const std::vector<std::pair<std::string, std::string>>& entries) {
  std::string text = "{";
  for (const auto& [name, value] : entries) text += fmt::format(R"({}"{}":{})", text.size() > 1 ? "," : "", name, value);
  return text + "}";
}

// Returns one tensor "a" of 8 bytes whose entry is this text.
void check_entry_refused(const std::string& entry, const char* message) {
  check_store_refused(safetensors_file(header_of({{"a", entry}}), std::string(8, '\0')), message);
}

std::string entry(const std::string& dtype, const std::string& shape, const std::string& offsets) {
  return fmt::format(R"({{"dtype":"{}","shape":[{}],"data_offsets":[{}]}})", dtype, shape, offsets);
}

std::vector<float> values_of(const WeightStore& store, const ParamSpec& spec) {
  const float* data = store.get(spec).data;
  return {data, data + spec.count()};
}

const ParamSpec kA{"a", {2}, Role::weight}, kB{"b.c", {1, 3}, Role::weight};

} // namespace

TEST_CASE("the writer gives the expected bytes") {
  const TempDir dir;
  SafetensorsWriter writer(dir / "x", {kA, kB}, {{"made by", "\"us\""}});
  writer.write(std::vector<float>{1, 2});
  writer.write(std::vector<float>{3, 4, 5});
  CHECK_FALSE(std::filesystem::exists(dir / "x"));
  writer.finish();
  CHECK(dir.names() == std::vector<std::string>{"x"});
  const std::string header = R"({"__metadata__":{"made by":"\"us\""},)"
                             R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},)"
                             R"("b.c":{"dtype":"F32","shape":[1,3],"data_offsets":[8,20]}})";
  CHECK(read_bytes(dir / "x") == safetensors_file(header, le<float>({1, 2, 3, 4, 5})));
}

TEST_CASE("written files are read back") {
  const TempDir dir;
  {
    SafetensorsWriter writer(dir / "x", {kA, kB}, {{"graph", "{\n}"}});
    writer.write(std::vector<float>{1, 2});
    writer.write(std::vector<float>{3, 4, 5});
    writer.finish();
  }
  const WeightStore store = read_safetensors(dir / "x");
  CHECK(store.source() == dir / "x");
  CHECK(store.metadata == std::map<std::string, std::string>{{"graph", "{\n}"}});
  CHECK(values_of(store, kA) == std::vector<float>{1, 2});
  CHECK(values_of(store, kB) == std::vector<float>{3, 4, 5});
  CHECK(read(safetensors_file("{}", "")).params().empty());
}

TEST_CASE("a writer that is misused or not finished leaves no file") {
  const TempDir dir;
  {
    SafetensorsWriter writer(dir / "x", {kA, kB});
    CHECK_THROWS_WITH_AS(writer.write(std::vector<float>{1}), doctest::Contains("x: a: expected 2 values, found 1"), Error);
    writer.write(std::vector<float>{1, 2});
    CHECK_THROWS_WITH_AS(writer.finish(), doctest::Contains("x: expected 2 tensors, found 1"), Error);
    writer.write(std::vector<float>{1, 2, 3});
    CHECK_THROWS_WITH_AS(writer.write(std::vector<float>{}), doctest::Contains("x: expected 2 tensors, found one more"), Error);
  }
  CHECK(dir.names().empty());
  CHECK_THROWS_WITH_AS(SafetensorsWriter(dir / "x", {kA, kA}), doctest::Contains("a: expected unique names"), Error);
  CHECK_THROWS_AS(SafetensorsWriter(dir / "x", {{"__metadata__", {1}, Role::weight}}), Error);
  CHECK_THROWS_WITH_AS(SafetensorsWriter(dir / "x", {{"\xff", {1}, Role::weight}}), doctest::Contains("expected names and metadata in UTF-8"), Error);
  CHECK_THROWS_AS(SafetensorsWriter(dir / "x", {{"a", {std::int64_t(1) << 62}, Role::weight}}), Error);
  CHECK(dir.names().empty());
}

TEST_CASE("a full disk is an error at the latest in finish, and leaves no file") {
  const std::vector<float> large(1 << 16);
  SafetensorsWriter writer("/dev/full", {{"a", {1 << 16}, Role::weight}});
  CHECK_THROWS_WITH_AS(writer.write(large), doctest::Contains("/dev/full: cannot be written: No space left"), Error);
  SafetensorsWriter small("/dev/full", {kA});
  small.write(std::vector<float>{1, 2});
  CHECK_THROWS_WITH_AS(small.finish(), doctest::Contains("No space left"), Error);
}

TEST_CASE("tensors in any order, empty ones and counters of batch norm are read") {
  const std::string b = R"({"shape" : [1,3], "data_offsets":[8,20],"dtype":"F32"})";
  const std::string header = header_of(
      {{"b.c", b}, {"bn.num_batches_tracked", entry("I64", "", "20,28")}, {"empty", entry("F32", "0,5", "8,8")}, {"a", entry("F32", "2", "0,8")}});
  const WeightStore store = read(safetensors_file(header, le<float>({1, 2, 3, 4, 5}) + le(std::int64_t(9))));
  CHECK(store.params().size() == 3);
  CHECK(values_of(store, kA) == std::vector<float>{1, 2});
  CHECK(values_of(store, kB) == std::vector<float>{3, 4, 5});
}

TEST_CASE("metadata may be null, as in the original reader") {
  CHECK(read(safetensors_file(R"({"__metadata__":null})", "")).params().empty());
  check_store_refused(safetensors_file(R"({"__metadata__":null,"__metadata__":null})", ""), "__metadata__: expected an object, found null");
}

TEST_CASE("data that do not start on a multiple of 4 are copied") {
  std::string data(1, '\1');
  data += le<float>({1, 2});
  for (std::size_t pad = 1; pad <= 8; pad++) {
    const std::string header = header_of({{"a", entry("F32", "2", "1,9")}, {"n.num_batches_tracked", entry("U8", "1", "0,1")}});
    const WeightStore store = read(safetensors_file(header + std::string(pad, ' '), data, 1));
    CHECK(values_of(store, kA) == std::vector<float>{1, 2});
  }
}

TEST_CASE("every number of two bytes is widened to its exact value") {
  std::string all;
  for (std::uint32_t bits = 0; bits < 1u << 16; bits++) all += le(std::uint16_t(bits));
  const std::string header = header_of({{"h", entry("F16", "65536", "0,131072")}, {"b", entry("BF16", "65536", "131072,262144")}});
  const WeightStore store = read(safetensors_file(header, all + all), Values::any);
  const std::vector<float> half = values_of(store, {"h", {1 << 16}, Role::weight}), brain = values_of(store, {"b", {1 << 16}, Role::weight});
  for (std::uint32_t bits = 0; bits < 1u << 16; bits++) {
    // IEEE 754: (-1)^s 2^(e-15) 1.f, 2^-14 0.f where e is 0.
    const int exponent = int(bits >> 10 & 31);
    const double fraction = (bits & 0x3ff) / 1024.0, size = exponent == 0 ? std::ldexp(fraction, -14) : std::ldexp(1 + fraction, exponent - 15);
    const double want = exponent < 31 ? size : (bits & 0x3ff) != 0 ? NAN : INFINITY;
    const bool same =
        std::isnan(want) ? std::isnan(half[bits]) : double(std::abs(half[bits])) == want && std::signbit(half[bits]) == (bits >> 15 != 0);
    if (!same) FAIL_CHECK("F16 ", bits, ": expected ", want, ", found ", half[bits]);
    if (std::bit_cast<std::uint32_t>(brain[bits]) != bits << 16) FAIL_CHECK("BF16 ", bits, ": found ", brain[bits]);
  }
}

TEST_CASE("weights of two bytes: odd addresses are read, infinities are refused, sizes are checked") {
  const std::string one = header_of({{"a", entry("F16", "2", "0,4")}});
  for (std::size_t pad = 0; pad <= 3; pad++) {
    const std::string file = safetensors_file(one + std::string(pad, ' '), le<std::uint16_t>({0x3c00, 0xc100}));
    CHECK(values_of(read(file), kA) == std::vector<float>{1, -2.5f});
  }
  check_store_refused(safetensors_file(one, le<std::uint16_t>({0x3c00, 0x7c00})), "a: expected finite numbers, found inf at index 1");
  check_entry_refused(entry("F16", "2", "0,8"), "a: expected 4 bytes for F16 [2], found data_offsets [0, 8]");
}

TEST_CASE("other element types give an error that names them") {
  check_entry_refused(entry("F64", "1", "0,8"), "a: expected dtype F32, F16 or BF16, found F64");
  check_entry_refused(entry("I64", "1", "0,8"), "a: expected dtype F32, F16 or BF16, found I64");
  check_entry_refused(entry("F31", "2", "0,8"), "a: expected a dtype of safetensors, found 'F31'");
  check_store_refused(safetensors_file(header_of({{"n.num_batches_tracked", entry("F64", "1", "0,8")}}), std::string(8, '\0')), "found F64");
}

TEST_CASE("weights must be finite, dumps need not be") {
  const std::string file = safetensors_file(header_of({{"a", entry("F32", "2", "0,8")}}), le<float>({1, NAN}));
  check_store_refused(file, "a: expected finite numbers, found nan at index 1");
  CHECK(std::isnan(values_of(read(file, Values::any), kA)[1]));
}

TEST_CASE("files that are cut short or have surplus data are refused") {
  const std::string good = safetensors_file(header_of({{"a", entry("F32", "2", "0,8")}}), le<float>({1, 2}));
  CHECK(read(good).params().size() == 1);
  for (std::size_t size = 0; size < good.size(); size++) CHECK_THROWS_AS(read(good.substr(0, size)), Error);
  check_store_refused("", "x.safetensors: expected a safetensors file, found 0 bytes");
  check_store_refused(good + "x", "expected 8 bytes of data, found 9");
  check_store_refused(good.substr(0, good.size() - 1), "expected 8 bytes of data, found 7");
}

TEST_CASE("wrong header lengths are refused") {
  for (const std::uint64_t length : {std::uint64_t(100), std::uint64_t(100'000'000)}) {
    check_store_refused(le(length) + "{}", "to the end of the file");
  }
  for (const std::uint64_t length : {std::uint64_t(100'000'001), ~std::uint64_t(0), std::uint64_t(1) << 63}) {
    check_store_refused(le(length) + "{}", "expected a safetensors header of at most 100000000 bytes");
  }
  check_store_refused(le(std::uint64_t(0)), "expected JSON");
  check_store_refused(le(std::uint64_t(1)) + "{}", "expected JSON");
}

TEST_CASE("spans that overlap, leave gaps or are out of range are refused") {
  const std::string data(16, '\0');
  const auto check = [&](const std::string& a, const std::string& b, const char* message) {
    check_store_refused(safetensors_file(header_of({{"a", entry("F32", "2", a)}, {"b", entry("F32", "2", b)}}), data), message);
  };
  check("0,8", "4,12", "b: expected data from byte 8 (no gap, no overlap), found data_offsets [4, 12]");
  check("0,8", "0,8", "b: expected data from byte 8");
  check("0,8", "9,17", "b: expected data from byte 8");
  check("8,16", "16,24", "a: expected data from byte 0");
  check("0,8", "8,24", "b: expected 8 bytes for F32 [2], found data_offsets [8, 24]");
  check("0,8", "8,4", "b: expected 8 bytes for F32 [2], found data_offsets [8, 4]");
  check("0,8", "9223372036854775800,9223372036854775807", "b: expected data from byte 8");
}

TEST_CASE("wrong shapes are refused") {
  check_entry_refused(entry("F32", "3", "0,8"), "a: expected 12 bytes for F32 [3], found data_offsets [0, 8]"); // larger than the file
  check_entry_refused(entry("F32", "1", "0,8"), "a: expected 4 bytes");
  check_entry_refused(entry("F32", "4611686018427387905,2", "0,8"), "a: expected a product below 2^63"); // wraps around to 8 bytes
  check_entry_refused(entry("F32", "4294967296,4294967296,0", "0,8"), "a: expected a product below 2^63");
  check_entry_refused(entry("F32", "18446744073709551615", "0,8"), "found a number above 2^63 - 1");
  check_entry_refused(entry("F32", "18446744073709551618", "0,8"), "found a number that is not a 64-bit integer");
  check_entry_refused(entry("F32", "-2", "0,8"), "found a negative number");
  check_entry_refused(entry("F32", "2", "0,-8"), "found a negative number");
  check_entry_refused(entry("F32", "2.0", "0,8"), "found a number that is not a 64-bit integer");
  check_entry_refused(entry("F32", "2", "0,8e0"), "found a number that is not a 64-bit integer");
  check_entry_refused(entry("F32", "2", "0"), "a: expected 2 data_offsets, found 1");
  check_entry_refused(entry("F32", "2", "0,8,8"), "a: expected 2 data_offsets, found 3");
  std::string ones = "1";
  for (int i = 0; i < 64; i++) ones += ",1";
  check_entry_refused(entry("F32", ones, "0,8"), "found more than 64 numbers");
}

TEST_CASE("headers of another form are refused") {
  const auto check = [](const std::string& header, const char* message) {
    CAPTURE(header);
    check_store_refused(safetensors_file(header, ""), message);
  };
  check("", "expected JSON");
  check("{", "expected JSON");
  check("{}x", "expected JSON");
  check(std::string("{} \0 ", 5), "expected JSON in the safetensors header, found a syntax error at byte 4");
  check("{\"\xff\":1}", "expected JSON");
  check("[]", "expected an object as safetensors header, found an array");
  check("7", "expected an object as safetensors header, found a number");
  check(R"({"a":null})", "a: expected an object, found null");
  check(R"({"a":[]})", "a: expected an object, found an array");
  check(R"({"__metadata__":{"k":1}})", "__metadata__: k: expected one string, found a number");
  check(R"({"__metadata__":{"k":{}}})", "__metadata__: k: expected one string, found an object");
  check(R"({"__metadata__":{"k":"1","k":"2"}})", "__metadata__: k: expected one string, found a second one");
  check(R"({"__metadata__":{},"__metadata__":{}})", "__metadata__: expected unique names");
  const std::string empty = entry("F32", "0", "0,0"), counter = entry("I64", "0", "0,0");
  check(header_of({{"a", empty}, {"a", empty}}), "a: expected unique names, found a second one");
  check(header_of({{"a.num_batches_tracked", counter}, {"a.num_batches_tracked", counter}}), "expected unique names");
}

TEST_CASE("entries of another form are refused") {
  check_entry_refused("{}", "expected dtype (a string), shape and data_offsets");
  check_entry_refused(R"({"dtype":"F32","shape":[2]})", "found the end");
  check_entry_refused(R"({"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]})", "a: dtype: expected dtype");
  check_entry_refused(R"({"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]})", "found a second one");
  check_entry_refused(R"({"dtype":"F32","shape":[2],"data_offsets":[0,8],"x":1})", "a: x: expected dtype");
  check_entry_refused(R"({"dtype":4,"shape":[2],"data_offsets":[0,8]})", "found a number");
  check_entry_refused(R"({"dtype":"F32","shape":["2"],"data_offsets":[0,8]})", "found a string");
  check_entry_refused(R"({"dtype":"F32","shape":[[2]],"data_offsets":[0,8]})", "found an array");
  check_entry_refused(R"({"dtype":"F32","shape":{"2":2},"data_offsets":[0,8]})", "found an object");
  check_entry_refused(R"({"dtype":true,"shape":[2],"data_offsets":[0,8]})", "found a boolean");
}

TEST_CASE("deep nesting is refused at its second level") {
  const std::string brackets(10'000'000, '[');
  check_store_refused(safetensors_file(brackets, ""), "expected an object as safetensors header, found an array");
  check_entry_refused(brackets, "a: expected an object, found an array");
  check_entry_refused(fmt::format(R"({{"shape":{})", brackets), "a: shape: expected dtype");
}
