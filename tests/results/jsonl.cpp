// Tests lines: their text, the way back bit for bit, and one clear message for every mutation.
// SPDX-License-Identifier: MIT
#include "results/jsonl.h"

#include "postprocess/json.h"

#include "results/number.h"
#include "tests/error_of.h"
#include "tests/results/frames.h"

#include <nlohmann/json.hpp>

#include <cstdlib>
#include <limits>

using namespace pose;
using namespace pose::testing;

namespace {

std::string number(float value) {
  std::string text;
  append_number(text, value);
  return text;
}

// Returns a line whose first `from` is replaced.
std::string replaced(std::string line, const std::string& from, const std::string& to) {
  const std::size_t at = line.find(from);
  REQUIRE(at != std::string::npos);
  return line.replace(at, from.size(), to);
}

std::string message(const std::string& line) {
  return error_of([&] { parse_line(line, "f.jsonl:7"); });
}

} // namespace

TEST_CASE("an image without people is one short line") {
  FrameResult frame = image("photos/a.jpg");
  CHECK(format_line(frame) == R"({"schema":1,"source":"photos/a.jpg","frame":0,"time":null,"width":640,"height":480,"key":"00010123456789ab",)"
                              R"("status":"ok","detected":true,"people":[]})"
                              "\n");
  frame.error = "photos/a.jpg: expected a JPEG or PNG file";
  frame.width = frame.height = 0;
  frame.time = 0.04;
  frame.frame = 1;
  frame.detected = false;
  CHECK(format_line(frame) == R"({"schema":1,"source":"photos/a.jpg","frame":1,"time":0.04,"width":0,"height":0,"key":"00010123456789ab",)"
                              R"("status":"error","error":"photos/a.jpg: expected a JPEG or PNG file","detected":false,"people":[]})"
                              "\n");
}

TEST_CASE("a person has an id, scores, a box and named keypoints") {
  FrameResult frame = clip_frame(25, 1);
  ResultPerson& p = frame.people[0];
  for (std::size_t k = 0; k < kJoints; ++k) p.person.joints[k] = {float(k), float(k) + 0.5f};
  p.person.scores.fill(0.25f);
  p.person.proposal_score = 2.5f;
  p.person.box = {1, 2.5f, 3, 4};
  p.person.box_score = 0.1f;
  const auto person_of = [&] { return format_line(frame).substr(format_line(frame).find("[{") + 1); };
  CHECK(person_of().starts_with(R"({"id":null,"score":2.5,"box":[1.0,2.5,3.0,4.0],"box_score":0.1,"keypoints":{"nose":[0.0,0.5,0.25],)"
                                R"("left_eye":[1.0,1.5,0.25],"right_eye":[2.0,2.5,0.25],)"));
  CHECK(person_of().ends_with(R"("right_ankle":[16.0,16.5,0.25]}}]})"
                              "\n"));
  p.id = 12;
  p.smooth = p.person.joints;
  CHECK(person_of().starts_with(R"({"id":12,"score":2.5)"));
  CHECK(contains(person_of(), R"(]},"smooth":{"nose":[0.0,0.5],"left_eye":[1.0,1.5],)"));
}

TEST_CASE("keypoints that are not COCO's have the name of their set, and read back") {
  std::mt19937 random(2);
  const JointSetRef hand = make_joint_set({"my \"hand\"", {"wrist", "thumb", "index"}, {}, {}, {}});
  for (const JointSetRef& set : {find_joint_set("halpe26"), find_joint_set("halpe136"), hand}) {
    FrameResult frame = clip_frame(0);
    frame.people = {random_person(random, set), random_person(random)};
    frame.people[0].smooth = random_person(random, set).person.joints;
    const std::string line = format_line(frame);
    CHECK(contains(line, R"(,"keypoint_set":)" + strict_string(set->name) + R"(,"keypoints":{)" + strict_string(set->names[0]) + ":["));
    const FrameResult back = parse_line(line, "x:1");
    const Person &got = back.people[0].person, &want = frame.people[0].person;
    CHECK(back.people[1].person.set == coco_joints());
    REQUIRE((got.set->name == set->name && got.joints.size() == set->size() && back.people[0].smooth->size() == set->size()));
    const Person named = with_joints(got, set); // an unknown set comes back in the order of its names
    for (std::size_t k = 0; k < set->size(); ++k) CHECK((named.joints[k].x == want.joints[k].x && named.scores[k] == want.scores[k]));
    if (set != hand) CHECK((got.set == set && format_line(back) == line));
  }
}

