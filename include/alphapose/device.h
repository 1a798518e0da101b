// Where networks run.  C++ and C take the best device that the machine has by default; the programs and the Python module take the CPU.
// SPDX-License-Identifier: MIT
//
//   alphapose::Pose pose({.device = {.device = "cuda:1", .precision = alphapose::Precision::fp32}});
#pragma once

#include <alphapose/version.h>

#include <string>

namespace alphapose {

// best: on a GPU, fp16 for Pose and Detector and fp32 for Net; on the CPU, fp32.  The CPU has no other precision.  So by default, a machine with a
// GPU computes people in fp16, and the others compute them in fp32: for the same numbers on both, up to rounding, choose fp32.
enum class Precision { best, fp32, tf32, fp16 };

struct DeviceOptions {
  // "auto": the first GPU where the library has CUDA and one works, else the CPU.  "cpu".  "cuda:N".  "emulated": the GPU's kernels on the CPU,
  // slowly, in a library without CUDA only.
  // Options of the CPU select the CPU under "auto"; with another device they are an InputError.  tf32 and fp16 need a GPU: without one they are a
  // DeviceError, also under "auto".
  std::string device = "auto";
  Precision precision = Precision::best;
  int threads = 0;         // of the CPU, 1 to 1024; 0: all that this process may use
  std::string target = {}; // option of the CPU: "ref", "avx2", "avx512"; "": the best that it has, or $POSE_TARGET where that is lower
  // Option of the CPU: folder for packed weights, which the next start maps; "": $POSE_WEIGHT_CACHE, else none.  Problems with it are ignored: the
  // weights are packed again.
  std::string weight_cache = {};
  std::string kernels = {}; // option of the CPU: tuning file of `alphapose layers tune`; "": none
};

} // namespace alphapose
