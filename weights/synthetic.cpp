// Implements synthetic.h: one SplitMix64 stream (Steele, Lea, Flood 2014) per parameter, and the rules that map it to weights.
// SPDX-License-Identifier: MIT
#include "weights/synthetic.h"

#include "tensor/error.h"
#include "tensor/file.h"
#include "tensor/tensor.h"

#include <array>
#include <cmath>
#include <cstring>
#include <set>
#include <span>
#include <string_view>

namespace pose {

namespace {

constexpr std::uint64_t kSeedFactor = 0xD1342543DE82EF95, kStep = 0x9E3779B97F4A7C15;

constexpr std::uint64_t mix(std::uint64_t z) {
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
  z = (z ^ z >> 27) * 0x94D049BB133111EB;
  return z ^ z >> 31;
}

std::uint64_t key_of(const std::string& name, std::uint64_t seed) {
  return fnv1a64(name) + seed * kSeedFactor;
}

// Return u = bits / 2^24 in [0, 1) and v = 2u - 1 in [-1, 1).  Both are exact.
float unit(std::uint64_t bits) {
  return float(std::int32_t(bits >> 40)) * 0x1p-24f;
}

float symmetric(std::uint64_t bits) {
  return unit(bits) * 2.0f - 1.0f;
}

template <class F> void fill(std::span<float> to, const std::string& name, std::uint64_t seed, F value) {
  std::uint64_t state = key_of(name, seed);
  for (float& v : to) v = value(mix(state += kStep));
}

void fill_symmetric(std::span<float> to, const std::string& name, std::uint64_t seed, float bound) {
  fill(to, name, seed, [bound](std::uint64_t bits) { return symmetric(bits) * bound; });
}

// Returns the bound of a uniform distribution with variance `variance` / fan-in.  Fan-in is the product of all sides but the first.
float fan_in_bound(const ParamSpec& spec, double variance, double gain = 1) {
  const std::int64_t fan_in = spec.count() / spec.shape.front();
  return float(gain * std::sqrt(3 * variance / double(fan_in)));
}

// Returns the module part of a name: "a.b.weight" -> "a.b".
std::string_view module_of(std::string_view name) {
  return name.substr(0, name.rfind('.'));
}

// Returns a store over one buffer.  make(spec, floats) fills each parameter.
template <class F> WeightStore generate(const std::vector<ParamSpec>& specs, const std::string& source, F make) {
  std::int64_t total = 0;
  for (const ParamSpec& spec : specs) {
    if (__builtin_add_overflow(total, spec.count(), &total)) fail("{}: {}: expected fewer than 2^63 weights, found more", source, spec.name);
  }
  const auto buffer = std::make_shared<Buffer>(total);
  WeightStore store(source);
  store.keep(buffer);
  std::span<float> rest = buffer->span();
  for (const ParamSpec& spec : specs) {
    const auto floats = rest.first(std::size_t(spec.count()));
    make(spec, floats);
    store.add(spec.name, spec.shape, floats.data());
    rest = rest.subspan(floats.size());
  }
  return store;
}

// Means and variances that were measured with the synthetic weights in place.  Without them the activations would vanish.
class SideFile {
public:
  SideFile(const std::string& path, const std::vector<ParamSpec>& specs) : bytes_(read_file(path)) {
    std::size_t floats = 0;
    for (const ParamSpec& spec : specs) {
      if (spec.role != Role::mean && spec.role != Role::var) continue;
      const auto [at, is_new] = starts_.try_emplace(std::string(module_of(spec.name)), floats);
      if (is_new) floats += 2 * std::size_t(spec.count());
    }
    if (bytes_.size() != floats * sizeof(float))
      fail("{}: expected {} bytes (mean and variance of {} batch norms), found {}", path, floats * sizeof(float), starts_.size(), bytes_.size());
  }

