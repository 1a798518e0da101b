// nanobind's own code, which its package brings as one source file to be compiled with each module.
// SPDX-License-Identifier: MIT
#include <nb_combined.cpp>
