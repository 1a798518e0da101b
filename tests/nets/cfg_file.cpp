// Tests the grammar of lines in cfg files: valid lines are read, others refused.
// SPDX-License-Identifier: MIT
#include "nets/cfg_file.h"

#include "tests/error_of.h"

#include <doctest/doctest.h>

#include <algorithm>

using namespace pose;
using namespace pose::testing;

namespace {

CfgSection section(const std::string& keys) {
  return parse_cfg_sections("[s]\n" + keys, "x.cfg").at(0);
}

} // namespace

TEST_CASE("sections, comments, blanks and line ends are parsed") {
  const std::string text = "# comment\r\n\r\n [net] ; more\r\n\twidth =  416 \r\nname=a b#c\n[a]\n[a]\nk=1=2";
  std::vector<CfgSection> sections = parse_cfg_sections(text, "x.cfg");
  REQUIRE(sections.size() == 3);
  CHECK(sections[0].name() == "net");
  CHECK(sections[0].take_int("width", std::nullopt, 1, 1000) == 416);
  CHECK(sections[0].take_text("name", std::nullopt) == "a b");
  CHECK(sections[2].take_text("k", std::nullopt) == "1=2");
  for (const CfgSection& s : sections) CHECK_NOTHROW(s.expect_all_taken());
  CHECK(parse_cfg_sections("", "x.cfg").empty());
  CHECK(section("k=1\nk=2\n").take_int("k", std::nullopt, 0, 9) == 1); // the first counts
}

TEST_CASE("values are read by type, absent ones give the fallback") {
  CfgSection s = section("i=-7\nf=.5\nis=1, 2,3\nfs=1e2,-0.25\non=1\nunused=1\n");
  CHECK(s.take_int("i", 3, -10, 10) == -7);
  CHECK(s.take_int("absent", 3, 0, 0) == 3);
  CHECK(s.take_float("f", std::nullopt, 0, 1) == 0.5f);
  CHECK(s.take_ints("is", 0, 9) == std::vector<int>{1, 2, 3});
  CHECK(s.take_floats("fs", -1, 100) == std::vector<float>{100, -0.25f});
  CHECK(s.take_ints("absent", 0, 9).empty());
  CHECK(s.take_flag("on"));
  CHECK_FALSE(s.take_flag("off"));
  CHECK(error_of([&] { s.expect_all_taken(); }) == "x.cfg:7: [s] unused: unknown key");
  s.skip("absent unused");
  CHECK_NOTHROW(s.expect_all_taken());
}

TEST_CASE("errors for bad values name file, line, section and key, and what was expected and found") {
  const auto number = [](const std::string& value) { return error_of([&] { section("\nk=" + value).take_int("k", std::nullopt, 1, 9); }); };
  CHECK(number("0") == "x.cfg:3: [s] k: expected an integer from 1 to 9, found \"0\"");
  for (const char* bad : {"10", "-1", "1x", "x", "1.0", "+1", "0x1", "1,", "99999999999999999999", "1 2"}) {
    CAPTURE(bad);
    CHECK(number(bad) == std::string("x.cfg:3: [s] k: expected an integer from 1 to 9, found \"") + bad + "\"");
  }
  for (const char* bad : {"nan", "inf", "1e99", "-1", "3", "1f", "1e", ".", "0x1p1"}) {
    CAPTURE(bad);
    CHECK(error_of([&] { section(std::string("k=") + bad).take_float("k", std::nullopt, 0, 2); }) ==
          std::string("x.cfg:2: [s] k: expected a number from 0 to 2, found \"") + bad + "\"");
  }
  CHECK(section("k=1,2 ,").take_ints("k", 0, 9) == std::vector<int>{1, 2});
  for (const char* bad : {",", ",,", "1,,", ",1", "1,,2", "1 2", "1,x"}) {
    CAPTURE(bad);
    CHECK(contains(error_of([&] { section(std::string("k=") + bad).take_ints("k", 0, 9); }), "x.cfg:2: [s] k: expected an integer"));
  }
  CHECK(error_of([&] { section("").take_int("k", std::nullopt, 1, 9); }) == "x.cfg:1: [s] k: expected an integer from 1 to 9, found no such key");
  CHECK(contains(error_of([&] { section("").take_text("k", std::nullopt); }), "found no such key"));
  CHECK(contains(error_of([&] { section("k=2").take_flag("k"); }), "expected an integer from 0 to 1"));
}

TEST_CASE("bad lines are refused with their line number") {
  const auto error = [](const std::string& text) { return error_of([&] { parse_cfg_sections(text, "x.cfg"); }); };
  CHECK(error("k=1") == "x.cfg:1: expected [section] before the first key, found \"k=1\"");
  CHECK(error("[s]\nk") == "x.cfg:2: expected key = value, found \"k\"");
  CHECK(contains(error("[s]\nk="), "x.cfg:2: expected key = value"));
  CHECK(contains(error("[s]\n=1"), "x.cfg:2: expected key = value"));
  for (const char* bad : {"[", "[]", "[s", "[s] x", "]["}) {
    CAPTURE(bad);
    CHECK(contains(error(bad), "x.cfg:1: expected [section]"));
  }
}

TEST_CASE("the message is one short printable line for any content of the file") {
  const std::string long_line = "[s]\nk=\x01\xff\x7f" + std::string(100000, 'a');
  const std::string error = error_of([&] { parse_cfg_sections(long_line, "x.cfg").at(0).take_int("k", 0, 0, 1); });
  CHECK(error.size() < 200);
  CHECK(contains(error, "found \"???aaa"));
  CHECK(std::all_of(error.begin(), error.end(), [](char c) { return c >= ' ' && c <= '~'; }));
  CHECK(contains(error_of([] { parse_cfg_sections(std::string((1 << 20) + 1, '\n'), "x.cfg"); }), "x.cfg: expected at most 1048576 bytes"));
  std::string many;
  for (int i = 0; i < 20000; i++) many += "[s]\n";
  CHECK(contains(error_of([&] { parse_cfg_sections(many, "x.cfg"); }), "x.cfg:10001: expected at most 10000 sections"));
}
