#!/usr/bin/env bash
# Checks that every header is self-contained: compiles each one without any include before it.
# SPDX-License-Identifier: MIT
#
# scripts/check_headers.sh [DIR]     default: the project; $CXX is the compiler, default g++
#
# A header named *.inc.h is an algorithm over a vector type.  It is included inside a namespace and compiled where it is used, so it is skipped.
# A header that is the first include of some source is proven by the build, and needs no compiler here.
# Headers of device/cuda/ (CUDA) and headers that include nanobind (optional) are skipped as well.
set -euo pipefail
. "$(dirname "$0")/lib/common.sh"

cd "${1:-$root}"
declare -A proven=()
while read -r source; do
  first=$(grep -m 1 '^#include' "$source" || true)
  if [[ $first == '#include "'* ]]; then proven[$(cut -d '"' -f 2 <<<"$first")]=1; fi
done < <(source_files | grep -E '\.cpp$')

mapfile -t headers < <(source_files | grep -E '\.h$' | while read -r file; do
  if [[ $file == device/cuda/*.h ]] || grep -q '^#include <nanobind/' "$file"; then continue; fi
  grep -q '^#pragma once' "$file" && [ -n "${proven[$file]:-}" ] && continue
  if [[ $file != *.inc.h ]]; then echo "$file"; fi
done)
[ ${#headers[@]} -gt 0 ] || [ ${#proven[@]} -gt 0 ] || die "$PWD: expected headers, found none"

# The build generates alphapose/version_number.h; any number does here.
generated=$(mktemp -d)
trap 'rm -rf "$generated"' EXIT
mkdir "$generated/alphapose"
sed 's/@[A-Z]*@/0/' "$root/include/alphapose/version_number.h.in" >"$generated/alphapose/version_number.h"

# With every instruction set: headers for one instruction set need its flag, the others are not affected.
read -ra flags < <(pkg-config --cflags freetype2 2>/dev/null || echo)
flags+=(-std=c++20 -fsyntax-only -Wall -Wextra -Werror -Wno-psabi -mavx2 -mfma -mavx512f -mavx512dq -mavx512bw -mavx512vl -I . -I include -I "$generated" -x c++ -)

# The include comes from standard input, because compilers warn about #pragma once in the file that they are given.  It is given twice, so that a missing
# #pragma once shows.
compile() {
  local header=$1 errors
  shift
  errors=$(printf '#include "%s"\n' "$header" "$header" | "${CXX:-g++}" "$@" 2>&1) && return 0
  printf '%s: does not compile on its own\n%s\n' "$header" "$(grep -m 2 'error' <<<"$errors")"
  return 1
}
export -f compile
[ ${#headers[@]} -eq 0 ] || printf '%s\n' "${headers[@]}" | xargs -d '\n' -P "$(nproc)" -I HEADER bash -c 'compile "$@"' compile HEADER "${flags[@]}" || exit 1
echo "headers: ${#headers[@]} compile on their own, ${#proven[@]} are some source's first"
