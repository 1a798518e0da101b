// Tests the interface in a build without FFmpeg.
// SPDX-License-Identifier: MIT
#include "tests/error_of.h"
#include "video/reader.h"
#include "video/writer.h"

#include <doctest/doctest.h>

using namespace pose;
using namespace pose::testing;

TEST_CASE("without FFmpeg everything that opens a clip says how to get it") {
  CHECK(!video_supported());
  CHECK(is_video_name("a.mp4"));
  for (const std::string& error : {error_of([] { VideoReader::open("a.mp4"); }), error_of([] { VideoReader::open_camera("0"); }),
                                   error_of([] { VideoWriter("a.mp4", {.width = 64, .height = 48}); })}) {
    CHECK(contains(error, "install libavcodec-dev"));
    CHECK(contains(error, "build again"));
    CHECK(!contains(error, "\n"));
  }
  CHECK(error_of([] { VideoReader::open("a.mp4"); }).substr(0, 7) == "a.mp4: ");
}
