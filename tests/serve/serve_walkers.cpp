// serve_walkers: serves a live page of people who walk, until its standard input ends.  test_serve_page.py opens it in a browser.
// SPDX-License-Identifier: MIT
#include "image/draw.h"
#include "serve/server.h"
#include "tests/serve/walkers.h"

#include <fmt/core.h>
#include <poll.h>

#include <cstdio>
#include <exception>

namespace pose {
namespace {

bool input_ended(int milliseconds) {
  pollfd input{0, POLLIN, 0};
  return poll(&input, 1, milliseconds) > 0;
}

BgrImage image_of(const FrameResult& frame) {
  BgrImage image(frame.height, frame.width);
  for (int y = 0; y < image.h; y++) {
    for (int x = 0; x < image.w; x++) image.row(y)[3 * x + 1] = std::uint8_t(60 + 100 * y / image.h);
  }
  for (const ResultPerson& one : frame.people) {
    const Box& b = one.person.box;
    fill_rectangle(image, {int(b.x1), int(b.y1)}, {int(b.x2), int(b.y2)}, {90, 60, 50});
  }
  return image;
}

int run(const std::string& source) {
  serve::Server server({.address = "127.0.0.1:0", .record_seconds = 0.1});
  fmt::print("{}\n", server.url());
  std::fflush(stdout);
  for (std::int64_t i = 0; !input_ended(40); i++) {
    const FrameResult frame = testing::walkers(i, 1 + int(i / 20 % 4), source);
    server.publish(image_of(frame), frame, {{"decode", 25.2}, {"detect", 24.9}, {"pose", 24.8}, {"draw", 24.8}, {"write", 24.7}});
  }
  return 0;
}

} // namespace
} // namespace pose

int main(int argc, char** argv) {
  try {
    return pose::run(argc > 1 ? argv[1] : "walk.mp4");
  } catch (const std::exception& e) {
    fmt::print(stderr, "serve_walkers: {}\n", e.what());
    return 1;
  }
}
