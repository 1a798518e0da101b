// Runs every reader on thousands of damaged files: each is read or gives Error, with no other failure (run under ASan and UBSan, too).
// SPDX-License-Identifier: MIT
#include "tensor/error.h"
#include "tests/temp_dir.h"
#include "tests/weights/bytes.h"
#include "weights/darknet.h"
#include "weights/npy.h"
#include "weights/safetensors.h"

#include <doctest/doctest.h>

#include <functional>
#include <random>

using namespace pose;
using namespace pose::testing;

namespace {

constexpr int kRounds = 4000;

// Uses the engine without a distribution, since distributions differ between standard libraries.
class Damage {
public:
  explicit Damage(std::vector<std::string> dictionary) : dictionary_(std::move(dictionary)) {}

  std::string operator()(std::string file) {
    for (std::size_t times = 1 + below(4); times > 0; times--) once(file);
    return file;
  }

private:
  std::size_t below(std::size_t n) { return n == 0 ? 0 : std::size_t(engine_() % n); }

  void once(std::string& file) {
    static const std::vector<std::string> kNumbers = {le(std::int8_t(-1)),        le(std::int16_t(-1)),      le(std::int32_t(-1)),
                                                      le(std::int64_t(-1)),       le(std::int32_t(0)),       le(1 << 31),
                                                      le(std::uint64_t(1) << 63), le(std::uint64_t(1) << 32)};
    const std::size_t at = below(file.size()), count = std::min(1 + below(16), file.size() - at);
    switch (below(7)) {
      case 0:
        if (!file.empty()) file[at] = char(file[at] ^ 1 << below(8));
        break;
      case 1: file.resize(at); break;
      case 2: file.erase(at, count); break;
      case 3: file.insert(at, file, below(file.size()), count); break;
      case 4: overwrite(file, at, kNumbers[below(kNumbers.size())]); break;
      case 5: overwrite(file, at, dictionary_[below(dictionary_.size())]); break;
      case 6: file.insert(at, dictionary_[below(dictionary_.size())]); break;
    }
  }

  static void overwrite(std::string& file, std::size_t at, const std::string& with) {
    file.replace(at, std::min(with.size(), file.size() - at), with);
  }

  std::mt19937_64 engine_{1};
  std::vector<std::string> dictionary_;
};

// Reads damaged copies of the files.  Some must be refused, and some damage (to the data) must pass, or the test shows nothing.
void fuzz(const std::vector<std::string>& files, std::vector<std::string> dictionary, const std::function<void(const std::string&)>& read) {
  for (const std::string& file : files) REQUIRE_NOTHROW(read(file));
  Damage damage(std::move(dictionary));
  int passed = 0, refused = 0;
  for (int round = 0; round < kRounds; round++) {
    const std::string file = damage(files[std::size_t(round) % files.size()]);
    try {
      read(file);
      passed++;
    } catch (const Error&) {
      refused++;
    }
  }
  CHECK(passed > 0);
  CHECK(refused > kRounds / 4);
}

// Checks that a reader returns no more data than its file can hold.
void check_size(const NpyArray& array, std::size_t file_bytes) {
  CHECK(array.bytes.size() <= file_bytes * 1032);
}

std::string npy(const std::string& type, const std::string& shape, bool fortran_order, char major, std::size_t bytes) {
  return npy_file(npy_header(type, shape, fortran_order), std::string(bytes, '\0'), major);
}

} // namespace

TEST_CASE("damaged npy files are read or refused") {
  const std::vector<std::string> files = {npy("<f4", "(2, 3)", false, 1, 24), npy("<i8", "(2, 2)", true, 2, 32), npy("|b1", "()", false, 3, 1)};
  const std::vector<std::string> dictionary = {"(",     ")",     ",",    "'",    "{", "}", "-1", "0", "9223372036854775807",
                                               "'<f2'", "'|u1'", "True", "(1,)", "\n"};
  fuzz(files, dictionary, [](const std::string& file) {
    const NpyArray array = parse_npy(bytes_of(file), "a");
    check_size(array, file.size());
    const std::vector<double> values = array.as<double>(); // Error for an i8 that no double can hold
    CHECK(values.size() == std::size_t(array.count()));
  });
}

TEST_CASE("damaged npz files are read or refused") {
  const std::string a = npy("<f4", "(2,)", false, 1, 8), b = npy("|u1", "(500,)", false, 1, 500);
  ZipMember wide = stored_member("w.npy", a);
  wide.extra = le<std::uint16_t>({1, 16}) + le<std::uint64_t>({wide.size, wide.packed_size});
  wide.size = wide.packed_size = 0xffffffff;
  const TempDir dir;
  NpzWriter writer(dir / "x.npz");
  writer.write("a", std::vector<float>{1, 2}, {2});
  writer.finish();
  const std::vector<std::string> files = {zip_file({stored_member("a.npy", a), deflated_member("b.npy", b)}, "comment"), zip_file({wide}),
                                          read_bytes(dir / "x.npz")};
  const std::vector<std::string> dictionary = {
      "PK\1\2", "PK\3\4", "PK\5\6", "PK\6\6", "PK\6\7", ".npy", le<std::uint16_t>({1, 24}), le(std::uint16_t(8))};
  fuzz(files, dictionary, [](const std::string& file) {
    for (const auto& [name, array] : parse_npz(bytes_of(file), "a")) check_size(array, file.size());
  });
}

TEST_CASE("damaged safetensors files are read or refused") {
  const TempDir dir;
  const std::string header = R"({"__metadata__":{"k":"v"},"a":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]},)"
                             R"("b.num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[24,32]},)"
                             R"("c":{"dtype":"F32","shape":[1],"data_offsets":[32,36]}})";
  const std::string good = safetensors_file(header, std::string(36, '\1'));
  const std::vector<std::string> dictionary = {
      "{",    "}",    "[",       "]",         ":",       ",", "\"",     "\"a\"",  "-1", "1e9", "18446744073709551616", "9223372036854775807",
      "null", "true", "\"F16\"", "\"shape\"", "\\u0000", " ", "[[[[[[", "{\"a\":"};
  const auto read = [&](const std::string& file) {
    write_bytes(dir / "x", file);
    const WeightStore store = read_safetensors(dir / "x", Values::any);
    for (const auto& [name, param] : store.params()) {
      const ParamSpec spec{name, param.shape, Role::weight};
      CHECK(std::size_t(spec.count()) * sizeof(float) <= file.size());
    }
  };
  fuzz({good}, dictionary, read);
  // The same, with a header length that fits the damaged header.
  fuzz({header}, dictionary, [&](const std::string& text) { read(safetensors_file(text, std::string(36, '\1'))); });
}

TEST_CASE("damaged Darknet files are read or refused") {
  const TempDir dir;
  const std::vector<ParamSpec> specs = {{"a", {2, 3}, Role::weight}, {"b", {5}, Role::bias}};
  const std::string data(44, '\1');
  const std::vector<std::string> files = {le<std::int32_t>({0, 2, 0, 7, 0}) + data, le<std::int32_t>({0, 1, 0, 7}) + data};
  fuzz(files, {le(std::int32_t(1000)), le(std::int32_t(2)), std::string(4, '\0')}, [&](const std::string& file) {
    write_bytes(dir / "x", file);
    const WeightStore store = read_darknet(dir / "x", specs);
    CHECK(store.params().size() == 2);
  });
}
