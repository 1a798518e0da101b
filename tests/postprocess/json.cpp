// Tests JSON as Python prints it: numbers, strings, the three formats.
// SPDX-License-Identifier: MIT
#include "postprocess/json.h"

#include <doctest/doctest.h>

#include <limits>

using namespace pose;

namespace {

// A person with keypoint k at (k, k + 0.5) with score 0.25, and the neck at (5.5, 6.0).
Person person() {
  Person p;
  for (std::size_t k = 0; k < kJoints; ++k) p.joints[k] = {float(k), float(k) + 0.5f};
  p.scores.fill(0.25f);
  p.proposal_score = 1.5f;
  return p;
}

const std::string kCoco =
    R"({"image_id": "a.jpg", "category_id": 1, "keypoints": [0.0, 0.5, 0.25, 1.0, 1.5, 0.25, 2.0, 2.5, 0.25, 3.0, 3.5, 0.25, )"
    R"(4.0, 4.5, 0.25, 5.0, 5.5, 0.25, 6.0, 6.5, 0.25, 7.0, 7.5, 0.25, 8.0, 8.5, 0.25, 9.0, 9.5, 0.25, 10.0, 10.5, 0.25, )"
    R"(11.0, 11.5, 0.25, 12.0, 12.5, 0.25, 13.0, 13.5, 0.25, 14.0, 14.5, 0.25, 15.0, 15.5, 0.25, 16.0, 16.5, 0.25], "score": 1.5})";
const std::string kJoints18 = R"([0.0, 0.5, 0.25, 5.5, 6.0, 0.25, 6.0, 6.5, 0.25, 8.0, 8.5, 0.25, 10.0, 10.5, 0.25, 5.0, 5.5, 0.25, 7.0, 7.5, 0.25, )"
                              R"(9.0, 9.5, 0.25, 12.0, 12.5, 0.25, 14.0, 14.5, 0.25, 16.0, 16.5, 0.25, 11.0, 11.5, 0.25, 13.0, 13.5, 0.25, )"
                              R"(15.0, 15.5, 0.25, 2.0, 2.5, 0.25, 1.0, 1.5, 0.25, 4.0, 4.5, 0.25, 3.0, 3.5, 0.25])";
const std::string kCmuBody = R"({"joints": )" + kJoints18 + "}";
const std::string kOpenBody = R"({"pose_keypoints_2d": )" + kJoints18 + "}";

} // namespace

TEST_CASE("numbers print as Python's repr does") {
  struct Row {
    double value;
    const char* text;
  };
  constexpr double kInf = std::numeric_limits<double>::infinity();
  const Row rows[] = {
      {0.0, "0.0"},
      {-0.0, "-0.0"},
      {1.0, "1.0"},
      {-17.0, "-17.0"},
      {0.1, "0.1"},
      {1.0 / 3.0, "0.3333333333333333"},
      {0.1 + 0.2, "0.30000000000000004"},
      {double(0.1f), "0.10000000149011612"},
      {double(0.3f), "0.30000001192092896"},
      {double(558.6463f), "558.6463012695312"},
      {double(1e-5f), "9.999999747378752e-06"},
      {1e-5, "1e-05"},
      {0.0001, "0.0001"},
      {0.00012345, "0.00012345"},
      {9.999e-5, "9.999e-05"},
      {123456.0, "123456.0"},
      {1e15, "1000000000000000.0"},
      {9007199254740993.0, "9007199254740992.0"},
      {9999999999999998.0, "9999999999999998.0"},
      {1e16, "1e+16"},
      {123456789012345680.0, "1.2345678901234568e+17"},
      {1.5e100, "1.5e+100"},
      {-2.5e-10, "-2.5e-10"},
      {5e-324, "5e-324"},
      {std::numeric_limits<double>::max(), "1.7976931348623157e+308"},
      {double(std::numeric_limits<float>::max()), "3.4028234663852886e+38"},
      {std::numeric_limits<double>::quiet_NaN(), "NaN"},
      {kInf, "Infinity"},
      {-kInf, "-Infinity"},
  };
  for (const Row& row : rows) CHECK(python_number(row.value) == row.text);
}

TEST_CASE("strings print as Python's json.dumps does") {
  CHECK(python_string("") == R"("")");
  CHECK(python_string("a b/c~.jpg") == R"("a b/c~.jpg")");
  CHECK(python_string("\"\\") == R"("\"\\")");
  CHECK(python_string("\b\f\n\r\t") == R"("\b\f\n\r\t")");
  CHECK(python_string(std::string("\0\x01\x1f\x7f", 4)) == R"("\u0000\u0001\u001f\u007f")");
  CHECK(python_string("\xc3\xa4") == R"("\u00e4")");                       // a umlaut
  CHECK(python_string("\xe4\xba\xba\xef\xbf\xbf") == R"("\u4eba\uffff")"); // CJK, the last of the BMP
  CHECK(python_string("\xf0\x9f\x98\x80") == R"("\ud83d\ude00")");         // an emoji: a surrogate pair
  CHECK(python_string("\xf4\x8f\xbf\xbf") == R"("\udbff\udfff")");         // U+10FFFF
  CHECK(python_string("\xc2\x80\xdf\xbf\xe0\xa0\x80") == R"("\u0080\u07ff\u0800")");
}