TEST_CASE("keypoints in 3D read back") {
  std::mt19937 random(4);
  const JointSetRef set = find_joint_set("blazepose33");
  FrameResult frame = clip_frame(0);
  frame.people = {random_person(random, set)};
  for (std::size_t k = 0; k < set->size(); ++k) frame.people[0].person.world.push_back({float(k), 0.5f, -1});
  frame.people[0].smooth = frame.people[0].person.joints;
  const std::string line = format_line(frame);
  CHECK(contains(line, R"(]},"world":{"nose":[0.0,0.5,-1.0],"left_eye_inner":[1.0,0.5,-1.0],)"));
  const FrameResult back = parse_line(line, "x:1");
  REQUIRE(back.people[0].person.world.size() == 33);
  CHECK(back.people[0].person.world[32].x == 32);
  CHECK(format_line(back) == line);
  const Person coco = with_joints(back.people[0].person, coco_joints());
  CHECK((coco.world.size() == 17 && coco.world[5].x == 11)); // the left shoulder
  const std::size_t from = line.find(R"("world":{"nose":[0.0)");
  std::string bad = line;
  CHECK(error_of([&] { parse_line(bad.replace(from + 9, 6, "\"nase\""), "x:1"); }) == "x:1: people[0].world: expected the key nose, found none");
}

TEST_CASE("a set of keypoints that is not what its name says, or none, is an error") {
  std::mt19937 random(3);
  FrameResult frame = clip_frame(0);
  frame.people = {random_person(random, find_joint_set("halpe26"))};
  const std::string line = format_line(frame);
  const auto with = [&](const std::string& from, const std::string& to) {
    std::string changed = line;
    REQUIRE(contains(changed, from));
    changed.replace(changed.find(from), from.size(), to);
    return error_of([&] { parse_line(changed, "x:1"); });
  };
  CHECK(with("\"left_heel\"", "\"heel\"") == "x:1: people[0].keypoints: expected the key left_heel, found none");
  CHECK(with("\"halpe26\"", "\"halpe136\"") == "x:1: people[0].keypoints: expected the key face_0, found none");
  CHECK(with("\"halpe26\"", "26") == "x:1: people[0].keypoint_set: expected a string, found 26");
  CHECK(with("\"head\"", "\"\"").find("x:1: people[0].keypoints: expected the key head") == 0);
  const std::size_t from = line.find("{\"nose\"");
  std::string none = line.substr(0, from) + "{}" + line.substr(line.find('}', from) + 1);
  none.replace(none.find("halpe26"), 7, "unknown");
  CHECK(error_of([&] { parse_line(none, "x:1"); }) == "x:1: people[0].keypoints: names: expected 1 to 256, found 0");
}

TEST_CASE("numbers are the shortest text of a float, with a point or an exponent") {
  struct Row {
    float value;
    const char* text;
  };
  constexpr float kInf = std::numeric_limits<float>::infinity();
  const Row rows[] = {{0, "0.0"},
                      {-0.0f, "-0.0"},
                      {17, "17.0"},
                      {0.1f, "0.1"},
                      {1e-5f, "1e-05"},
                      {558.6463f, "558.6463"},
                      {16777216, "16777216.0"},
                      {std::numeric_limits<float>::max(), "3.4028235e+38"},
                      {1e-45f, "1e-45"},
                      {kInf, "null"},
                      {-kInf, "null"},
                      {std::numeric_limits<float>::quiet_NaN(), "null"}};
  for (const Row& row : rows) CHECK(number(row.value) == row.text);
}

