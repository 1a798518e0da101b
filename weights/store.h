// WeightStore: the tensors of a weight file by name, and what a network expects of them.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pose {

// What a parameter is, for generators of weights and for readers of files that have an order and no names.
enum class Role { weight, bias, gamma, beta, mean, var };

// A parameter that a network needs.
struct ParamSpec {
  std::string name;                // its key in the file
  std::vector<std::int64_t> shape; // all sides >= 1, product proved to fit
  Role role = Role::weight;

  std::int64_t count() const;
};

// A parameter that a file holds: dense float32 in C order, 4-byte aligned.
struct Param {
  std::vector<std::int64_t> shape;
  const float* data = nullptr;
};

// Names and pointers; the bytes belong to a mapped file or a buffer that the store keeps alive.
// Not copied when a network is bound: kernels pack straight from here.
class WeightStore {
public:
  explicit WeightStore(std::string source) : source_(std::move(source)) {}

  // Throws Error on a name that is already there.
  void add(std::string name, std::vector<std::int64_t> shape, const float* data);
  void keep(std::shared_ptr<const void> owner) { owners_.push_back(std::move(owner)); }

  // The parameter of that name and shape; throws Error naming the file, the name, both shapes.
  const Param& get(const ParamSpec& spec) const;
  // Throws Error naming the first tensor that no spec of `used` asks for.
  void expect_all_used(const std::vector<ParamSpec>& used) const;
  // Throws Error naming the first tensor with a NaN or an infinity, and where.  Reads every byte once, at memory speed.
  void expect_finite() const;

  const std::map<std::string, Param>& params() const { return params_; }
  const std::string& source() const { return source_; } // for messages: the path, or how it was generated
  std::map<std::string, std::string> metadata;          // of a safetensors file

private:
  std::string source_;
  std::map<std::string, Param> params_;
  std::vector<std::shared_ptr<const void>> owners_;
};

} // namespace pose
