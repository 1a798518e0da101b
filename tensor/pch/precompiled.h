// Standard headers that most sources include, precompiled with -Db_pch=true.
// SPDX-License-Identifier: MIT
//
// Each source still includes what it uses: builds without precompiled headers, the default, check that.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include <fmt/core.h>
