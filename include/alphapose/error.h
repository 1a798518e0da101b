// Errors of the library: what() is one line that names place, what was expected and what was found.
// SPDX-License-Identifier: MIT
//
//   try {
//     alphapose::Pose pose;
//   } catch (const alphapose::ModelError& e) { // before Error: it is more special
//     std::fprintf(stderr, "%s\n", e.what());
//   } catch (const alphapose::Error& e) {
//     ...
//   }
//
// Besides these, functions of the library throw std::bad_alloc when memory runs out, and nothing else.
#pragma once

#include <alphapose/version.h>

#include <stdexcept>

namespace alphapose {

// Base of all errors.  Thrown itself when none of the more special ones fits, for example when a result cannot be written.
class ALPHAPOSE_API Error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
  ~Error() override;
};

// An argument or option that cannot be: null data, a stride smaller than a row, an unknown name.
class ALPHAPOSE_API InputError : public Error {
public:
  using Error::Error;
  ~InputError() override;
};

// A file, image or dump that cannot be read or does not hold what it should.
class ALPHAPOSE_API DataError : public Error {
public:
  using Error::Error;
  ~DataError() override;
};

// A model that is not found, is broken, or is of another kind than needed.
class ALPHAPOSE_API ModelError : public Error {
public:
  using Error::Error;
  ~ModelError() override;
};

// A GPU or instruction set that is not there, lacks memory, or failed.
class ALPHAPOSE_API DeviceError : public Error {
public:
  using Error::Error;
  ~DeviceError() override;
};

} // namespace alphapose
