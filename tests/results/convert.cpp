// Tests convert and check_results.
// SPDX-License-Identifier: MIT
#include "results/convert.h"
#include "postprocess/json.h"
#include "results/check.h"
#include "results/jsonl.h"
#include "tests/error_of.h"
#include "tests/results/frames.h"

#include <nlohmann/json.hpp>

#include <limits>

using namespace pose;
using namespace pose::testing;

namespace {

// A folder with in.jsonl, and conversions of it.
struct Conversion {
  TempDir dir;

  void lines(const std::vector<FrameResult>& frames, const std::string& rest = "") const {
    std::string text;
    for (const FrameResult& frame : frames) text += format_line(frame);
    write_bytes(dir / "in.jsonl", text + rest);
  }
  std::string to(const std::string& format, bool smooth = false) const {
    convert(dir / "in.jsonl", dir / "out", {format, smooth});
    return read_bytes(dir / "out");
  }
};

// A person with small, round numbers.
ResultPerson plain_person() {
  ResultPerson p;
  for (std::size_t k = 0; k < kJoints; ++k) p.person.joints[k] = {float(k), float(k) + 0.5f};
  p.person.scores.fill(0.25f);
  p.person.proposal_score = 2.5f;
  p.person.box = {10, 20, 40, 80};
  p.person.box_score = 0.75f;
  return p;
}

std::vector<std::string> problems_of(const std::string& path) {
  std::vector<std::string> problems;
  check_results(path, [&](const std::string& problem) { problems.push_back(problem); });
  return problems;
}

} // namespace

TEST_CASE("AlphaPose's formats have the bytes of format_results") {
  const Conversion c;
  const std::vector<FrameResult> frames = {image("x/a.jpg", 2), image("x/b.jpg"), image("y/a.jpg", 1), image("c.png", 3)};
  c.lines(frames);
  std::vector<ImageResult> images;
  for (const FrameResult& frame : frames) {
    images.push_back({std::filesystem::path(frame.source).filename(), {}});
    for (const ResultPerson& p : frame.people) images.back().people.push_back(p.person);
  }
  CHECK(c.to("coco") == format_results(images, JsonFormat::coco));
  CHECK(c.to("cmu") == format_results(images, JsonFormat::cmu));
  CHECK(c.to("open") == format_results(images, JsonFormat::open));
}

TEST_CASE("coco-results: COCO's list, with numbers as image_id where the name is one") {
  const Conversion c;
  std::vector<FrameResult> frames = {image("val/000000000139.jpg"), image("street.jpg"), clip_frame(7), image("-5.jpg")};
  for (FrameResult& frame : frames) frame.people = {plain_person()};
  frames[1].people[0].person.joints[0].x = std::numeric_limits<float>::quiet_NaN();
  c.lines(frames);
  const auto list = nlohmann::json::parse(c.to("coco-results"));
  REQUIRE(list.size() == 4);
  CHECK(list[0]["image_id"] == 139);
  CHECK(list[1]["image_id"] == "street.jpg");
  CHECK(list[2]["image_id"] == 7);
  CHECK(list[3]["image_id"] == "-5.jpg");
  CHECK(list[0]["category_id"] == 1);
  CHECK(list[0]["bbox"] == std::vector<float>{10, 20, 30, 60});
  CHECK(list[0]["keypoints"].size() == 51);
  CHECK(list[0]["keypoints"][4] == 1.5);
  CHECK(list[0]["score"] == 2.5);
  CHECK(list[1]["keypoints"][0].is_null());
  c.lines({});
  CHECK(c.to("coco-results") == "[\n]\n");
}

TEST_CASE("csv: one row a person, fields quoted as RFC 4180 has it") {
  const Conversion c;
  FrameResult a = image("odd, \"name\".jpg"), b = clip_frame(3);
  a.people = {plain_person()};
  b.people = {plain_person(), plain_person()};
  b.people[0].id = 12;
  b.people[1].person.box_score = std::numeric_limits<float>::quiet_NaN();
  b.detected = false;
  c.lines({a, image("none.jpg"), b});
  const std::string text = c.to("csv");
  std::vector<std::string> rows;
  for (std::size_t at = 0; at < text.size(); at = text.find("\r\n", at) + 2) rows.push_back(text.substr(at, text.find("\r\n", at) - at));
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].starts_with("source,frame,time,width,height,detected,id,score,box_score,x1,y1,x2,y2,nose_x,nose_y,nose_score,left_eye_x,"));
  CHECK(std::count(rows[0].begin(), rows[0].end(), ',') == 12 + 51);
  CHECK(rows[1].starts_with("\"odd, \"\"name\"\".jpg\",0,,640,480,true,,2.5,0.75,10.0,20.0,40.0,80.0,0.0,0.5,0.25,"));
  CHECK(rows[2].starts_with("clip.mp4,3,0.12,640,480,false,12,2.5,0.75,"));
  CHECK(rows[3].starts_with("clip.mp4,3,0.12,640,480,false,,2.5,,10.0,"));
  for (const std::string& row : {rows[0], rows[2], rows[3]}) CHECK(std::count(row.begin(), row.end(), ',') == 12 + 51);
}

