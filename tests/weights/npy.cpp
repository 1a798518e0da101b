// Tests .npy files: those that numpy writes are read, others are refused.
// SPDX-License-Identifier: MIT
#include "weights/npy.h"
#include "tensor/error.h"
#include "tests/temp_dir.h"
#include "tests/weights/bytes.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

using namespace pose;
using namespace pose::testing;

namespace {

NpyArray parse_array(const std::string& file) {
  return parse_npy(bytes_of(file), "a.npy");
}

template <class T> std::vector<double> values_of(const std::string& type, std::initializer_list<T> values) {
  const NpyArray array = parse_array(npy_file(npy_header(type, fmt::format("({},)", values.size())), le<T>(values)));
  return array.as<double>();
}

void check_npy_refused(const std::string& file, const char* message) {
  CHECK_THROWS_WITH_AS(parse_array(file), doctest::Contains(message), Error);
}

void check_header_refused(const std::string& header, const char* message) {
  CAPTURE(header);
  check_npy_refused(npy_file(header, std::string(4, '\0')), message);
}

} // namespace

TEST_CASE("the writer's bytes are numpy's") {
  const std::vector<float> values{1, 2, 3, 4, 5, 6};
  // numpy.save("x.npy", numpy.arange(1, 7, dtype="f4").reshape(3, 2))
  std::string want = std::string("\x93NUMPY\x01\x00\x76\x00", 10) + "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }";
  want.resize(127, ' ');
  want += '\n' + le<float>({1, 2, 3, 4, 5, 6});
  CHECK(text_of(format_npy(values, {3, 2})) == want);
  CHECK(text_of(format_npy(values, {6})).find("'shape': (6,), }") != std::string::npos);
  CHECK(text_of(format_npy(std::span(values).first(1), {})).find("'shape': (), }") != std::string::npos);
}

TEST_CASE("written arrays are read back") {
  const TempDir dir;
  const std::vector<float> values{0, -1.5f, INFINITY, 1e-40f, 5, 6};
  for (const std::vector<std::int64_t>& shape : {std::vector<std::int64_t>{6}, {2, 3}, {1, 6, 1, 1}}) {
    write_npy(dir / "x.npy", values, shape);
    const NpyArray back = read_npy(dir / "x.npy");
    CHECK(back.type == "<f4");
    CHECK(back.shape == shape);
    CHECK(back.count() == 6);
    CHECK(back.as<float>() == values);
  }
  CHECK(dir.names() == std::vector<std::string>{"x.npy"});
  const NpyArray scalar = parse_array(text_of(format_npy(std::span(values).first(1), {})));
  CHECK(scalar.shape.empty());
  CHECK(scalar.count() == 1);
  CHECK(parse_array(text_of(format_npy({}, {3, 0}))).as<float>().empty());
}

TEST_CASE("every element type is read") {
  CHECK(values_of<float>("<f4", {1.5f, -2}) == std::vector<double>{1.5, -2});
  CHECK(values_of<double>("<f8", {1e300, -2}) == std::vector<double>{1e300, -2});
  CHECK(values_of<std::int8_t>("|i1", {-128, 127}) == std::vector<double>{-128, 127});
  CHECK(values_of<std::uint8_t>("|u1", {0, 255}) == std::vector<double>{0, 255});
  CHECK(values_of<std::uint8_t>("|b1", {0, 1}) == std::vector<double>{0, 1});
  CHECK(values_of<std::int16_t>("<i2", {-32768, 1}) == std::vector<double>{-32768, 1});
  CHECK(values_of<std::uint16_t>("<u2", {65535}) == std::vector<double>{65535});
  CHECK(values_of<std::int32_t>("<i4", {-7}) == std::vector<double>{-7});
  CHECK(values_of<std::uint32_t>("<u4", {4294967295u}) == std::vector<double>{4294967295.0});
  CHECK(values_of<std::int64_t>("<i8", {-7}) == std::vector<double>{-7});
  CHECK(values_of<std::uint64_t>("<u8", {1ull << 63}) == std::vector<double>{0x1p63});
  // Half: 1, -2, the smallest subnormal and normal, the largest, infinity, -0.
  CHECK(values_of<std::uint16_t>("<f2", {0x3c00, 0xc000, 0x0001, 0x0400, 0x7bff, 0x7c00}) ==
        std::vector<double>{1, -2, 0x1p-24, 0x1p-14, 65504, INFINITY});
  CHECK(std::signbit(values_of<std::uint16_t>("<f2", {0x8000}).front()));
  CHECK(std::isnan(values_of<std::uint16_t>("<f2", {0x7e01}).front()));
}

TEST_CASE("conversions are exact, or are refused at the element") {
  const auto file = [](auto value, const std::string& type) { return parse_array(npy_file(npy_header(type, "(1,)"), le(value))); };
  CHECK(file(std::int64_t(1) << 24, "<i8").as<float>() == std::vector<float>{0x1p24f});
  CHECK_THROWS_WITH_AS(file((std::int64_t(1) << 24) + 1, "<i8").as<float>(),
                       doctest::Contains("type <i8: element 0 cannot be converted without loss"), Error);
  CHECK_THROWS_AS(file(std::numeric_limits<std::int64_t>::max(), "<i8").as<double>(), Error);
  CHECK_THROWS_AS(file(std::numeric_limits<std::uint64_t>::max(), "<u8").as<std::int64_t>(), Error);
  CHECK(file(0.5, "<f8").as<float>() == std::vector<float>{0.5f});
  CHECK_THROWS_AS(file(0.1, "<f8").as<float>(), Error);
  CHECK_THROWS_AS(file(1e300, "<f8").as<float>(), Error);
  CHECK(std::isnan(file(std::nan(""), "<f8").as<float>().front()));
  CHECK(file(-3.0f, "<f4").as<std::int32_t>() == std::vector<std::int32_t>{-3});
  for (const float bad : {0.5f, -1.0f, 256.0f, INFINITY, NAN}) CHECK_THROWS_AS(file(bad, "<f4").as<std::uint8_t>(), Error);
  CHECK_THROWS_AS(file(0x1p63, "<f8").as<std::int64_t>(), Error);
}

