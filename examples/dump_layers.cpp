// Statistics of the value of every layer of a network, as the graph describes it: dump_layers [MODEL]
// SPDX-License-Identifier: MIT
#include <alphapose/net.h>

#include <cmath>
#include <cstdio>

int main(int argc, char** argv) {
  try {
    alphapose::Net net({.model = argc > 1 ? argv[1] : "pose-nano"});
    std::vector<float> x(net.input_shape().count());
    for (std::size_t i = 0; i < x.size(); i++) x[i] = static_cast<float>(i % 255) / 255 - 0.5f;
    for (const alphapose::Value& v : net.activations(x)) {
      double sum = 0, squares = 0;
      for (float f : v.data) sum += f, squares += double(f) * f;
      const double n = static_cast<double>(v.data.size());
      std::printf("%-32s mean %10.4f  rms %10.4f  %9zu values\n", v.name.c_str(), sum / n, std::sqrt(squares / n), v.data.size());
    }
  } catch (const alphapose::Error& e) {
    return std::fprintf(stderr, "dump_layers: %s\n", e.what()), 1;
  }
}