TEST_CASE("a line reads back with every bit") {
  std::mt19937 random(1);
  for (int round = 0; round < 300; ++round) {
    FrameResult frame = clip_frame(round, round % 4);
    frame.time = round / 3.0;
    for (ResultPerson& p : frame.people) {
      p.id = int(random() % 3);
      if (random() % 2 == 0) p.smooth = random_person(random).person.joints;
    }
    const FrameResult back = parse_line(format_line(frame), "x:1");
    CHECK(format_line(back) == format_line(frame));
    CHECK(back.source == frame.source);
    CHECK(back.frame == frame.frame);
    CHECK(back.time == frame.time);
    CHECK(back.key == frame.key);
    REQUIRE(back.people.size() == frame.people.size());
    for (std::size_t i = 0; i < frame.people.size(); ++i) {
      const Person &a = back.people[i].person, &b = frame.people[i].person;
      const auto bits = [](float value) { return std::bit_cast<std::uint32_t>(value); };
      CHECK(back.people[i].id == frame.people[i].id);
      CHECK(back.people[i].smooth.has_value() == frame.people[i].smooth.has_value());
      CHECK(bits(a.box_score) == bits(b.box_score));
      CHECK(bits(a.proposal_score) == bits(b.proposal_score));
      CHECK(bits(a.box.y2) == bits(b.box.y2));
      for (std::size_t k = 0; k < kJoints; ++k) {
        CHECK(bits(a.joints[k].x) == bits(b.joints[k].x));
        CHECK(bits(a.joints[k].y) == bits(b.joints[k].y));
        CHECK(bits(a.scores[k]) == bits(b.scores[k]));
      }
    }
  }
}

TEST_CASE("the float that reading through double would change reads back, too") {
  const auto bits = std::bit_cast<float>(0x15ae43fdu);
  CHECK(bits == kRoundsTwice);
  for (const float value : {bits, -bits}) {
    CHECK(float(std::strtod(number(value).c_str(), nullptr)) == value);
    FrameResult frame = clip_frame(0, 1);
    frame.people[0].person.box_score = value;
    CHECK(parse_line(format_line(frame), "x:1").people[0].person.box_score == value);
  }
}

TEST_CASE("NaN and infinity become null, which reads as NaN") {
  FrameResult frame = clip_frame(0, 1);
  frame.people[0].person.joints[3] = {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()};
  const std::string line = format_line(frame);
  CHECK(contains(line, R"("left_ear":[null,null,)"));
  const Point back = parse_line(line, "x:1").people[0].person.joints[3];
  CHECK(std::isnan(back.x));
  CHECK(std::isnan(back.y));
}

TEST_CASE("names of any bytes come back, and the line is strict JSON in ASCII") {
  const std::string names[] = {"a\"b\\c\n\x7f.jpg",      "m\xc3\xbcnchen \xf0\x9f\x98\x80.png",
                               "\xff\xfe\xed\xa0\x80",   "\xee\xbe\x80 \xee\xbf\xbf \xee\xbd\xbf",
                               std::string("\0\x80", 2), "\xee\xbe"};
  for (const std::string& name : names) {
    FrameResult frame = image(name);
    frame.error = name + "!";
    const std::string line = format_line(frame);
    for (const char c : line) CHECK((c == '\n' || (c >= ' ' && c <= '~')));
    CHECK(line.find('\n') == line.size() - 1);
    CHECK(parse_line(line, "x:1").source == name);
    CHECK(parse_line(line, "x:1").error == name + "!");
  }
  CHECK(contains(format_line(image("\xff")), R"("source":"\uefff")"));
}

TEST_CASE("unknown keys are ignored, since a version may add them") {
  const std::string line = replaced(format_line(clip_frame(3, 1)), "{", R"({"camera":{"deep":[[1]]},)");
  CHECK(parse_line(line, "x:1").frame == 3);
}

