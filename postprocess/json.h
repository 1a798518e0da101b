// AlphaPose's three JSON formats, byte for byte (docs/spec.md, section 10).
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

// What cmu and open list: the people of pictures of the same name together, in the order in which names first appear; no picture without
// people.  Each of these gets its file in sep-json.
std::vector<PictureResult> by_name(const std::vector<PictureResult>& results);

// alphapose-results.json.
std::string format_results(const std::vector<PictureResult>& results, JsonFormat format);
// The inner object of cmu and open, for sep-json/NAME.json; `format` is one of these two.
std::string format_picture(const PictureResult& result, JsonFormat format);
// "a.b.png" -> "a": the stem of the file in sep-json.
std::string sep_json_stem(const std::string& name);

// As Python's json prints a float: shortest round trip, ".0", exponent below 1e-4 and from 1e16, NaN, Infinity.
std::string python_number(double value);
// As Python's json prints a str that came from the file system: quoted, all but printable ASCII as \uXXXX in UTF-16, a byte that is not UTF-8
// as \udcXX (surrogateescape).
std::string python_string(const std::string& utf8);

} // namespace pose
