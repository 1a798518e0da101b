// Errors of the library: what() is one line that names the place, what was expected and what was found.
// SPDX-License-Identifier: MIT
//
//   try {
//     alphapose::Pose pose;
//   } catch (const alphapose::ModelError& e) { // before Error, its base
//     std::fprintf(stderr, "%s\n", e.what());
//   } catch (const alphapose::Error& e) {
//     ...
//   }
//
// Besides these, functions of the library throw std::bad_alloc when memory runs out, and nothing else.  What a caller's callback throws arrives as an
// Error, unless it is one of them.
#pragma once

#include <alphapose/version.h>

#include <stdexcept>

namespace alphapose {

// Base of all errors.  Thrown itself when no derived class fits, for example when a result cannot be written.
class ALPHAPOSE_API Error : public std::runtime_error {
public:
  using std::runtime_error::runtime_error;
  ~Error() override;
};

// An invalid argument or option: null data, a stride smaller than a row, a name of a device or keypoint that does not exist, a tuning file that
// cannot be read.
class ALPHAPOSE_API InputError : public Error {
public:
  using Error::Error;
  ~InputError() override;
};

// An image or another input file that cannot be read or does not hold what it should.
class ALPHAPOSE_API DataError : public Error {
public:
  using Error::Error;
  ~DataError() override;
};

// A model that is not found, is broken, or is of another kind than needed.  A tuning file that does not fit the model.
class ALPHAPOSE_API ModelError : public Error {
public:
  using Error::Error;
  ~ModelError() override;
};

// A GPU, precision or instruction set that is not available; a GPU that lacks memory or failed.
class ALPHAPOSE_API DeviceError : public Error {
public:
  using Error::Error;
  ~DeviceError() override;
};

} // namespace alphapose
