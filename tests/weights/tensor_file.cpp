// Tests TensorFile: both formats, every type that has float32 values, and refused files.  Also writers that get their tensors in chunks.
// SPDX-License-Identifier: MIT
#include "weights/tensor_file.h"

#include "tensor/compare.h"
#include "tensor/error.h"
#include "tests/temp_dir.h"
#include "tests/weights/bytes.h"

#include <doctest/doctest.h>

#include <cmath>
#include <limits>

#include <unistd.h>

using namespace pose;
using namespace pose::testing;

namespace {

using Floats = std::vector<float>;

Floats read(const TensorFile& file, const std::string& name, std::int64_t first, std::size_t count) {
  const TensorFile::Entry* entry = file.find(name);
  REQUIRE(entry != nullptr);
  Floats values(count);
  file.numbers(*entry).read(first, values);
  return values;
}

std::string one_tensor(const std::string& dtype, const std::string& shape, const std::string& data) {
  return safetensors_file(fmt::format(R"({{"t":{{"dtype":"{}","shape":{},"data_offsets":[0,{}]}}}})", dtype, shape, data.size()), data);
}

// Reads the numbers of a tensor of three elements, as safetensors and as npz, stored and deflated.
void check_type(const std::string& dtype, const std::string& numpy, const std::string& data, const Floats& want) {
  CAPTURE(dtype);
  const TempDir dir;
  write_bytes(dir / "x.safetensors", one_tensor(dtype, "[3]", data));
  CHECK(compare(read(TensorFile(dir / "x.safetensors"), "t", 0, 3), want, 0).ok());
  CHECK(compare(read(TensorFile(dir / "x.safetensors"), "t", 1, 2), Floats(want.begin() + 1, want.end()), 0).ok());
  if (numpy.empty()) return;
  const std::string npy = npy_file(npy_header(numpy, "(3,)"), data);
  for (const ZipMember& member : {stored_member("t.npy", npy), deflated_member("t.npy", npy)}) {
    write_bytes(dir / "x.npz", zip_file({member}));
    CHECK(compare(read(TensorFile(dir / "x.npz"), "t", 0, 3), want, 0).ok());
    CHECK(TensorFile(dir / "x.npz").find("t")->dtype == numpy);
  }
}

void check_refused(const std::string& name, const std::string& bytes, const char* message) {
  const TempDir dir;
  write_bytes(dir / name, bytes);
  CHECK_THROWS_WITH_AS(TensorFile(dir / name), doctest::Contains(message), Error);
}

} // namespace

TEST_CASE("every type becomes float32") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), inf = std::numeric_limits<float>::infinity();
  check_type("F32", "<f4", le({1.5f, nan, -inf}), {1.5f, nan, -inf});
  check_type("F16", "<f2", le<std::uint16_t>({0x3c00, 0xc000, 0x7c00}), {1, -2, inf});
  check_type("BF16", "", le<std::uint16_t>({0x3f80, 0xc000, 0x7fc0}), {1, -2, nan});
  check_type("F64", "<f8", le({0.1, -1e300, 3.0}), {0.1f, -inf, 3});
  check_type("I64", "<i8", le<std::int64_t>({16777217, -5, 0}), {16777216, -5, 0}); // the nearest
  check_type("U8", "|u1", std::string("\x00\xff\x07", 3), {0, 255, 7});
  check_type("BOOL", "|b1", std::string("\x00\x01\x01", 3), {0, 1, 1});
}

TEST_CASE("tensors are in the order of the file, with their metadata") {
  const TempDir dir;
  SafetensorsWriter writer(dir / "x.safetensors", {{"z", {2}, Role::weight}, {"a", {2, 2}, Role::weight}}, {{"model", "m"}});
  writer.write(Floats{1, 2});
  writer.append(Floats{3});
  writer.append(Floats{4, 5, 6});
  writer.finish();
  const TensorFile file(dir / "x.safetensors");
  REQUIRE(file.entries().size() == 2);
  CHECK(file.entries()[0].name == "z");
  CHECK(file.entries()[1].shape == std::vector<std::int64_t>{2, 2});
  CHECK(file.metadata().at("model") == "m");
  CHECK(file.find("b") == nullptr);
  CHECK(read(file, "a", 0, 4) == Floats{3, 4, 5, 6});

  NpzWriter npz(dir / "x.npz");
  npz.begin("z", {3});
  npz.append(Floats{1});
  npz.append(Floats{2, 3});
  npz.write("a", Floats{4}, {});
  npz.finish();
  const TensorFile archive(dir / "x.npz");
  CHECK(archive.entries()[0].name == "z");
  CHECK(read(archive, "z", 0, 3) == Floats{1, 2, 3});
  CHECK(read(archive, "a", 0, 1) == Floats{4});
}

