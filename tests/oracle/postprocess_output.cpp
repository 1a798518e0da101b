// Tests JSON, byte for byte, and rendered images; also all stages from a prediction to these.
// SPDX-License-Identifier: MIT
#include "image/codec.h"
#include "postprocess/render.h"
#include "tests/oracle/postprocess_cases.h"

#include <cstdlib>

using namespace pose;
using oracle::Case, oracle::Stage;

namespace {

constexpr double kRenderShare = 0.75; // of the difference without any drawing

struct NamedFormat {
  JsonFormat format;
  const char* name;
};
constexpr NamedFormat kFormats[] = {{JsonFormat::coco, "coco"}, {JsonFormat::cmu, "cmu"}, {JsonFormat::open, "open"}};

// Compares the files of one format in FOLDER/CASE_FORMAT, sep-json included.  Returns false if this case has no such folder.
bool check_files(const std::string& folder, const std::string& name, const std::vector<ImageResult>& results, const NamedFormat& f) {
  const std::filesystem::path dir = oracle::dir(folder) / (name + "_" + f.name);
  if (!std::filesystem::exists(dir)) return false;
  INFO(dir);
  CHECK(format_results(results, f.format) == oracle::read_text(dir / "alphapose-results.json"));
  if (f.format == JsonFormat::coco) return true;

  std::map<std::string, std::string> files; // a later image of the same stem overwrites
  for (const ImageResult& result : by_name(results)) files[sep_json_stem(result.name) + ".json"] = format_image(result, f.format);
  std::size_t found = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir / "sep-json")) {
    INFO(entry.path());
    const auto file = files.find(entry.path().filename());
    REQUIRE(file != files.end());
    CHECK(file->second == oracle::read_text(entry.path()));
    ++found;
  }
  CHECK(found == files.size());
  return true;
}

// Returns the bytes in which two images of the same size differ.
std::vector<std::size_t> changed(const BgrImage& a, const BgrImage& b) {
  REQUIRE(a.bytes.size() == b.bytes.size());
  std::vector<std::size_t> bytes;
  for (std::size_t i = 0; i < a.bytes.size(); ++i) {
    if (a.bytes[i] != b.bytes[i]) bytes.push_back(i);
  }
  return bytes;
}

// Returns the sum of the differences over these bytes.
double difference(const BgrImage& a, const BgrImage& b, const std::vector<std::size_t>& bytes) {
  double sum = 0;
  for (std::size_t i : bytes) sum += std::abs(int(a.bytes[i]) - int(b.bytes[i]));
  return sum;
}

// Removes one keypoint at a time, with its limbs.  Where that changes our image, it must increase the difference from the original's.  This shows
// that all that the original draws is drawn by us, at its place and in its color.  Returns the largest quotient of the differences with and without
// the keypoint; an image that lacked a limb would have a quotient of 1 there.  Starts at the shoulders: the keypoints of a face share a few pixels.
double worst_joint(const BgrImage& photo, const std::vector<Person>& people, RenderStyle style, const BgrImage& got, const BgrImage& want) {
  double worst = 0;
  for (std::size_t i = 0; i < people.size(); ++i) {
    for (std::size_t k = kLeftShoulder; k < kJoints; ++k) {
      std::vector<Person> fewer = people;
      fewer[i].scores[k] = 0;
      const BgrImage without = render(photo, fewer, style);
      const std::vector<std::size_t> here = changed(got, without);
      if (here.empty()) continue; // too weak to be drawn, or covered
      worst = std::max(worst, difference(got, want, here) / difference(without, want, here));
    }
  }
  return worst;
}

} // namespace

TEST_CASE("json: every format matches byte for byte, with sep-json") {
  for (const std::string& name : oracle::case_names("json")) {
    const Case c = oracle::load("json", name);
    std::vector<ImageResult> results;
    for (const auto& image : c.info.at("imgnames")) {
      const std::size_t i = results.size();
      results.push_back({image, people_of(c, fmt::format("kp_{}", i), fmt::format("score_{}", i), fmt::format("prop_{}", i))});
    }
    for (const NamedFormat& f : kFormats) CHECK(check_files("json", name, results, f));
  }
}

TEST_CASE("e2e: the stored people give the original's JSON") {
  for (const std::string& name : oracle::case_names("e2e")) {
    const Case c = oracle::load("e2e", name);
    const std::vector<ImageResult> results = {{c.info.at("image"), people_of(c, "keypoints", "kp_score", "proposal_score")}};
    int checked = 0;
    for (const NamedFormat& f : kFormats) checked += check_files("e2e", name, results, f);
    CHECK(checked > 0);
  }
}

TEST_CASE("scene: a prediction gives the original's people and JSON") {
  Stage boxes("scene boxes"), decode("scene decoding"), nms("scene pose NMS");
  for (const std::string& name : oracle::case_names("scene")) {
    const Case c = oracle::load("scene", name);
    const auto [w, h] = c.info.at("wh").get<std::pair<int, int>>();
    const oracle::SparsePrediction prediction(c, 1);
    std::vector<float> flat;
    std::vector<Candidate> candidates = check_decoding(decode, c, oracle::kTolerance);
    const std::vector<Detection> detections = select_people(prediction.pictures(), {});
    REQUIRE(detections.size() == candidates.size());
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      candidates[i].box = to_image(detections[i].box, h, w, prediction.kSide);
      candidates[i].box_score = detections[i].objectness;
      oracle::append(flat, candidates[i].box);
    }
    boxes.check(name + " boxes", flat, c.f32("boxes"), oracle::kTolerance);
    const std::vector<Person> people = pose_nms(candidates);
    check_people(nms, c, people, oracle::kTolerance);
    const std::vector<ImageResult> results = {{c.info.at("image"), people}};
    for (const NamedFormat& f : kFormats) CHECK(check_files("scene", name, results, f));
  }
}

TEST_CASE("scene: rendered images are close to the original's") {
  struct Style {
    RenderStyle style;
    const char* name;
  };
  for (const std::string& name : oracle::case_names("scene")) {
    const Case c = oracle::load("scene", name);
    const BgrImage photo = read_image(oracle::picture(c.info.at("image")));
    const std::vector<Person> people = people_of(c, "keypoints", "kp_score", "proposal_score");
    for (const auto& [style, style_name] : {Style{RenderStyle::dense, "dense"}, Style{RenderStyle::fast, "fast"}}) {
      const BgrImage want = read_image((oracle::dir("scene") / (name + "_vis_" + style_name + ".png")).string());
      const BgrImage got = render(photo, people, style);
      // Edges differ because ours are smooth: see image/draw.cpp.
      const BgrImage nobody = render(photo, {}, style);
      const double whole = difference(got, want, changed(got, want)), missing = difference(nobody, want, changed(nobody, want));
      const double joint = worst_joint(photo, people, style, got, want);
      fmt::print("{} {}: mean difference {:.3f} of 255, {:.2f} of that without people, worst keypoint {:.2f}\n", name, style_name,
                 whole / double(want.bytes.size()), whole / missing, joint);
      CHECK(whole < kRenderShare * missing);
      CHECK(joint < kRenderShare);
    }
  }
}
