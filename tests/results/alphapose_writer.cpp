// Tests AlphaposeWriter: the bytes of format_results() for any images, with repeated names, and files of the folder sep-json.
// SPDX-License-Identifier: MIT
#include "results/alphapose_writer.h"

#include "tests/error_of.h"
#include "tests/results/frames.h"

#include <map>

using namespace pose;
using namespace pose::testing;

namespace {

constexpr JsonFormat kFormats[] = {JsonFormat::coco, JsonFormat::cmu, JsonFormat::open};

std::vector<Person> people(int count, std::mt19937& random) {
  std::vector<Person> list;
  for (int i = 0; i < count; ++i) list.push_back(random_person(random).person);
  return list;
}

} // namespace

TEST_CASE("names are AlphaPose's: the base name of an image, the number of a frame") {
  CHECK(alphapose_name(image("photos/a.b.jpg")) == "a.b.jpg");
  CHECK(alphapose_name(clip_frame(17)) == "17.jpg");
}

TEST_CASE("the file equals format_results for any images") {
  std::mt19937 random(4);
  for (int round = 0; round < 60; ++round) {
    std::vector<ImageResult> images;
    for (auto count = random() % 8; count > 0; --count) {
      const char* const names[] = {"a.jpg", "b.jpg", "\"\xff\".png", "a.b.jpg"}; // repeated names in most rounds
      const std::string name = round % 4 == 0 ? fmt::format("{}.jpg", count) : names[random() % 4];
      images.push_back({name, people(int(random() % 4), random)});
    }
    for (const JsonFormat format : kFormats) {
      const TempDir dir;
      AlphaposeWriter writer(dir / "results.json", format, dir.path().string());
      for (const ImageResult& image : images) writer.add(image);
      writer.finish();
      CHECK(read_bytes(dir / "results.json") == format_results(images, format));

      std::map<std::string, std::string> want; // a later image of the same stem overwrites
      if (format != JsonFormat::coco) {
        for (const ImageResult& image : by_name(images)) want[sep_json_stem(image.name) + ".json"] = format_image(image, format);
      }
      CHECK(dir.names().size() == want.size() + 1);
      for (const auto& [name, text] : want) CHECK(read_bytes(dir / name) == text);
    }
  }
}

TEST_CASE("frames of a clip are images of AlphaPose's names") {
  const TempDir dir;
  std::vector<ImageResult> images;
  AlphaposeWriter writer(dir / "results.json", JsonFormat::cmu);
  for (int i = 0; i < 5; ++i) {
    const FrameResult frame = clip_frame(i, i % 3);
    writer.add(frame);
    images.push_back({fmt::format("{}.jpg", i), {}});
    for (const ResultPerson& p : frame.people) images.back().people.push_back(p.person);
  }
  writer.finish();
  CHECK(read_bytes(dir / "results.json") == format_results(images, JsonFormat::cmu));
}

TEST_CASE("without finish, nothing is replaced") {
  const TempDir dir;
  write_bytes(dir / "results.json", "old");
  {
    AlphaposeWriter writer(dir / "results.json", JsonFormat::coco);
    writer.add(clip_frame(0, 2));
    CHECK(read_bytes(dir / "results.json") == "old");
  }
  CHECK(dir.names() == std::vector<std::string>{"results.json"});
  CHECK(read_bytes(dir / "results.json") == "old");
}

TEST_CASE("what cannot be written is one line") {
  const TempDir dir;
  CHECK(contains(error_of([&] { AlphaposeWriter(dir / "none/r.json", JsonFormat::coco); }), "none/r.json: cannot be written"));
  AlphaposeWriter writer(dir / "r.json", JsonFormat::cmu, dir / "none");
  CHECK(contains(error_of([&] { writer.add(clip_frame(0, 1)); }), "none/0.json: cannot be written"));
}
