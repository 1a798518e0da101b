// Tests PeopleStream on simulated people: when the detector runs, how boxes follow people, ids, smoothing and replay.
// SPDX-License-Identifier: MIT
#include "stream/people_stream.h"
#include "tests/stream/moving_people.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

using namespace pose;
using pose::testing::overlap;
using pose::testing::person_at;
using pose::testing::SimulatedEngine;

namespace {

constexpr double kRate = 25;

FrameResult next_frame(PeopleStream& stream, int number, const BgrImage& image = BgrImage(200, 400, 90)) {
  Frame frame;
  frame.image = image;
  stream.prepare(frame);
  FrameResult result = stream.process(frame, number / kRate);
  result.frame = number;
  result.time = number / kRate;
  return result;
}

StreamOptions every(int n, bool track = false, bool smooth = false) {
  return {n, kRate, track, smooth};
}

bool same(const FrameResult& a, const FrameResult& b) {
  bool equal = a.detected == b.detected && a.people.size() == b.people.size();
  for (std::size_t i = 0; equal && i < a.people.size(); i++) {
    const ResultPerson &p = a.people[i], &q = b.people[i];
    equal = p.id == q.id && p.person.box.x1 == q.person.box.x1 && p.person.joints[4].x == q.person.joints[4].x &&
            p.smooth.has_value() == q.smooth.has_value() && (!p.smooth || (*p.smooth)[9].x == (*q.smooth)[9].x);
  }
  return equal;
}

} // namespace

TEST_CASE("the detector runs in every N-th frame, and the boxes between follow the people") {
  for (const int n : {1, 2, 5}) {
    SimulatedEngine engine;
    PeopleStream stream(engine, every(n));
    for (int t = 0; t < 30; t++) {
      engine.scene = {person_at({20 + 4.0f * float(t), 30}), person_at({300 - 3.0f * float(t), 40 + float(t)})};
      const FrameResult result = next_frame(stream, t);
      CAPTURE(n);
      CAPTURE(t);
      CHECK(result.detected == (t % n == 0));
      REQUIRE(result.people.size() == 2);
      for (const ResultPerson& p : result.people) {
        CHECK(p.id == 0); // not requested
        const float best = std::max(overlap(p.person.box, engine.scene[0].box), overlap(p.person.box, engine.scene[1].box));
        CHECK(best > (t == 1 ? 0.75f : 0.85f)); // the speed is known from the second frame on
      }
    }
    CHECK(engine.detections == (30 + n - 1) / n);
  }
}

TEST_CASE("the box of a person whose keypoints are unclear does not follow their noise") {
  for (const float score : {0.8f, 0.3f}) {
    SimulatedEngine engine;
    PeopleStream stream(engine, every(5));
    const Candidate person = person_at({150, 40}, score);
    for (int t = 0; t < 5; t++) {
      engine.scene = {person};
      for (Point& joint : engine.scene[0].joints) joint.x += t % 2 == 0 ? 2.0f : -2.0f;
      const FrameResult result = next_frame(stream, t);
      CAPTURE(score);
      CAPTURE(t);
      REQUIRE(result.people.size() == 1);
      CHECK(result.detected == (t == 0));
      if (t > 1) CHECK((overlap(result.people[0].person.box, person.box) == 1) == (score < 0.5f));
    }
  }
}

TEST_CASE("the detector runs at once when a person is lost or scores much lower") {
  for (const float score : {0.8f, 0.2f, 0.01f}) {
    SimulatedEngine engine;
    PeopleStream stream(engine, every(10));
    engine.scene = {person_at({50, 40}), person_at({200, 40})};
    next_frame(stream, 0);
    next_frame(stream, 1);
    engine.scene[1] = person_at({200, 40}, score);
    CHECK(next_frame(stream, 2).detected == (score < 0.5f));
  }
}

TEST_CASE("after a detection, a person who scores low is not searched for again and again") {
  SimulatedEngine engine;
  PeopleStream stream(engine, every(10));
  engine.scene = {person_at({50, 40}), person_at({200, 40})};
  next_frame(stream, 0);
  engine.scene[1] = person_at({200, 40}, 0.2f);
  for (int t = 1; t < 10; t++) CHECK(next_frame(stream, t).detected == (t == 1));
}

TEST_CASE("the detector runs at once at a scene cut") {
  SimulatedEngine engine;
  PeopleStream stream(engine, every(10));
  engine.scene = {person_at({50, 40})};
  for (int t = 0; t < 3; t++) next_frame(stream, t);
  engine.scene = {person_at({250, 20})};
  CHECK(next_frame(stream, 3, BgrImage(200, 400, 200)).detected);
  CHECK_FALSE(next_frame(stream, 4, BgrImage(200, 400, 202)).detected);
}

