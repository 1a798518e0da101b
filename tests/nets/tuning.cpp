// Tests tuning files: written files are read back, and others are refused with the position of the error.
// SPDX-License-Identifier: MIT
#include "nets/tuning.h"

#include "tensor/error.h"
#include "tests/nets/small_net.h"

#include <doctest/doctest.h>

#include <string>

using namespace pose;

namespace {

const std::string kNet = R"({"title": "small", "input": [3, 24, 20], "target": "avx2", "threads": 2, "nodes": [
  {"name": "wide", "kernel": "avx2_gemm", "ms": {"avx2_gemm": 0.25, "other": 1}}, {"name": "m", "kernel": "avx2_winograd2", "ms": {}}]})";

std::string file_of(const std::string& nets) {
  return R"({"format": 1, "nets": [)" + nets + "]}";
}

// Returns the text with its first `from` replaced.
std::string with(std::string text, const std::string& from, const std::string& to) {
  const std::size_t at = text.find(from);
  REQUIRE(at != text.npos);
  return text.replace(at, from.size(), to);
}

void expect_error(const std::string& text, const std::string& message) {
  try {
    parse_tuning(text, "f.json");
    FAIL("no error: " << message);
  } catch (const Error& e) {
    CHECK_MESSAGE(std::string(e.what()).find("f.json: " + message) == 0, e.what());
  }
}

} // namespace

TEST_CASE("a tuning file is read back as it was written") {
  const Tuning tuning = parse_tuning(file_of(kNet), "f.json");
  REQUIRE(tuning.nets.size() == 1);
  CHECK(tuning.nets[0].target == Target::avx2);
  CHECK(tuning.nets[0].threads == 2);
  CHECK(tuning.nets[0].nodes[0].ms.at("avx2_gemm") == 0.25f);
  const Tuning again = parse_tuning(to_json(tuning), "f.json");
  CHECK(to_json(again) == to_json(tuning));
  CHECK(again.nets[0].nodes[1].kernel == "avx2_winograd2");
}

TEST_CASE("a net's choices are found by title, input and target") {
  const Graph net = small_net();
  Tuning tuning = parse_tuning(file_of(kNet), "f.json");
  const KernelChoices choices = choices_for(tuning, net, Target::avx2);
  CHECK(choices.source == "f.json");
  CHECK(choices.kernel_of == std::map<std::string, std::string>{{"wide", "avx2_gemm"}, {"m", "avx2_winograd2"}});
  CHECK_THROWS_WITH_AS(choices_for(tuning, net, Target::avx512), "f.json: expected an entry for small with input 3x24x20 for avx512, found none",
                       Error);
  Graph other = net;
  other.title = "other";
  CHECK_THROWS_AS(choices_for(tuning, other, Target::avx2), Error);
  tuning.nets[0].input[1] = 48;
  CHECK_THROWS_AS(choices_for(tuning, net, Target::avx2), Error);
}

TEST_CASE("put replaces the same net and keeps all others") {
  Tuning tuning = parse_tuning(file_of(kNet), "f.json");
  TunedNet net = tuning.nets[0];
  net.nodes.pop_back();
  put(tuning, net);
  CHECK(tuning.nets.size() == 1);
  CHECK(tuning.nets[0].nodes.size() == 1);
  net.target = Target::avx512;
  put(tuning, net);
  CHECK(tuning.nets.size() == 2);
}

TEST_CASE("damaged files are refused") {
  const std::string good = file_of(kNet);
  expect_error("", "");
  expect_error(good.substr(0, good.size() / 2), "");
  expect_error("[]", "expected an object");
  expect_error(with(good, R"("format": 1)", R"("format": 2)"), "format: expected 1, found 2");
  expect_error(with(good, R"("nets")", R"("net")"), "nets: expected a field");
  expect_error(with(good, R"("threads": 2, )", ""), "nets[0]: threads: expected a field");
  expect_error(with(good, "[3, 24, 20]", "[3, 24]"), "nets[0]: input: expected a list of 3");
  expect_error(with(good, "[3, 24, 20]", "[3, 24, -20]"), "nets[0]: input[2]: expected an integer");
  expect_error(with(good, R"("avx2", )", R"("avx3", )"), "nets[0]: target: ");
  expect_error(with(good, R"("kernel": "avx2_gemm")", R"("kernel": 7)"), "nets[0]: nodes[0]: kernel: expected a string");
  expect_error(with(good, "0.25", "-0.25"), "nets[0]: nodes[0]: ms: avx2_gemm: expected a time");
  expect_error(with(good, "0.25", "\"fast\""), "nets[0]: nodes[0]: ms: avx2_gemm: expected a number");
  expect_error(with(good, R"("name": "m")", R"("name": "wide")"), "nets[0]: nodes[1]: expected each node once, found wide twice");
  expect_error(with(good, R"("name": "m")", R"("name": "m", "speed": 1)"), "nets[0]: nodes[1]: expected no other field");
  expect_error(file_of(kNet + "," + kNet), "nets[1]: expected each net once, found small with input 3x24x20 for avx2 twice");
}
