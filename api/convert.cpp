// Implements convert.h.
// SPDX-License-Identifier: MIT
#include "api/convert.h"

#include <cstring>
#include <limits>

namespace alphapose {
namespace {

using pose::fail;

int channels_of(PixelFormat format) {
  switch (format) {
    case PixelFormat::bgr:
    case PixelFormat::rgb: return 3;
    case PixelFormat::gray: return 1;
    case PixelFormat::bgra:
    case PixelFormat::rgba: return 4;
  }
  fail<InputError>("image: expected a pixel format, found {}", int(format));
}

// Returns the bytes from row to row.
std::int64_t checked_stride(const ImageView& view) {
  constexpr std::int64_t kMostPixels = std::int64_t(1) << 28;
  if (view.data == nullptr) fail<InputError>("image: expected pixels, found a null pointer");
  if (view.height < 1 || view.width < 1 || view.height > kMostPixels / view.width)
    fail<InputError>("image: expected at least 1 x 1 and at most {} pixels, found {} x {}", kMostPixels, view.width, view.height);
  const std::int64_t row = view.width * channels_of(view.format);
  if (view.stride == 0) return row;
  if (view.stride < row || view.stride > std::numeric_limits<std::int64_t>::max() / view.height)
    fail<InputError>("image: expected a stride of at least {} bytes, found {}", row, view.stride);
  return view.stride;
}

void copy_row(const std::uint8_t* from, std::uint8_t* to, std::int64_t width, PixelFormat format) {
  const int step = channels_of(format);
  const bool swap = format == PixelFormat::rgb || format == PixelFormat::rgba, gray = format == PixelFormat::gray;
  const int blue = gray || !swap ? 0 : 2, green = gray ? 0 : 1, red = gray || swap ? 0 : 2;
  for (std::int64_t x = 0; x < width; x++, from += step, to += 3) {
    to[0] = from[blue];
    to[1] = from[green];
    to[2] = from[red];
  }
}

} // namespace

pose::BgrImage to_bgr(const ImageView& view) {
  const std::int64_t stride = checked_stride(view);
  pose::BgrImage image(int(view.height), int(view.width));
  for (int y = 0; y < image.h; y++) {
    const std::uint8_t* row = view.data + y * stride;
    if (view.format == PixelFormat::bgr)
      std::memcpy(image.row(y), row, std::size_t(image.w) * 3);
    else
      copy_row(row, image.row(y), image.w, view.format);
  }
  return image;
}

Image to_image(pose::BgrImage image) {
  return {image.h, image.w, std::move(image.bytes)};
}

pose::RunOptions to_run_options(const DeviceOptions& options, pose::Precision usual) {
  constexpr int kMostThreads = 1024;
  expect_in("threads", options.threads, 0, kMostThreads);
  pose::RunSettings settings;
  settings.usual = usual;
  settings.threads = options.threads;
  settings.device = options.device;
  settings.target = options.target;
  settings.weight_cache = options.weight_cache;
  settings.kernels = options.kernels;
  switch (options.precision) {
    case Precision::best: break;
    case Precision::fp32: settings.precision = "fp32"; break;
    case Precision::tf32: settings.precision = "tf32"; break;
    case Precision::fp16: settings.precision = "fp16"; break;
    default: fail<InputError>("precision: expected one of Precision, found {}", int(options.precision));
  }
  const bool of_cpu = !options.target.empty() || !options.weight_cache.empty() || !options.kernels.empty();
  if (settings.device == "auto" && of_cpu) settings.device = "cpu";
  pose::check_texts(settings);
  return pose::resolve(settings);
}

std::string device_name(const pose::RunOptions& run) {
  return run.gpu ? run.gpu->info().name : "cpu";
}

} // namespace alphapose
