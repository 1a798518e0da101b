// From the types of the public headers to the library's own.
// SPDX-License-Identifier: MIT
#pragma once

#include <alphapose/device.h>
#include <alphapose/image.h>

#include "image/image.h"
#include "nets/runtime.h"
#include "tensor/expect.h"

#include <new>
#include <string>

namespace alphapose {

using pose::expect_in;

// Returns the pixels as B, G, R.  Throws InputError for an invalid view.
pose::BgrImage to_bgr(const ImageView& view);
Image to_image(pose::BgrImage image);

// Opens the device.  usual: the precision of a GPU for Precision::best.  Throws InputError for invalid options, DeviceError for what is not
// available.
pose::RunOptions to_run_options(const DeviceOptions& options, pose::Precision usual);
// Returns "cpu", or the name of the GPU.
std::string device_name(const pose::RunOptions& run);

// Calls f() and lets nothing through but Error and std::bad_alloc, as error.h promises.
template <class F> auto guarded(F f) {
  try {
    return f();
  } catch (const Error&) {
    throw;
  } catch (const std::bad_alloc&) {
    throw;
  } catch (const std::length_error&) { // a container larger than memory can be
    throw std::bad_alloc();
  } catch (const std::exception& e) { // threads that cannot be started, a callback of the caller
    throw Error(e.what());
  } catch (...) {
    throw Error("expected a callback that throws a std::exception, found another type");
  }
}

} // namespace alphapose
