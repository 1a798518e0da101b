// Tests .npz files: archives of other programs, and archives with wrong fields (cnpy's bugs among them).
// SPDX-License-Identifier: MIT
#include "tensor/error.h"
#include "tests/temp_dir.h"
#include "tests/weights/bytes.h"
#include "weights/npy.h"

#include <doctest/doctest.h>

#include <numeric>

using namespace pose;
using namespace pose::testing;

namespace {

std::string npy_of(std::initializer_list<float> values) {
  return text_of(format_npy(std::span(values.begin(), values.size()), {std::int64_t(values.size())}));
}

std::map<std::string, NpyArray> parse_archive(const std::string& file) {
  return parse_npz(bytes_of(file), "a.npz");
}

void check_npz_refused(const std::string& file, const char* message) {
  CHECK_THROWS_WITH_AS(parse_archive(file), doctest::Contains(message), Error);
}

void check_member_refused(const ZipMember& member, const char* message) {
  check_npz_refused(zip_file({member}), message);
}

} // namespace

TEST_CASE("written archives are read back, byte for byte the same each time") {
  const TempDir dir;
  std::vector<float> values(1000);
  std::iota(values.begin(), values.end(), -3.5f);
  const auto write = [&](const std::string& path) {
    NpzWriter writer(path);
    writer.write("a/b.c", values, {10, 100});
    writer.write("scalar", std::span(values).first(1), {});
    writer.write("empty", {}, {0, 4});
    CHECK_FALSE(std::filesystem::exists(path));
    writer.finish();
  };
  write(dir / "x.npz");
  write(dir / "y.npz");
  CHECK(read_bytes(dir / "x.npz") == read_bytes(dir / "y.npz"));
  CHECK(dir.names() == std::vector<std::string>{"x.npz", "y.npz"});
  const auto back = read_npz(dir / "x.npz");
  REQUIRE(back.size() == 3);
  CHECK(back.at("a/b.c").shape == std::vector<std::int64_t>{10, 100});
  CHECK(back.at("a/b.c").as<float>() == values);
  CHECK(back.at("scalar").as<float>() == std::vector<float>{-3.5f});
  CHECK(back.at("empty").shape == std::vector<std::int64_t>{0, 4});
}

TEST_CASE("a writer without finish leaves no file") {
  const TempDir dir;
  { NpzWriter(dir / "x.npz").write("a", std::vector<float>{1}, {1}); }
  CHECK(dir.names().empty());
}

TEST_CASE("more members than 16 bits can count are read back") {
  const TempDir dir;
  const std::vector<float> value{1};
  constexpr int kMembers = 65536 + 3;
  {
    NpzWriter writer(dir / "x.npz");
    for (int i = 0; i < kMembers; i++) writer.write(std::to_string(i), value, {});
    writer.finish();
  }
  CHECK(read_npz(dir / "x.npz").size() == kMembers);
}

TEST_CASE("stored and deflated members, comments and extra fields are read") {
  const std::string zeros = text_of(format_npy(std::vector<float>(100000), {100000}));
  const std::string file = zip_file({stored_member("s.npy", npy_of({1, 2})), deflated_member("d.npy", npy_of({3})), deflated_member("z.npy", zeros)},
                                    "a comment with PK\x05\x06 in it");
  const auto arrays = parse_archive(file);
  CHECK(arrays.size() == 3);
  CHECK(arrays.at("s").as<float>() == std::vector<float>{1, 2});
  CHECK(arrays.at("d").as<float>() == std::vector<float>{3});
  CHECK(arrays.at("z").as<float>() == std::vector<float>(100000));
  CHECK(parse_archive(zip_file({})).empty());
}

TEST_CASE("zip64 sizes in the extra field are read (cnpy#39)") {
  ZipMember m = stored_member("a.npy", npy_of({1, 2}));
  m.extra = le<std::uint16_t>({0x7777, 1}) + "x" + le<std::uint16_t>({1, 16}) + le<std::uint64_t>({m.size, m.packed_size});
  m.size = m.packed_size = 0xffffffff;
  CHECK(parse_archive(zip_file({m})).at("a").as<float>() == std::vector<float>{1, 2});

  ZipMember huge = m;
  huge.extra = le<std::uint16_t>({1, 16}) + le<std::uint64_t>({~0ull, ~0ull});
  check_member_refused(huge, "expected members of");
  ZipMember cut = m;
  cut.extra = le<std::uint16_t>({1, 8}) + le(std::uint64_t(8)); // only one of the two sizes
  check_member_refused(cut, "expected a field of 8 bytes");
  cut.extra = le<std::uint16_t>({1, 60000});
  check_member_refused(cut, "expected an extra field of 60000 bytes");
  ZipMember absent = m;
  absent.extra.clear();
  check_member_refused(absent, "expected members of");
}