TEST_CASE("Fortran order becomes C order") {
  // numpy.asfortranarray(numpy.arange(6).reshape(2, 3)) stores 0 3 1 4 2 5.
  const NpyArray a = parse_array(npy_file(npy_header("|u1", "(2, 3)", true), std::string("\0\3\1\4\2\5", 6)));
  CHECK(a.as<std::int32_t>() == std::vector<std::int32_t>{0, 1, 2, 3, 4, 5});
  // Element (i, j, k) of shape (2, 2, 3) is at i + 2 j + 4 k.
  const NpyArray b = parse_array(npy_file(npy_header("|u1", "(2, 2, 3)", true), std::string("\0\1\2\3\4\5\6\7\10\11\12\13", 12)));
  CHECK(b.as<std::int32_t>() == std::vector<std::int32_t>{0, 4, 8, 2, 6, 10, 1, 5, 9, 3, 7, 11});
  CHECK(parse_array(npy_file(npy_header("<f4", "(0, 3)", true), "")).as<float>().empty());
}

TEST_CASE("formats 1, 2 and 3, and headers in any order and spacing are read") {
  for (const char major : {1, 2, 3}) CHECK(parse_array(npy_file(npy_header("<f4", "(1,)"), le(7.0f), major)).as<float>().front() == 7);
  const std::string odd = "  {\"shape\" :(1 , 1,) ,'fortran_order':False,'descr' : \"<f4\"}   \n";
  CHECK(parse_array(npy_file(odd, le(7.0f))).shape == std::vector<std::int64_t>{1, 1});
}

TEST_CASE("files that are not npy files are refused") {
  const std::string good = npy_file(npy_header("<f4", "(1,)"), le(7.0f));
  CHECK(parse_array(good).count() == 1);
  for (std::size_t size = 0; size < good.size(); size++) CHECK_THROWS_AS(parse_array(good.substr(0, size)), Error);
  check_npy_refused("", "a.npy: expected an npy file, found no npy magic");
  check_npy_refused(good + "x", "expected 1 elements of type <f4 for shape [1], found 5 bytes");
  check_npy_refused(good.substr(0, good.size() - 1), "expected 1 elements of type <f4 for shape [1], found 3 bytes");
  check_npy_refused(npy_file(npy_header("<f4", "(1,)"), le(7.0f), 4), "expected npy format 1.0, 2.0 or 3.0, found 4.0");
  std::string lying = good;
  lying[9] = '\x7f'; // the header's length (cnpy#106: read past the buffer)
  check_npy_refused(lying, "expected an npy header of");
}

TEST_CASE("headers that numpy would not write are refused") {
  check_header_refused(npy_header(">f4", "(1,)"), "expected a little-endian bool, integer or float type, found '>f4'");
  check_header_refused(npy_header("|O", "(1,)"), "found '|O'"); // Python objects: pickle
  check_header_refused(npy_header("<c8", "(1,)"), "found '<c8'");
  check_header_refused(npy_header("", "(1,)"), "found ''");
  check_header_refused("{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,), }", "expected a quoted string");
  check_header_refused(npy_header("<f4", "(1)"), "expected ','"); // a number in Python
  check_header_refused(npy_header("<f4", "(-1,)"), "expected a size");
  check_header_refused(npy_header("<f4", "(1.0,)"), "expected ','");
  check_header_refused(npy_header("<f4", "(01,)"), "expected a size");
  check_header_refused(npy_header("<f4", "(9223372036854775808,)"), "expected a size from 0 to 2^63 - 1");
  check_header_refused(npy_header("<f4", "(4611686018427387905, 4)"), "expected a product below 2^63"); // wraps around to 4
  check_header_refused(npy_header("<f4", "(4611686018427387904,)"), "found 4 bytes");                   // times 4 bytes wraps around to 0
  check_header_refused(npy_header("<f4", "(1,"), "in the npy header");
  check_header_refused("", "expected '{' in the npy header");
  check_header_refused("{", "expected a quoted string");
  check_header_refused("{'descr", "expected a closed string");
  check_header_refused("{}", "expected the keys");
  check_header_refused("{'descr': '<f4', 'fortran_order': False, }", "expected the keys");
  check_header_refused("{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", "found 'descr'");
  check_header_refused("{'descr': '<f4', 'fortran_order': 0, 'shape': (1,), }", "expected True or False");
  check_header_refused("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), 'x': 1, }", "found 'x'");
  check_header_refused(npy_header("<f4", "(1,)") + "x", "expected nothing after the dictionary");
  check_header_refused(npy_header("<f4", "(1,)") + '\0', "expected nothing after the dictionary");
  std::string many = "(";
  for (int i = 0; i < 65; i++) many += "1, ";
  check_header_refused(npy_header("<f4", many + ")"), "expected at most 64 dimensions");
}