  void read(const ParamSpec& spec, std::span<float> to) const {
    const std::size_t start = starts_.at(std::string(module_of(spec.name))) + (spec.role == Role::var ? to.size() : 0);
    std::memcpy(to.data(), bytes_.data() + start * sizeof(float), to.size_bytes());
  }

private:
  std::vector<std::byte> bytes_;
  std::map<std::string, std::size_t> starts_; // start of each batch norm, in floats
};

// The common part of the two networks.  Gains and biases differ: `gain(spec)`, `bias(spec, floats)`.
template <class Gain, class Bias>
WeightStore synthetic(const std::vector<ParamSpec>& specs, std::uint64_t seed, const std::string& bn_path, Gain gain, Bias bias) {
  const SideFile side(bn_path, specs);
  WeightStore store =
      generate(specs, fmt::format("synthetic weights with seed {} and {}", seed, bn_path), [&](const ParamSpec& spec, std::span<float> to) {
        switch (spec.role) {
          case Role::weight: fill_symmetric(to, spec.name, seed, fan_in_bound(spec, 2, gain(spec))); break;
          case Role::bias: bias(spec, to); break;
          case Role::gamma: fill(to, spec.name, seed, [](std::uint64_t bits) { return unit(bits) * 0.5f + 0.75f; }); break;
          case Role::beta: fill_symmetric(to, spec.name, seed, 0.25f); break;
          case Role::mean:
          case Role::var: side.read(spec, to); break;
        }
      });
  store.expect_finite();
  return store;
}

} // namespace

std::uint64_t fnv1a64(const std::string& text) {
  std::uint64_t hash = 0xCBF29CE484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return hash;
}

std::uint64_t synthetic_bits(const std::string& name, std::uint64_t seed, std::uint64_t i) {
  return mix(key_of(name, seed) + (i + 1) * kStep);
}

WeightStore synthetic_yolo(const std::vector<ParamSpec>& specs, std::uint64_t seed, const std::string& bn_path) {
  constexpr std::size_t kAttributes = 85, kObjectness = 4, kPerson = 5;
  std::set<std::string_view> heads;
  for (const ParamSpec& spec : specs) {
    if (spec.role == Role::bias) heads.insert(module_of(spec.name));
  }
  const auto gain = [&](const ParamSpec& spec) { return heads.count(module_of(spec.name)) != 0 ? 0.5 : 1.0; };
  const auto bias = [&](const ParamSpec& spec, std::span<float> to) {
    fill_symmetric(to, spec.name, seed, 0.5f);
    for (std::size_t c = 0; c < to.size(); c++) {
      if (c % kAttributes == kObjectness) to[c] = -4.8f;
      if (c % kAttributes == kPerson) to[c] = 1.5f;
    }
  };
  return synthetic(specs, seed, bn_path, gain, bias);
}

WeightStore synthetic_pose(const std::vector<ParamSpec>& specs, std::uint64_t seed, const std::string& bn_path) {
  const auto gain = [](const ParamSpec& spec) { return spec.name == "conv_out.weight" ? 0.3 : 1.0; };
  const auto bias = [&](const ParamSpec& spec, std::span<float> to) {
    fill_symmetric(to, spec.name, seed, spec.name == "conv_out.bias" ? 0.05f : 0.1f);
  };
  return synthetic(specs, seed, bn_path, gain, bias);
}

// The variance of a weight is 2 / (3 fan-in).  A layer keeps 2/3 of the mean square of its input, 1/3 after a ReLU.  The factor is below 1, so that a
// chain of residual blocks with two or three such layers grows by only a few percent a block.  The biases have mean square 1/3 and keep activations
// of plain chains from vanishing.
WeightStore random_weights(const std::vector<ParamSpec>& specs, std::uint64_t seed) {
  return generate(specs, fmt::format("random weights with seed {}", seed), [&](const ParamSpec& spec, std::span<float> to) {
    const auto around_one = [](std::uint64_t bits) { return 1.0f + 0.1f * symmetric(bits); };
    switch (spec.role) {
      case Role::weight: fill_symmetric(to, spec.name, seed, fan_in_bound(spec, 2.0 / 3)); break;
      case Role::bias:
      case Role::beta: fill_symmetric(to, spec.name, seed, 1.0f); break;
      case Role::mean: fill_symmetric(to, spec.name, seed, 0.1f); break;
      case Role::gamma:
      case Role::var: fill(to, spec.name, seed, around_one); break;
    }
  });
}

} // namespace pose
