// A network on the caller's buffers: run_net [MODEL]
// SPDX-License-Identifier: MIT
#include <alphapose/net.h>

#include <algorithm>
#include <cstdio>

int main(int argc, char** argv) {
  try {
    alphapose::Net net({.model = argc > 1 ? argv[1] : "pose-nano", .batch = 2});
    const alphapose::InputShape s = net.input_shape();
    std::vector<float> x(2 * s.count(), 0.25f); // two images [2, channels, height, width]
    for (const alphapose::Value& v : net.run(x)) {
      std::printf("%s: [", v.name.c_str());
      for (std::size_t i = 0; i < v.shape.size(); i++) std::printf("%s%lld", i > 0 ? ", " : "", static_cast<long long>(v.shape[i]));
      std::printf("], largest %g\n", static_cast<double>(*std::max_element(v.data.begin(), v.data.end())));
    }
  } catch (const alphapose::Error& e) {
    return std::fprintf(stderr, "run_net: %s\n", e.what()), 1;
  }
}
