// Finds the clip or the image that a line of results belongs to.
// SPDX-License-Identifier: MIT
#pragma once

#include <string>

namespace pose::serve {

// Returns the media type of a clip or an image, such as "video/mp4" or "image/png", by the first bytes of the file; "" for any other file, so that a
// results file of unknown origin cannot make the server show files that are neither.
std::string media_type(const std::string& path);

// Returns the path of a source: itself, or its file name in the folder of the results; "" when neither is a clip or an image.
std::string find_media(const std::string& source, const std::string& results);

} // namespace pose::serve
