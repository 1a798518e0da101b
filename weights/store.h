// WeightStore: the tensors of a weight file by name.  ParamSpec: the parameters that a network expects.
// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pose {

class MappedFile;

// The role of a parameter.  Used by generators of weights, and by readers of files that have an order but no names.
enum class Role { weight, bias, gamma, beta, mean, var };

// How a .weights file of Darknet holds a parameter: as the op needs it, or as a matrix of `rows` rows, whose transpose the op needs.
struct StoredOrder {
  enum Kind { plain, transposed, transposed_above_1000 } kind = plain; // the last: of files whose major or minor version is above 1000
  std::int64_t rows = 0;
};

// A parameter that a network needs.
struct ParamSpec {
  std::string name;                // its key in the file
  std::vector<std::int64_t> shape; // all sides >= 1; the product is checked to fit
  Role role = Role::weight;
  StoredOrder stored = {};

  std::int64_t count() const;
};

// A parameter in a file: dense float32 in C order, 4-byte aligned.
struct Param {
  std::vector<std::int64_t> shape;
  const float* data = nullptr;
};

// Names and pointers.  The bytes belong to a mapped file or a buffer that the store keeps alive.  Binding a network copies nothing: kernels pack
// directly from here.
class WeightStore {
public:
  explicit WeightStore(std::string source) : source_(std::move(source)) {}

  // Adds a tensor.  Throws Error for a name that exists already.
  void add(std::string name, std::vector<std::int64_t> shape, const float* data);
  void keep(std::shared_ptr<const void> owner) { owners_.push_back(std::move(owner)); }
  void keep_file(std::shared_ptr<const MappedFile> file) { files_.push_back(std::move(file)); }

  // Returns the parameter of that name and shape.  Throws an Error that names the file, the name and both shapes.
  const Param& get(const ParamSpec& spec) const;
  // Throws an Error that names the first tensor that is not in `used`.
  void expect_all_used(const std::vector<ParamSpec>& used) const;
  // Throws an Error where the file of the tensors has changed since it was mapped.  Call it after packing, before the packed weights are used.
  void expect_unchanged() const;
  // Throws an Error that names the first tensor with a NaN or an infinity, and its index.  Reads every byte once, at memory speed.
  void expect_finite() const;

  const std::map<std::string, Param>& params() const { return params_; }
  const std::string& source() const { return source_; } // for messages: the path, or how the weights were generated
  std::map<std::string, std::string> metadata;          // of a safetensors file

private:
  std::string source_;
  std::map<std::string, Param> params_;
  std::vector<std::shared_ptr<const void>> owners_;
  std::vector<std::shared_ptr<const MappedFile>> files_;
};

} // namespace pose
