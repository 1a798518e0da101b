// Tests packed weights on disk: the results are bit-identical with and without the cache, and damaged files do no harm.
// SPDX-License-Identifier: MIT
#include "nets/packed_cache.h"

#include "tensor/compare.h"
#include "tensor/hash.h"
#include "tests/error_of.h"
#include "tests/nets/small_net.h"
#include "tests/targets.h"
#include "tests/temp_dir.h"
#include "weights/synthetic.h"

#include <doctest/doctest.h>

#include <atomic>
#include <cstring>
#include <filesystem>
#include <thread>

using namespace pose;
using pose::testing::contains;
using pose::testing::read_bytes;
using pose::testing::TempDir;
using pose::testing::write_bytes;

namespace {

constexpr std::size_t kHeader = 4096;

PlanOptions options_with(const TempDir& dir, Target target = best_target()) {
  PlanOptions options;
  options.target = target;
  options.batch = options.threads = 2;
  options.weight_cache = dir.path().string();
  return options;
}

// Returns the note of a plan of the small network.
std::string note_with(const PlanOptions& options, std::uint64_t seed = 1) {
  const Graph net = small_net();
  return std::string(Plan(net, random_weights(net.params(), seed), options).cache_note());
}

bool same(const std::vector<float>& a, const std::vector<float>& b) {
  return compare(a, b, 0).ok();
}

} // namespace

TEST_CASE("packed weights from the cache give the same bits") {
  const Graph net = small_net();
  for (Target target : targets_with_kernels()) {
    for (bool discard : {false, true}) {
      TempDir dir;
      PlanOptions options = options_with(dir, target);
      options.discard_weights = discard;
      PlanOptions plain = options;
      plain.weight_cache.clear();
      const std::vector<float> want = run_small_net(net, plain, 2);
      CHECK(same(run_small_net(net, options, 2), want)); // writes
      CHECK(dir.names().size() == 1);
      const std::string file = read_bytes(dir / dir.names()[0]);
      CHECK(same(run_small_net(net, options, 2), want)); // reads
      CHECK(dir.names().size() == 1);
      CHECK(read_bytes(dir / dir.names()[0]) == file);
      CHECK(note_with(options) == "");
    }
  }
}

TEST_CASE("a file holds, aligned, what was saved under its key") {
  TempDir dir;
  Pool pool(1);
  const std::vector<float> floats = {1, 2, 3};
  PackedCache cache(dir.path().string(), "some/net", "key");
  CHECK(cache.load(3, pool) == nullptr);
  CHECK(cache.note() == "");
  cache.save(floats, pool);
  CHECK(cache.note() == "");
  CHECK(dir.names().size() == 1);
  CHECK(dir.names()[0].rfind("net-", 0) == 0);
  const float* back = cache.load(3, pool);
  REQUIRE(back != nullptr);
  CHECK(std::vector<float>(back, back + 3) == floats);
  CHECK(std::uintptr_t(back) % 64 == 0);
  CHECK(PackedCache(dir.path().string(), "some/net", "other key").load(3, pool) == nullptr);
  PackedCache longer(dir.path().string(), "some/net", "key");
  CHECK(longer.load(4, pool) == nullptr);
  CHECK(contains(longer.note(), "expected 4 floats"));
}

TEST_CASE("other weights, another target or another graph use another file") {
  TempDir dir;
  std::size_t files = 0;
  for (Target target : targets_with_kernels()) {
    for (std::uint64_t seed : {1, 2}) {
      for (bool fuse : {true, false}) {
        PlanOptions options = options_with(dir, target);
        options.fuse = fuse;
        CHECK(note_with(options, seed) == "");
        CHECK(dir.names().size() == ++files);
      }
    }
  }
  PlanOptions options = options_with(dir, targets_with_kernels().back());
  options.batch = 3; // weights do not depend on the batch size
  options.threads = 1;
  CHECK(note_with(options) == "");
  CHECK(dir.names().size() == files);
}

