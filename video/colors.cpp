// Implements colors.h with swscale.
// SPDX-License-Identifier: MIT
#include "video/colors.h"

#include "image/formats.h"
#include "image/resize.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace pose::ffmpeg {
namespace {

constexpr int kPadding = 64; // bytes; swscale writes whole vectors
constexpr int kUnit = 1 << 16;

// The formats yuvj... are the same as yuv... with full range.  swscale's own handling of them is a warning in its log.
AVPixelFormat without_range(AVPixelFormat format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P: return AV_PIX_FMT_YUV420P;
    case AV_PIX_FMT_YUVJ422P: return AV_PIX_FMT_YUV422P;
    case AV_PIX_FMT_YUVJ444P: return AV_PIX_FMT_YUV444P;
    case AV_PIX_FMT_YUVJ440P: return AV_PIX_FMT_YUV440P;
    case AV_PIX_FMT_YUVJ411P: return AV_PIX_FMT_YUV411P;
    default: return format;
  }
}

bool is_yuv(AVPixelFormat format) {
  const AVPixFmtDescriptor* form = av_pix_fmt_desc_get(format);
  return form != nullptr && (form->flags & (AV_PIX_FMT_FLAG_RGB | AV_PIX_FMT_FLAG_PAL)) == 0;
}

int matrix_of(const AVFrame& frame) {
  const bool known = frame.colorspace != AVCOL_SPC_UNSPECIFIED && frame.colorspace != AVCOL_SPC_RESERVED && frame.colorspace <= AVCOL_SPC_BT2020_CL &&
                     frame.colorspace != AVCOL_SPC_RGB && frame.colorspace != AVCOL_SPC_YCGCO;
  return known ? frame.colorspace : usual_matrix(frame.width, frame.height);
}

} // namespace

void ToBgr::prepare(const AVFrame& frame, const std::string& source) {
  const auto stored = AVPixelFormat(frame.format);
  const AVPixelFormat format = without_range(stored);
  const bool full = frame.color_range == AVCOL_RANGE_JPEG || format != stored;
  const Form form{frame.width, frame.height, format, matrix_of(frame), full};
  if (scaler_ && form == form_) return;
  with_errors_as<DataError>([&] { check_dimensions(source, form.h, form.w, {}); });
  scaler_.reset(sws_getContext(form.w, form.h, format, form.w, form.h, AV_PIX_FMT_BGR24, SWS_BICUBIC, nullptr, nullptr, nullptr));
  if (!scaler_) {
    const char* name = av_get_pix_fmt_name(stored);
    fail<DataError>("{}: expected pixels that can be converted to BGR, found {}", source, name != nullptr ? name : "an unknown format");
  }
  form_ = form;
  if (!is_yuv(format)) return;
  sws_setColorspaceDetails(scaler_.get(), sws_getCoefficients(form.matrix), full ? 1 : 0, sws_getCoefficients(SWS_CS_DEFAULT), 1, 0, kUnit, kUnit);
}

void ToBgr::convert(const AVFrame& frame, const std::string& source, BgrImage& image) {
  prepare(frame, source);
  const int w = frame.width, h = frame.height;
  if (image.h != h || image.w != w) image = BgrImage(h, w);
  // Vectors of 16 pixels fit rows of such a width.  For others swscale would leave out the last pixels of a row, or write past it.
  const bool direct = w % 16 == 0;
  const int row_bytes = direct ? w * 3 : (w * 3 + 2 * kPadding - 1) / kPadding * kPadding;
  if (!direct) padded_.resize(std::size_t(row_bytes) * std::size_t(h) + kPadding);
  const std::array<std::uint8_t*, 4> planes{direct ? image.bytes.data() : padded_.data()};
  const std::array<int, 4> strides{row_bytes};
  sws_scale(scaler_.get(), frame.data, frame.linesize, 0, h, planes.data(), strides.data());
  for (int y = 0; y < h && !direct; ++y) std::memcpy(image.row(y), padded_.data() + std::ptrdiff_t(y) * row_bytes, std::size_t(w) * 3);
}

namespace {

// Copies `part` into `whole` at a place inside.
void paste(const BgrImage& part, int left, int top, BgrImage& whole) {
  for (int y = 0; y < part.h; ++y) std::memcpy(whole.row(top + y) + std::ptrdiff_t(left) * 3, part.row(y), std::size_t(part.w) * 3);
}

// Scales the image to the largest size inside h x w that keeps its proportions, with black bars.
BgrImage fit(const BgrImage& image, int h, int w) {
  const double scale = std::min(double(w) / image.w, double(h) / image.h);
  const int inner_w = std::clamp(int(std::lround(image.w * scale)), 1, w), inner_h = std::clamp(int(std::lround(image.h * scale)), 1, h);
  BgrImage whole(h, w);
  paste(resize_bilinear(image, inner_h, inner_w), (w - inner_w) / 2, (h - inner_h) / 2, whole);
  return whole;
}

// Repeats the last column and row of an image whose sides are odd.
void make_even(const BgrImage& image, BgrImage& even) {
  const int h = image.h + image.h % 2, w = image.w + image.w % 2;
  if (even.h != h || even.w != w) even = BgrImage(h, w);
  paste(image, 0, 0, even);
  for (int y = 0; y < image.h && w > image.w; ++y)
    std::memcpy(even.row(y) + std::ptrdiff_t(image.w) * 3, image.row(y) + std::ptrdiff_t(image.w - 1) * 3, 3);
  if (h > image.h) std::memcpy(even.row(image.h), even.row(image.h - 1), std::size_t(w) * 3);
}

} // namespace

FromBgr::FromBgr(int width, int height) : width_(width), height_(height) {
  const int w = frame_width(), h = frame_height();
  scaler_.reset(allocated(sws_getContext(w, h, AV_PIX_FMT_BGR24, w, h, AV_PIX_FMT_YUV420P, SWS_BICUBIC, nullptr, nullptr, nullptr)));
  const int* coefficients = sws_getCoefficients(matrix());
  sws_setColorspaceDetails(scaler_.get(), coefficients, 1, coefficients, 0, 0, kUnit, kUnit);
}

void FromBgr::convert(const BgrImage& image, AVFrame& frame) {
  const BgrImage* source = &image;
  if (image.w != width_ || image.h != height_) {
    fitted_ = fit(image, height_, width_);
    source = &fitted_;
  }
  if (width_ % 2 != 0 || height_ % 2 != 0) {
    make_even(*source, even_);
    source = &even_;
  }
  const std::array<const std::uint8_t*, 4> planes{source->bytes.data()};
  const std::array<int, 4> strides{source->w * 3};
  sws_scale(scaler_.get(), planes.data(), strides.data(), 0, source->h, frame.data, frame.linesize);
}

} // namespace pose::ffmpeg
