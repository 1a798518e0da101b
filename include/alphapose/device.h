// Where networks run.  The defaults are the best that the machine has.
// SPDX-License-Identifier: MIT
//
//   alphapose::Pose pose({.device = {.device = "cuda:1", .precision = alphapose::Precision::fp32}});
#pragma once

#include <alphapose/version.h>

#include <string>

namespace alphapose {

// best: on a GPU fp16 for people and objects, fp32 for Net; on the CPU fp32, the only one there.
enum class Precision { best, fp32, tf32, fp16 };

struct DeviceOptions {
  // "auto": the first GPU where the library has CUDA and one works, else the CPU.  "cpu".  "cuda:N".  "emulated": the GPU's kernels on the CPU,
  // slowly.
  std::string device = "auto";
  Precision precision = Precision::best;
  int threads = 0;               // of the CPU; 0: all that this process may use
  std::string target = {};       // of the CPU: "ref", "avx2", "avx512"; "": the best that it has
  std::string weight_cache = {}; // folder for packed weights, which the next start maps; "": none.  CPU only
  std::string kernels = {};      // tuning file of `alphapose layers tune`; "": none.  CPU only
};

} // namespace alphapose