TEST_CASE("a damaged file is detected and written again") {
  TempDir dir;
  const Graph net = small_net();
  const PlanOptions options = options_with(dir);
  const std::vector<float> want = run_small_net(net, options, 2);
  const std::string path = dir / dir.names()[0], good = read_bytes(path);
  REQUIRE(good.size() > kHeader + 100);
  const auto check = [&](const std::string& bad) {
    write_bytes(path, bad);
    const std::string note = note_with(options);
    CHECK_MESSAGE(contains(note, path), note);
    CHECK_MESSAGE(contains(note, "packed anew"), note);
    CHECK(read_bytes(path) == good);
    write_bytes(path, bad);
    CHECK(same(run_small_net(net, options, 2), want));
  };
  for (std::size_t size : {std::size_t(0), std::size_t(1), std::size_t(55), kHeader - 1, kHeader, kHeader + 1, good.size() - 4, good.size() - 1})
    check(good.substr(0, size));
  check(good + "x");
  check(good + good);
  check(std::string(good.size(), '\0'));
  check(std::string(good.size(), '\xff'));
  for (std::size_t at = 0; at < 56; at++) { // every byte of the header
    std::string bad = good;
    bad[at] = char(bad[at] ^ 1);
    check(bad);
  }
  for (std::size_t at : {kHeader, kHeader + 4001, good.size() - 1}) {
    std::string bad = good;
    bad[at] = char(bad[at] ^ 0x80);
    check(bad);
  }
}

TEST_CASE("weights that a kernel now packs differently are packed again") {
  TempDir dir;
  const Graph net = small_net();
  const PlanOptions options = options_with(dir);
  const std::vector<float> want = run_small_net(net, options, 2);
  const std::string path = dir / dir.names()[0], good = read_bytes(path);
  // Imitates a pack() that changed without a new version number: other floats, all checksums right.
  std::string stale = good;
  for (std::size_t at = kHeader; at < stale.size(); at += 4) stale[at] = char(stale[at] ^ 1);
  const std::span<const std::byte> bytes = std::as_bytes(std::span(stale)), floats = bytes.subspan(kHeader);
  Pool pool(1);
  const std::uint64_t slice = hash_pieces({&floats, 1}, pool), checksum = hash64(std::as_bytes(std::span(&slice, 1)));
  std::memcpy(stale.data() + 40, &checksum, sizeof checksum);
  const std::uint64_t own = hash64(bytes.first(48));
  std::memcpy(stale.data() + 48, &own, sizeof own);
  write_bytes(path, stale);
  const std::string note = note_with(options);
  CHECK_MESSAGE(contains(note, "what the kernels pack today"), note);
  CHECK(read_bytes(path) == good);
  write_bytes(path, stale);
  CHECK(same(run_small_net(net, options, 2), want));
}

TEST_CASE("a folder that cannot be used costs only a note") {
  TempDir dir;
  write_bytes(dir / "file", "in the way");
  PlanOptions options = options_with(dir);
  options.weight_cache = dir / "file";
  CHECK(contains(note_with(options), "cannot be written"));
  options.weight_cache = dir / "new/folder";
  CHECK(note_with(options) == "");
  CHECK(std::filesystem::is_directory(dir / "new/folder"));
  const std::string path = std::filesystem::directory_iterator(dir / "new/folder")->path().string();
  std::filesystem::remove(path);
  std::filesystem::create_directory(path); // a folder in the place of the file
  CHECK(contains(note_with(options), path));
}

TEST_CASE("concurrent writers and readers see complete files only") {
  TempDir dir;
  std::vector<float> floats(300'000);
  for (std::size_t i = 0; i < floats.size(); i++) floats[i] = float(i % 1013);
  std::atomic<int> bad{0}, hits{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; t++) {
    threads.emplace_back([&, t] {
      Pool pool(1);
      for (int repeat = 0; repeat < 20; repeat++) {
        PackedCache cache(dir.path().string(), "net", "key");
        if (t % 2 == 0) cache.save(floats, pool);
        const float* found = cache.load(std::int64_t(floats.size()), pool);
        bad += !cache.note().empty();
        if (found == nullptr) continue;
        hits++;
        bad += std::memcmp(found, floats.data(), floats.size() * sizeof(float)) != 0;
      }
    });
  }
  for (std::thread& t : threads) t.join();
  CHECK(bad == 0);
  CHECK(hits >= 40);
  CHECK(dir.names().size() == 1);
}
