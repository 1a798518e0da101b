// Converts between FFmpeg's frames and BgrImage.
// SPDX-License-Identifier: MIT
#pragma once

#include "image/image.h"
#include "video/ffmpeg.h"

#include <string>
#include <vector>

namespace pose::ffmpeg {

// Converts decoded frames of any pixel format and size to BgrImage.
class ToBgr {
public:
  // Throws DataError("{source}: ...") for a size beyond the limits of images and for a pixel format that swscale does not know.
  void convert(const AVFrame& frame, const std::string& source, BgrImage& image);

private:
  struct Form {
    int w, h, format, matrix;
    bool full_range;
    bool operator==(const Form&) const = default;
  };
  void prepare(const AVFrame& frame, const std::string& source);

  Scaler scaler_;
  Form form_{};
  std::vector<std::uint8_t> padded_;
};

// Converts images to frames for an encoder: 4:2:0, limited range, even sides.
class FromBgr {
public:
  // width, height: of the images.  The frame is one column or row larger where they are odd.
  FromBgr(int width, int height);

  int frame_width() const { return width_ + width_ % 2; }
  int frame_height() const { return height_ + height_ % 2; }
  AVColorSpace matrix() const { return AVColorSpace(usual_matrix(width_, height_)); }

  // Fills the frame, which is writable and has the size above.  An image of another size is scaled, with bars.
  void convert(const BgrImage& image, AVFrame& frame);

private:
  int width_, height_;
  Scaler scaler_;
  BgrImage fitted_, even_;
};

} // namespace pose::ffmpeg
