// Compiles nanobind's implementation, a single source file that every module must build.
// SPDX-License-Identifier: MIT
#include <nb_combined.cpp>