TEST_CASE("people who leave the image are dropped, and the detector does not search for them in every frame") {
  SimulatedEngine engine;
  PeopleStream stream(engine, every(100));
  for (int t = 0; t < 12; t++) {
    engine.scene = {person_at({100, 40}), person_at({330 + 12 * float(t), 40})};
    next_frame(stream, t);
  }
  engine.scene.pop_back();
  for (int t = 12; t < 40; t++) CHECK(next_frame(stream, t).people.size() == 1);
  CHECK(engine.detections <= 4); // the first one, and at the border
}

TEST_CASE("ids stay with people, and smoothing needs no --track") {
  SimulatedEngine engine;
  PeopleStream stream(engine, every(3, false, true));
  std::map<bool, int> first;
  for (int t = 0; t < 20; t++) {
    engine.scene = {person_at({20 + 3.0f * float(t), 30}), person_at({300 - 3.0f * float(t), 60})};
    const FrameResult result = next_frame(stream, t);
    REQUIRE(result.people.size() == 2);
    std::map<bool, int> id_of; // by whether the person is the first of the scene
    for (const ResultPerson& p : result.people) {
      CHECK(p.smooth.has_value());
      id_of[overlap(p.person.box, engine.scene[0].box) > 0.5f] = p.id;
    }
    if (t == 0) first = id_of;
    CHECK(id_of[true] != 0);
    CHECK(id_of[true] != id_of[false]);
    CHECK(id_of == first);
  }
}

TEST_CASE("200 people keep their ids, also where the detector runs in every fifth frame") {
  SimulatedEngine engine;
  PeopleStream stream(engine, every(5, true, true));
  const BgrImage crowd(1100, 2400, 90);
  std::map<int, int> id_of; // by number in the scene
  for (int t = 0; t < 12; t++) {
    engine.scene.clear();
    for (int k = 0; k < 200; k++) {
      const float along = k % 2 == 0 ? float(t) : -float(t);
      engine.scene.push_back(person_at({60 + 57 * float(k % 40) + along, 20 + 210 * float(k / 40)}));
    }
    const FrameResult result = next_frame(stream, t, crowd);
    REQUIRE(result.people.size() == 200);
    for (const ResultPerson& p : result.people) {
      const auto best = std::max_element(engine.scene.begin(), engine.scene.end(), [&](const Candidate& a, const Candidate& b) {
        return overlap(a.box, p.person.box) < overlap(b.box, p.person.box);
      });
      const int number = int(best - engine.scene.begin());
      if (t == 0) id_of[number] = p.id;
      CHECK(id_of[number] == p.id);
    }
  }
  CHECK(id_of.size() == 200);
}

TEST_CASE("a stream that replays earlier results goes on as if it had computed them") {
  SimulatedEngine engine;
  const auto scene = [](int t) {
    return std::vector<Candidate>{person_at({20 + 3.0f * float(t) + 2 * std::sin(float(t)), 30}), person_at({300 - 4.0f * float(t), 60})};
  };
  PeopleStream whole(engine, every(4, true, true));
  std::vector<FrameResult> results;
  for (int t = 0; t < 20; t++) {
    engine.scene = scene(t);
    results.push_back(next_frame(whole, t));
  }
  for (const int done : {1, 6, 8, 19}) {
    PeopleStream resumed(engine, every(4, true, true));
    for (int t = 0; t < done; t++) resumed.replay(results[std::size_t(t)]);
    resumed.see(BgrImage(200, 400, 90));
    for (int t = done; t < 20; t++) {
      engine.scene = scene(t);
      CAPTURE(done);
      CAPTURE(t);
      CHECK(same(next_frame(resumed, t), results[std::size_t(t)]));
    }
  }
}

TEST_CASE("an image that the networks refuse gives a result with an error, and the stream goes on") {
  class Refusing : public SimulatedEngine {
    void infer(std::span<Frame* const> frames) override {
      prepare(*frames[0]);
      SimulatedEngine::infer(frames);
    }
  } engine;
  PeopleStream stream(engine, every(3));
  engine.scene = {person_at({50, 40})};
  next_frame(stream, 0);
  Frame thin;
  thin.image = BgrImage(100, 1);
  const FrameResult result = stream.process(thin, 1 / kRate);
  CHECK(result.error == "image of 1 x 100 pixels is too thin");
  CHECK(result.width == 1);
  CHECK(next_frame(stream, 2).people.size() == 1);
}

TEST_CASE("a schedule that keeps a rate detects as seldom as it must") {
  const auto interval = [](double with, double without, double rate) {
    DetectionSchedule schedule(DetectionSchedule::kAuto, rate);
    for (int t = 0; t < 200; t++) {
      const bool due = schedule.due();
      schedule.computed(due, due ? with : without);
    }
    return schedule.interval();
  };
  CHECK(interval(0.030, 0.010, 25) == 1); // 30 ms of 40
  CHECK(interval(0.060, 0.010, 25) == 2); // 50 ms of detection in slack of 26 ms a frame
  CHECK(interval(0.100, 0.020, 25) == 5);
  CHECK(interval(0.500, 0.100, 25) == DetectionSchedule::kMostAuto); // hopeless: as seldom as allowed
}