TEST_CASE("people with other keypoints: all of them in csv, COCO's in coco-results and open") {
  const Conversion c;
  FrameResult frame = clip_frame(0);
  ResultPerson halpe{with_joints(plain_person().person, find_joint_set("halpe26"))};
  for (std::size_t k = 17; k < 26; ++k) halpe.person.joints[k] = {7.5f, 8.5f};
  frame.people = {halpe, plain_person()};
  c.lines({frame});
  const std::string csv = c.to("csv");
  CHECK(contains(csv, ",right_heel_x,right_heel_y,right_heel_score\r\n"));
  CHECK(contains(csv, ",7.5,8.5,0.0\r\n"));
  CHECK(csv.ends_with("16.0,16.5,0.25,,,0.0,,,0.0,,,0.0,,,0.0,,,0.0,,,0.0,,,0.0,,,0.0,,,0.0\r\n")); // COCO's person lacks the others
  const auto list = nlohmann::json::parse(c.to("coco-results"));
  CHECK((list[0]["keypoints"] == list[1]["keypoints"] && list[0]["keypoints"].size() == 51));
  const auto open = nlohmann::json::parse(c.to("open"))["0.jpg"]["people"];
  CHECK((open[0] == open[1] && open[0]["pose_keypoints_2d"].size() == 54));
  CHECK(nlohmann::json::parse(c.to("coco"))[0]["keypoints"].size() == 78);
}

TEST_CASE("smooth: smoothed keypoints where a person has them") {
  const Conversion c;
  FrameResult frame = clip_frame(0);
  frame.people = {plain_person(), plain_person()};
  frame.people[0].smooth.emplace();
  (*frame.people[0].smooth)[0] = {100, 200};
  c.lines({frame});
  CHECK(contains(c.to("csv", true), "80.0,100.0,200.0,0.25,0.0,0.0,0.25,"));
  CHECK(contains(c.to("csv", true), "80.0,0.0,0.5,0.25,1.0,1.5,0.25,"));
  CHECK(!contains(c.to("csv", false), "100.0"));
}

TEST_CASE("a torn end is left out, and frames of two clips are reported") {
  const Conversion c;
  c.lines({clip_frame(0, 1), clip_frame(1, 2)}, "{\"schema\":1");
  const Converted torn = convert(c.dir / "in.jsonl", c.dir / "out", {"csv"});
  CHECK(torn.torn);
  CHECK(torn.lines == 2);
  CHECK(torn.people == 3);
  CHECK(torn.clashes.empty());
  FrameResult other = clip_frame(0);
  other.source = "other.mp4";
  c.lines({clip_frame(0), image("a.jpg"), other});
  CHECK(convert(c.dir / "in.jsonl", c.dir / "out", {"coco"}).clashes == "other.mp4");
}

TEST_CASE("a failed conversion leaves no file") {
  const Conversion c;
  c.lines({clip_frame(0, 1)}, "oops\n");
  CHECK(contains(error_of([&] { c.to("csv"); }), "in.jsonl:2: expected JSON"));
  CHECK(error_of([&] { c.to("xml"); }) == "format: expected one of cmu, coco, coco-results, csv, open, found xml");
  CHECK(c.dir.names() == std::vector<std::string>{"in.jsonl"});
  CHECK_THROWS_AS(convert(c.dir / "in.jsonl", c.dir / "out", {"csv", false, [] { return true; }}), Interrupted);
  CHECK(c.dir.names() == std::vector<std::string>{"in.jsonl"});
}

TEST_CASE("check: a good file has no problems") {
  const Conversion c;
  FrameResult failed = image("b.jpg");
  failed.error = "broken";
  c.lines({clip_frame(0, 1), clip_frame(1, 2), clip_frame(5), image("a.jpg", 1), image("a.jpg", 1), failed, clip_frame(0)});
  std::vector<std::string> problems;
  const CheckReport report = check_results(c.dir / "in.jsonl", [&](const std::string& problem) { problems.push_back(problem); });
  CHECK(problems.empty());
  CHECK(report.lines == 7);
  CHECK(report.people == 5);
  CHECK(report.errors == 1);
  CHECK(report.problems == 0);
}

TEST_CASE("check: every problem is one line with its place") {
  const Conversion c;
  FrameResult early = clip_frame(8);
  early.time = 0.01;
  c.lines({clip_frame(4), clip_frame(4), clip_frame(3), clip_frame(6), early, clip_frame(9, 0, "0002000000000000")}, "oops\n{\"schema\"");
  const std::string path = c.dir / "in.jsonl";
  CHECK(problems_of(path) == std::vector<std::string>{
                                 path + ":2: expected a frame after 4 of clip.mp4, found 4",
                                 path + ":3: expected a frame after 4 of clip.mp4, found 3",
                                 path + ":5: expected a time from 0.24 s on, found 0.01 s",
                                 path + ":6: expected a key that begins with 0001 as the first one, found 0002000000000000",
                                 path + ":7: expected JSON, found an error at byte 1 of the line",
                                 path + ":8: expected a line feed at the end of the line, found a torn line",
                             });
  CHECK_THROWS_AS(problems_of(c.dir / "none"), DataError);
}
