// AlphaPose's three JSON formats, byte for byte (SPEC.md, section 10).
// SPDX-License-Identifier: MIT
#pragma once

#include "postprocess/pose_nms.h"

#include <string>

namespace pose {

enum class JsonFormat { coco, cmu, open };

struct PictureResult {
  std::string name; // image_id: the basename
  std::vector<Person> people;
};

// alphapose-results.json.
std::string format_results(const std::vector<PictureResult>& results, JsonFormat format);
// The inner object of cmu and open for sep-json/NAME.json.
std::string format_picture(const PictureResult& result, JsonFormat format);
// "a.b.png" -> "a": the stem of the file in sep-json.
std::string sep_json_stem(const std::string& name);

// float32 as Python prints its double: shortest round trip, ".0", exponent below 1e-4 and from 1e16, NaN, Infinity.
std::string python_number(double value);

} // namespace pose
