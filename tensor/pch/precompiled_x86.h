// Headers of kernels for AVX2 and AVX-512, precompiled with -Db_pch=true.
// SPDX-License-Identifier: MIT
#include "tensor/pch/precompiled.h"

#include <immintrin.h>