TEST_CASE("writers count the values that they get") {
  const TempDir dir;
  SafetensorsWriter writer(dir / "x.safetensors", {{"a", {2}, Role::weight}, {"b", {1}, Role::weight}});
  writer.append(Floats{1});
  CHECK_THROWS_WITH_AS(writer.append(Floats{2, 3}), doctest::Contains("a: expected 2 values, found 3"), Error); // of two tensors at once
  CHECK_THROWS_WITH_AS(writer.finish(), doctest::Contains("expected 2 tensors, found 0"), Error);
  NpzWriter npz(dir / "x.npz");
  CHECK_THROWS_AS(npz.append(Floats{1}), Error);
  npz.begin("a", {2});
  npz.append(Floats{1});
  CHECK_THROWS_WITH_AS(npz.append(Floats{2, 3}), doctest::Contains("expected the values of an array's shape, found more"), Error);
  CHECK_THROWS_WITH_AS(npz.begin("b", {1}), doctest::Contains("a.npy: expected 4 more bytes"), Error);
  CHECK_THROWS_WITH_AS(npz.finish(), doctest::Contains("a.npy: expected 4 more bytes"), Error);
}

TEST_CASE("more numbers than one chunk are read from any position") {
  const TempDir dir;
  Floats values(1 << 19);
  for (std::size_t i = 0; i < values.size(); i++) values[i] = float(i);
  NpzWriter npz(dir / "x.npz");
  npz.write("t", values, {std::int64_t(values.size())});
  npz.finish();
  const TensorFile file(dir / "x.npz");
  CHECK(read(file, "t", 0, values.size()) == values);
  CHECK(read(file, "t", 300001, 100) == Floats(values.begin() + 300001, values.begin() + 300101));
  CHECK(read(file, "t", 0, values.size()) == values); // its pages were released in between
}

TEST_CASE("the content selects the format, not the name") {
  const TempDir dir;
  write_bytes(dir / "x.npz", one_tensor("F32", "[1]", le(1.0f)));
  write_bytes(dir / "x.safetensors", zip_file({stored_member("t.npy", npy_file(npy_header("<f4", "(1,)"), le(2.0f)))}));
  CHECK(read(TensorFile(dir / "x.npz"), "t", 0, 1) == Floats{1});
  CHECK(read(TensorFile(dir / "x.safetensors"), "t", 0, 1) == Floats{2});
}

TEST_CASE("tensors without float32 values are left out, and the others are read") {
  const TempDir dir;
  const std::string number = npy_file(npy_header("<f4", "(1,)"), le(3.0f));
  std::vector<ZipMember> members;
  for (const char* type : {"<U1", "|S4", "|O", ">f4", "<M8[s]", "<c8", "|V4"}) {
    const std::string name = std::to_string(members.size()) + ".npy";
    members.push_back(stored_member(name, npy_file(npy_header(type, "(1,)"), std::string(8, 'x'))));
  }
  members.insert(members.begin() + 3, stored_member("t.npy", number));
  write_bytes(dir / "x.npz", zip_file(members));
  const TensorFile npz(dir / "x.npz");
  CHECK(npz.left_out() == std::vector<std::string>{"0", "1", "2", "3", "4", "5", "6"});
  CHECK(npz.entries().size() == 1);
  CHECK(read(npz, "t", 0, 1) == Floats{3});
  write_bytes(dir / "x.safetensors", one_tensor("F8_E4M3", "[1]", "x"));
  CHECK(TensorFile(dir / "x.safetensors").left_out() == std::vector<std::string>{"t"});
}

TEST_CASE("a file that shrinks is an error where it is read") {
  const TempDir dir;
  const std::string data(20000, 'x'), npy = npy_file(npy_header("<f4", "(5000,)"), data);
  write_bytes(dir / "x.safetensors", one_tensor("F32", "[5000]", data));
  write_bytes(dir / "stored.npz", zip_file({stored_member("t.npy", npy)}));
  for (const char* name : {"x.safetensors", "stored.npz"}) {
    const TensorFile file(dir / name);
    REQUIRE(truncate((dir / name).c_str(), 1000) == 0);
    CHECK_THROWS_WITH_AS(read(file, "t", 0, 5000), doctest::Contains("the file shrank while it was read"), Error);
  }
  std::string noise;
  for (int i = 0; i < 20000; i++) noise += char(unsigned(i) * unsigned(i) * 7919u >> 5);
  write_bytes(dir / "deflated.npz", zip_file({deflated_member("t.npy", npy_file(npy_header("<f4", "(5000,)"), noise))}));
  const TensorFile file(dir / "deflated.npz");
  REQUIRE(truncate((dir / "deflated.npz").c_str(), 0) == 0);
  CHECK_THROWS_AS(file.numbers(*file.find("t")), Error);
}

TEST_CASE("bad files and names are refused, and the error names them") {
  const std::string npy = npy_file(npy_header("<f4", "(1,)"), le(1.0f));
  check_refused("x.npz", "neither of the two", "x.npz: expected a safetensors or npz file, found neither");
  check_refused("x.safetensors", "", "expected a safetensors file, found 0 bytes");
  check_refused("x.safetensors", one_tensor("F32", "[2]", le(1.0f)), "t: expected 8 bytes for F32 [2]");
  check_refused("x.npz", zip_file({stored_member("t.npy", npy)}).substr(0, 60), "expected a zip archive");
  check_refused("x.npz", zip_file({stored_member("t.npy", npy_file(npy_header("<f4", "(1, 2)", true), le({1.0f, 2.0f})))}), "t: expected C order");
  ZipMember broken = stored_member("t.npy", npy);
  broken.crc ^= 1;
  check_refused("x.npz", zip_file({broken}), "t.npy: expected CRC");
}