TEST_CASE("archives cut at any byte are refused") {
  const std::string file = zip_file({stored_member("a.npy", npy_of({1})), deflated_member("b.npy", npy_of({2}))});
  for (std::size_t size = 0; size < file.size(); size++) CHECK_THROWS_AS(parse_archive(file.substr(0, size)), Error);
  check_npz_refused("", "a.npz: expected a zip archive (npz), found no end of a central directory");
  for (std::size_t cut = 1; cut < file.size(); cut++) CHECK_THROWS_AS(parse_archive(file.substr(cut)), Error);
}

TEST_CASE("directories with wrong fields are refused") {
  const ZipMember good = stored_member("a.npy", npy_of({1}));
  CHECK(parse_archive(zip_file({good})).size() == 1);
  check_npz_refused(zip_file({good}, "", 1), "expected a central directory of 2 members");
  check_npz_refused(zip_file({good, good}), "a.npy: expected one member of that name, found two");

  ZipMember m = good;
  m.crc ^= 1;
  check_member_refused(m, "a.npz: a.npy: expected CRC");
  m = good;
  m.name = "a.txt";
  check_member_refused(m, "expected members named *.npy, found 'a.txt'");
  m = good;
  m.flags = 1;
  check_member_refused(m, "expected no encryption");
  m = good;
  m.method = 12;
  check_member_refused(m, "expected method stored or deflated, found 12");
  m = good;
  m.offset_shift = 1;
  check_member_refused(m, "expected a local header at offset 1");
  m.offset_shift = 0xfffffff0;
  check_member_refused(m, "expected a local header of 30 bytes at offset 4294967280");
}

TEST_CASE("a directory that is not before its end record is refused, as other readers look for it there") {
  const std::string nothing = zip_file({});
  CHECK(parse_archive(nothing).empty());
  check_npz_refused("more" + nothing, "expected a central directory of 0 bytes before its end record, found it at offset 0");
  std::string file = zip_file({stored_member("a.npy", npy_of({1}))});
  file.insert(file.size() - 22, 1, 'x');
  check_npz_refused(file, "before its end record");
}

TEST_CASE("a member whose names differ is refused, as by Python") {
  std::string file = zip_file({stored_member("a.npy", npy_of({1}))});
  REQUIRE(file[30] == 'a');
  file[30] = 'b';
  check_npz_refused(file, "a.npz: a: expected the same name before its bytes, found another");
}

TEST_CASE("wrong member sizes are refused (cnpy#85, cnpy#106)") {
  const ZipMember good = stored_member("a.npy", npy_of({1}));
  ZipMember m = good;
  m.size--;
  check_member_refused(m, "expected 131 stored bytes, found 132");
  m = good;
  m.size = m.packed_size = 4;
  check_member_refused(m, "expected CRC");
  m.size = m.packed_size = 100000;
  check_member_refused(m, "expected members of");

  std::string header_too_long = npy_of({1});
  header_too_long[9] = '\x7f';
  check_member_refused(stored_member("a.npy", header_too_long), "a.npy: expected an npy header of");
  check_member_refused(stored_member("a.npy", ""), "a.npy: expected an npy file");
}

TEST_CASE("deflated data that are longer, shorter, broken or followed by more are refused") {
  const ZipMember good = deflated_member("a.npy", npy_of({1}));
  for (const int shift : {-1, 1}) {
    ZipMember m = good;
    m.size = std::uint32_t(int(m.size) + shift);
    check_member_refused(m, "bytes of deflated data, found other or broken data");
  }
  ZipMember m = good;
  m.packed += "x";
  m.packed_size++;
  check_member_refused(m, "found other or broken data");
  m = good;
  m.packed_size--;
  check_member_refused(m, "found other or broken data");
  m = good;
  m.packed = std::string(good.packed.size(), '\xff');
  check_member_refused(m, "found other or broken data");
  m = good;
  m.size = 0xfffffffe; // refused before 4 GB are allocated
  check_member_refused(m, "expected at most 1032 times");
}

TEST_CASE("members that share their bytes cannot promise more than the file holds") {
  std::vector<ZipMember> members(2, stored_member("a.npy", npy_of({1, 2, 3, 4})));
  for (ZipMember& m : members) m.packed_size = m.size = 300; // of about 500 bytes in all
  check_npz_refused(zip_file(members), "expected members of");
}