TEST_CASE("every wrong value is one line with its place") {
  const std::string line = format_line(clip_frame(3, 2));
  struct Row {
    const char *from, *to, *message;
  };
  const Row rows[] = {
      {R"("schema":1)", R"("schema":2)", "f.jsonl:7: schema: expected 1, found 2"},
      {R"("schema":1,)", "", "f.jsonl:7: expected the key schema, found none"},
      {R"("clip.mp4")", "17", "f.jsonl:7: source: expected a string, found 17"},
      {R"("frame":3)", R"("frame":3.5)", "f.jsonl:7: frame: expected an integer from 0 to 9223372036854775807, found 3.5"},
      {R"("frame":3)", R"("frame":-1)", "f.jsonl:7: frame: expected an integer from 0 to 9223372036854775807, found -1"},
      {R"("frame":3)", R"("frame":9223372036854775808)",
       "f.jsonl:7: frame: expected an integer from 0 to 9223372036854775807, found 9223372036854775808"},
      {R"("time":0.12)", R"("time":"now")", "f.jsonl:7: time: expected seconds or null, found \"now\""},
      {R"("width":640)", R"("width":99999999999)", "f.jsonl:7: width: expected an integer from 0 to 2147483647, found 99999999999"},
      {"00010123456789ab", "00010123456789AB", "f.jsonl:7: key: expected 16 hexadecimal digits, found \"00010123456789AB\""},
      {R"("ok")", R"("fine")", "f.jsonl:7: status: expected ok or error, found \"fine\""},
      {R"("ok")", R"("error")", "f.jsonl:7: expected the key error, found none"},
      {R"("ok")", R"("ok","error":"no")", "f.jsonl:7: error: expected none, since the status is ok, found \"no\""},
      {R"("ok")", R"("error","error":"")", "f.jsonl:7: error: expected a message, found \"\""},
      {R"("detected":true)", R"("detected":1)", "f.jsonl:7: detected: expected true or false, found 1"},
      {R"("people":[)", R"("people":[[],)", "f.jsonl:7: people[0]: expected an object, found a list of 0"},
      {R"("id":null)", R"("id":0)", "f.jsonl:7: people[0].id: expected an integer from 1 to 2147483647, found 0"},
      {R"("box":[)", R"("box":[1,)", "f.jsonl:7: people[0].box: expected a list of 4 numbers, found a list of 5"},
      {R"("nose":[)", R"("nose":{"x":1},"node":[)", "f.jsonl:7: people[0].keypoints.nose: expected a list of 3 numbers, found an object"},
      {R"("nose":[)", R"("nose":[true,1,1],"node":[)", "f.jsonl:7: people[0].keypoints.nose[0]: expected a number of 32 bits or null, found true"},
      {R"("nose":[)", R"("nose":[1,1e39,1],"node":[)", "f.jsonl:7: people[0].keypoints.nose[1]: expected a number of 32 bits or null, found 1e+39"},
      {R"("nose":)", R"("knows":)", "f.jsonl:7: people[0].keypoints: expected the key nose, found none"},
      {R"("box_score")", R"("smooth":null,"box_score")", "f.jsonl:7: people[0].smooth: expected an object, found null"},
      {R"("frame":3)", R"("frame":1e999)", "f.jsonl:7: expected numbers of at most 64 bits, found a larger one"},
      {R"({"schema")", R"([{"schema")", "f.jsonl:7: expected JSON, found an error at byte"},
      {R"("time":0.12)", R"("time":NaN)", "f.jsonl:7: expected JSON, found an error at byte"},
      {R"(clip.mp4)", R"(\udcff)", "f.jsonl:7: expected JSON, found an error at byte"},
      {R"(clip.mp4)", "\xff", "f.jsonl:7: expected JSON, found an error at byte"},
  };
  for (const Row& row : rows) {
    INFO(row.to);
    const std::string found = message(replaced(line, row.from, row.to));
    CHECK(found.substr(0, std::string(row.message).size()) == row.message);
    CHECK(found.find('\n') == std::string::npos);
  }
  CHECK(message("[]") == "f.jsonl:7: expected an object, found a list of 0");
  CHECK(message("null") == "f.jsonl:7: expected an object, found null");
  CHECK(message("") == "f.jsonl:7: expected JSON, found an error at byte 1 of the line");
  CHECK(message(std::string("{}\0{", 4)) == "f.jsonl:7: expected JSON, found an error at byte 3 of the line");
}

TEST_CASE("deep nesting is refused without a stack overflow") {
  const std::string deep = std::string(1000000, '[') + std::string(1000000, ']');
  CHECK(message(deep) == "f.jsonl:7: expected an object, found a list of 1");
  CHECK(message(replaced(format_line(clip_frame(0)), "\"clip.mp4\"", deep)) == "f.jsonl:7: source: expected a string, found a list of 1");
}

TEST_CASE("a mutated line is read or refused with one line, never more") {
  std::mt19937 random(2);
  const std::string line = format_line(clip_frame(3, 2));
  int refused = 0;
  for (int round = 0; round < 20000; ++round) {
    std::string text = line;
    for (auto changes = random() % 3 + 1; changes > 0; --changes) {
      const std::size_t at = random() % text.size();
      switch (random() % 4) {
        case 0: text[at] = char(random()); break;
        case 1: text.erase(at, random() % 20); break;
        case 2: text.insert(at, line, random() % line.size(), random() % 20); break;
        default: text.resize(at + 1);
      }
    }
    const std::string found = message(text); // any exception but an Error fails the test
    refused += found.empty() ? 0 : 1;
    CHECK(found.find('\n') == std::string::npos);
    if (found.empty()) CHECK(message(format_line(parse_line(text, "x:1"))).empty());
  }
  CHECK(refused > 10000);
}