TEST_CASE("bytes that are not UTF-8 are escaped one by one, as surrogateescape does") {
  CHECK(python_string("a\xff"
                      "b") == R"("a\udcffb")");
  CHECK(python_string("\x80") == R"("\udc80")");           // a lone continuation byte
  CHECK(python_string("\xe4\xba") == R"("\udce4\udcba")"); // cut short by the end
  CHECK(python_string("\xe4\xba"
                      "a") == R"("\udce4\udcbaa")");                           // ... and by ASCII
  CHECK(python_string("\xc0\xaf") == R"("\udcc0\udcaf")");                     // overlong, 2 bytes
  CHECK(python_string("\xe0\x80\xaf") == R"("\udce0\udc80\udcaf")");           // overlong, 3 bytes
  CHECK(python_string("\xf0\x80\x80\xaf") == R"("\udcf0\udc80\udc80\udcaf")"); // overlong, 4 bytes
  CHECK(python_string("\xed\xa0\x80") == R"("\udced\udca0\udc80")");           // a surrogate
  CHECK(python_string("\xf4\x90\x80\x80") == R"("\udcf4\udc90\udc80\udc80")"); // above U+10FFFF
  CHECK(python_string("\xf5\xf8\xfe") == R"("\udcf5\udcf8\udcfe")");           // never a lead byte
  CHECK(python_string("\xe4\xc3\xa4") == R"("\udce4\u00e4")");                 // the next character survives
}

TEST_CASE("strict strings escape bytes in the private use area, and every text comes back") {
  CHECK(strict_string("a\"\n\xc3\xa4\xf0\x9f\x92\x80") == R"("a\"\n\u00e4\ud83d\udc80")");
  CHECK(strict_string("a\xff") == R"("a\uefff")");
  CHECK(strict_string("\xee\xbe\x80") == R"("\uefee\uefbe\uef80")"); // U+EF80 itself
  CHECK(strict_string("\xee\xbd\xbf") == R"("\uef7f")");             // its neighbor
  CHECK(decode_strays("\xee\xbf\xbf") == "\xff");
  CHECK(decode_strays("\xee\xbf\xae\xee\xbe\xbe\xee\xbe\x80") == "\xee\xbe\x80");
  CHECK(decode_strays("a\xff\xee") == "a\xff\xee"); // not UTF-8: unchanged
}

TEST_CASE("images without people give empty results") {
  CHECK(format_results({}, JsonFormat::coco) == "[]");
  CHECK(format_results({}, JsonFormat::cmu) == "{}");
  CHECK(format_results({{"a.jpg", {}}}, JsonFormat::coco) == "[]");
  CHECK(format_results({{"a.jpg", {}}}, JsonFormat::open) == "{}");
  CHECK(format_image({"a.jpg", {}}, JsonFormat::cmu) == R"({"version": "AlphaPose v0.2", "bodies": []})");
}

TEST_CASE("coco: the result is one flat list") {
  const ImageResult two{"a.jpg", {person(), person()}};
  CHECK(format_results({two}, JsonFormat::coco) == "[" + kCoco + ", " + kCoco + "]");
  CHECK(format_results({{"x", {}}, {"a.jpg", {person()}}, {"y", {}}}, JsonFormat::coco) == "[" + kCoco + "]");
}

TEST_CASE("cmu and open: 18 keypoints under the image's name") {
  const ImageResult one{"a.jpg", {person()}};
  const std::string cmu = R"({"version": "AlphaPose v0.2", "bodies": [)" + kCmuBody + "]}";
  const std::string open = R"({"version": "AlphaPose v0.2", "people": [)" + kOpenBody + "]}";
  CHECK(format_image(one, JsonFormat::cmu) == cmu);
  CHECK(format_image(one, JsonFormat::open) == open);
  CHECK(format_results({one}, JsonFormat::cmu) == R"({"a.jpg": )" + cmu + "}");
  CHECK(format_results({{"empty", {}}, one, {"b\n", {person()}}}, JsonFormat::open) == R"({"a.jpg": )" + open + R"(, "b\n": )" + open + "}");
}

TEST_CASE("the neck is the shoulders' mean in double") {
  Person p = person();
  p.joints[5].x = 0.1f;
  p.joints[6].x = 1e-9f;
  CHECK((0.1f + 1e-9f) / 2 == 0.1f / 2); // the result in float
  const std::string text = format_image({"a", {p}}, JsonFormat::cmu);
  CHECK(text.find(", " + python_number((double(0.1f) + double(1e-9f)) / 2) + ", 6.0, 0.25, ") != std::string::npos);
}

TEST_CASE("images of the same name share a key, in first-appearance order") {
  const std::vector<ImageResult> results = {{"b", {person()}}, {"none", {}}, {"a", {person()}}, {"b", {person(), person()}}};
  const auto merged = by_name(results);
  REQUIRE(merged.size() == 2);
  CHECK(merged[0].name == "b");
  CHECK(merged[0].people.size() == 3);
  CHECK(merged[1].name == "a");
  const std::string head = R"({"version": "AlphaPose v0.2", "bodies": [)";
  CHECK(format_results(results, JsonFormat::cmu) ==
        R"({"b": )" + head + kCmuBody + ", " + kCmuBody + ", " + kCmuBody + R"(]}, "a": )" + head + kCmuBody + "]}}");
}

TEST_CASE("sep-json names end at the first dot") {
  CHECK(sep_json_stem("1.jpg") == "1");
  CHECK(sep_json_stem("a.b.png") == "a");
  CHECK(sep_json_stem("plain") == "plain");
  CHECK(sep_json_stem(".hidden.jpg") == "");
}
