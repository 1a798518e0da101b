// Tests serve/server.h: frames for a browser, records, slow clients, bounded work.
// SPDX-License-Identifier: MIT
#include "serve/server.h"

#include "image/codec.h"
#include "serve/frame_json.h"
#include "serve/http.h"
#include "tests/error_of.h"
#include "tests/serve/client.h"
#include "tests/serve/walkers.h"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <limits>
#include <thread>

namespace pose::serve {
namespace {

using nlohmann::json;
using testing::Connection;
using testing::contains;
using testing::error_of;
using testing::get;
using testing::Reply;
using testing::walkers;
using Clock = std::chrono::steady_clock;

Address address_of(const std::string& url) {
  return parse_address(url.substr(7, url.size() - 8));
}

// The JSON and the JPEG of a packed reply.
struct Packed {
  json head;
  std::string jpeg;
};

Packed unpacked(const Reply& reply) {
  REQUIRE(reply.status == 200);
  REQUIRE(reply.body.size() >= 4);
  std::size_t length = 0;
  for (std::size_t i = 0; i < 4; i++) length |= std::size_t(static_cast<unsigned char>(reply.body[i])) << 8 * i;
  REQUIRE(length <= reply.body.size() - 4);
  return {json::parse(reply.body.substr(4, length)), reply.body.substr(4 + length)};
}

BgrImage decoded(const std::string& jpeg) {
  return decode_image({reinterpret_cast<const std::uint8_t*>(jpeg.data()), jpeg.size()}, "reply");
}

TEST_CASE("the JSON of a frame has no hostile text and no numbers that are not finite") {
  FrameResult frame = walkers(3, 2, "</script><img src=x onerror=alert(1)>\n\"\xff\x80.mp4");
  frame.error = "bad \xfe";
  frame.people[0].person.joints[4] = {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()};
  frame.people[1].smooth.reset();
  const std::string text = frame_json(frame);
  CHECK(text.find('\n') == std::string::npos);
  const json value = json::parse(text);
  CHECK(contains(value["source"], "</script><img src=x onerror=alert(1)>\n\""));
  CHECK(value["people"][0]["keypoints"][12].is_null());
  CHECK(value["people"][0]["keypoints"][13].is_null());
  CHECK(value["people"][0]["keypoints"].size() == 51);
  CHECK(value["people"][0]["smooth"].size() == 34);
  CHECK(value["people"][1]["smooth"].is_null());
  CHECK(value["people"][1]["id"] == 2);
  frame.time.reset();
  CHECK(json::parse(frame_json(frame))["time"].is_null());
}

TEST_CASE("addresses that cannot be served are errors of one line") {
  CHECK_THROWS_AS(Server({.address = "nowhere"}), InputError);
  if (!serve_supported()) CHECK(contains(error_of([] { Server server({.address = "0"}); }), "this build cannot serve pages"));
}

TEST_CASE("a browser gets the newest frame, its rates and the history" * doctest::skip(!serve_supported())) {
  Server server({.address = "127.0.0.1:0", .record_seconds = 0});
  const Address address = address_of(server.url());
  CHECK(server.loopback());
  CHECK(contains(get(address, "/").body, "<title>alphapose</title>"));
  CHECK(json::parse(get(address, "/api/info").body)["mode"] == "live");
  CHECK(get(address, "/etc/passwd").status == 404);
  CHECK(get(address, "/../../etc/passwd").status == 404);
  const Packed none = unpacked(get(address, "/api/live?after=0"));
  CHECK(!none.head.contains("frame"));
  CHECK(none.jpeg.empty());

  for (int i = 0; i < 20; i++) {
    server.publish(BgrImage(240, 320, 90), walkers(i, 1 + i % 3), {{"decode", 31.5}, {"pose", 30.25}});
    std::this_thread::sleep_for(std::chrono::milliseconds(5)); // the recorder takes one frame at a time
  }
  const Packed newest = unpacked(get(address, "/api/live?after=0"));
  CHECK(newest.head["number"] == 20);
  CHECK(newest.head["frame"]["frame"] == 19);
  CHECK(newest.head["frame"]["people"].size() == 2);
  CHECK(newest.head["rates"] == json::parse(R"([["decode",31.5],["pose",30.25]])"));
  const BgrImage image = decoded(newest.jpeg);
  CHECK(image.w == 320);
  CHECK(image.h == 240);
  CHECK(std::abs(image.row(100)[300] - 90) < 3);

  const json history = json::parse(get(address, "/api/history").body);
  CHECK(history["published"] == 20);
  CHECK(history["counts"].size() == 20);
  CHECK(history["counts"][2] == json::parse("[2,3]"));
  REQUIRE(history["records"].size() > 2);
  const std::int64_t recorded = history["records"][1];
  const Packed past = unpacked(get(address, "/api/record?number=" + std::to_string(recorded)));
  CHECK(past.head["frame"]["frame"] == recorded - 1);
  CHECK(decoded(past.jpeg).w == 320);
  CHECK(get(address, "/api/record?number=999").status == 404);
  CHECK(get(address, "/api/record?number=x").status == 400);
  CHECK(get(address, "/api/live").status == 400);
}

TEST_CASE("large images are reduced, odd and empty ones do no harm" * doctest::skip(!serve_supported())) {
  Server server({.address = "127.0.0.1:0", .record_seconds = 0});
  const Address address = address_of(server.url());
  FrameResult result = walkers(0, 1);
  server.publish(BgrImage(4320, 7681, 50), result, {});
  const BgrImage image = decoded(unpacked(get(address, "/api/live?after=0")).jpeg);
  CHECK(image.w == 1098); // one pixel in 7
  CHECK(image.h == 618);
  server.publish(BgrImage(), result, {});
  CHECK(unpacked(get(address, "/api/live?after=1")).jpeg.empty());
  server.publish(BgrImage(1, 1), result, {});
  CHECK(decoded(unpacked(get(address, "/api/live?after=2")).jpeg).w == 1);
}

TEST_CASE("clients that do not read never block publish, and memory stays bounded" * doctest::skip(!serve_supported())) {
  const std::size_t budget = 8 << 20;
  Server server({.address = "127.0.0.1:0", .record_bytes = budget, .record_seconds = 0});
  const Address address = address_of(server.url());
  BgrImage noise(720, 1280);
  for (std::size_t i = 0; i < noise.bytes.size(); i++) noise.bytes[i] = std::uint8_t(i * 2654435761u >> 13);
  server.publish(noise, walkers(0, 5), {});
  std::vector<std::unique_ptr<Connection>> stalled;
  for (int i = 0; i < 20; i++) { // they request 1 MB each and take nothing
    stalled.push_back(std::make_unique<Connection>(address));
    stalled.back()->send("GET /api/live?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n");
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  Clock::duration longest{};
  for (int i = 1; i <= 100; i++) {
    const auto before = Clock::now();
    server.publish(noise, walkers(i, 5), {});
    longest = std::max(longest, Clock::now() - before);
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  CHECK(longest < std::chrono::milliseconds(1500)); // a stalled client holds its connection for 3 s; copies take a few milliseconds
  stalled.clear();
  const json history = json::parse(get(address, "/api/history").body);
  CHECK(history["published"] == 101);
  std::size_t kept = 0;
  for (const json& number : history["records"]) kept += get(address, "/api/record?number=" + std::to_string(number.get<int>())).body.size();
  CHECK(kept < budget);
  CHECK(history["records"].size() >= 1);
}

TEST_CASE("without a browser and a due record, publish copies nothing" * doctest::skip(!serve_supported())) {
  Server server({.address = "127.0.0.1:0", .record_seconds = 3600});
  const Address address = address_of(server.url());
  BgrImage image(240, 320);
  for (int i = 0; i < 100; i++) server.publish(image, walkers(i, 1), {});
  const json history = json::parse(get(address, "/api/history").body);
  CHECK(history["published"] == 100);
  CHECK(unpacked(get(address, "/api/live?after=0")).head["number"] == 1); // only the first frame was copied
  std::this_thread::sleep_for(std::chrono::milliseconds(40));             // at most 30 frames/s are shown
  server.publish(image, walkers(100, 1), {});
  CHECK(unpacked(get(address, "/api/live?after=1")).head["number"] == 101); // now a browser watches
}

TEST_CASE("the server ends while a browser waits for the next frame" * doctest::skip(!serve_supported())) {
  const auto begin = Clock::now();
  {
    Server server({.address = "127.0.0.1:0"});
    const Connection waiting(address_of(server.url()));
    waiting.send("GET /api/live?after=0 HTTP/1.1\r\nHost: localhost\r\n\r\n");
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  CHECK(Clock::now() - begin < std::chrono::seconds(5));
}

} // namespace
} // namespace pose::serve
