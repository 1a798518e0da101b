// AlphaPose's three JSON formats, byte for byte (docs/spec.md, section 10).
// SPDX-License-Identifier: MIT
#pragma once

#include "postprocess/pose_nms.h"

#include <string>

namespace pose {

enum class JsonFormat { coco, cmu, open };

struct ImageResult {
  std::string name; // image_id: the base name
  std::vector<Person> people;
};

// Returns what cmu and open list: the people of all images of the same name together, in the order in which names first appear.  Images without
// people are left out.  In sep-json, each entry gets one file.
std::vector<ImageResult> by_name(const std::vector<ImageResult>& results);

// Returns the contents of alphapose-results.json.
std::string format_results(const std::vector<ImageResult>& results, JsonFormat format);
// Returns the inner object of cmu or open, for sep-json/NAME.json.  `format` is one of these two.
std::string format_image(const ImageResult& result, JsonFormat format);
// Returns the stem of the file in sep-json: "a.b.png" -> "a".
std::string sep_json_stem(const std::string& name);

// Formats a float as Python's json does: shortest round trip, ".0", exponent below 1e-4 and from 1e16, NaN, Infinity.
std::string python_number(double value);
// Formats a str that came from the file system as Python's json does: quoted, all but printable ASCII as \uXXXX in UTF-16.  A byte that is not UTF-8
// becomes \udcXX (surrogateescape).
std::string python_string(const std::string& utf8);
// Formats text as strict JSON, which has no surrogate without its partner: as python_string, but byte XX that is not UTF-8 becomes \uefXX. Characters
// U+EF80 to U+EFFF themselves are escaped as such bytes, so that decode_strays() restores every text.
std::string strict_string(const std::string& text);
// Replaces U+EF80 to U+EFFF in the value of a strict_string() by their bytes.
std::string decode_strays(const std::string& utf8);

} // namespace pose
