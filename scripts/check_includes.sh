#!/usr/bin/env bash
# Proves that includes go down only, and that files compiled for one instruction set include nothing that other files could link to.
# SPDX-License-Identifier: MIT
#
# scripts/check_includes.sh [DIR]     default: the project
#
# Files of a folder may include their own folder and those listed for it below.  Files of ops/ named *_avx2*.cpp or *_avx512*.cpp may include <immintrin.h>,
# ops/vec/, ops/kernel.h and their own folder only: an inline function of a standard header, compiled with -mavx512f, can be the copy that the
# linker keeps for all files.
set -euo pipefail
. "$(dirname "$0")/lib/common.sh"

cd "${1:-$root}"

# Prints FILE:LINE:NAME for every include of the named files.  <name> keeps its brackets, "name" loses its quotes.
includes_of() {
  awk '/^[ \t]*#[ \t]*include[ \t]*[<"]/ {
    sub(/^[ \t]*#[ \t]*include[ \t]*/, ""); sub(/[>"][^>"]*$/, $0 ~ /^</ ? ">" : ""); sub(/^"/, "")
    print FILENAME ":" FNR ":" $0
  }' "$@" </dev/null
}

directions() {
  includes_of "$@" | awk -F: '
    BEGIN {
      down["include"] = ""
      down["tensor"] = "include"
      down["device"] = down["weights"] = "tensor include"
      down["ops"] = "device tensor include"
      down["image"] = "device tensor include"
      down["nets"] = "weights ops device tensor include"
      down["postprocess"] = "image device tensor include"
      down["pose"] = down["study"] = "postprocess image nets weights ops device tensor include"
      down["api"] = "pose " down["pose"]
      down["python"] = "pose " down["pose"]
      down["apps"] = "pose study " down["pose"]
      down["examples"] = "ops device tensor include"
      down["bench"] = down["tests"] = "apps api " down["apps"]
      for (folder in down) ours[folder]
    }
    {
      split($1, path, "/"); split($3, target, "/"); from = path[1]; to = target[1]
      gsub(/[<>]/, "", to); if (to == "alphapose") to = "include"
      if (!(to in ours) || from == to || (" " down[from] " ") ~ (" " to " ")) next
      print $1 ":" $2 ": " from "/ must not include " $3
    }'
}

instruction_sets() {
  [ $# -gt 0 ] || return 0
  includes_of "$@" | awk -F: '
    {
      split($1, part, "/"); folder = part[1] "/" part[2] "/"
      if ($3 == "<immintrin.h>" || $3 == "ops/kernel.h" || index($3, "ops/vec/") == 1 || (folder != "" && index($3, folder) == 1)) next
      print $1 ":" $2 ": only <immintrin.h>, ops/vec/, ops/kernel.h and " folder " here, found " $3
    }'
}

mapfile -t files < <(source_files | grep -E '\.(h|cpp|cu)$')
[ ${#files[@]} -gt 0 ] || die "$PWD: expected C++ files, found none"
mapfile -t isa_files < <(printf '%s\n' "${files[@]}" | grep -E '^ops/.*_(avx2|avx512)[^/]*\.cpp$' || true)
found=$(directions "${files[@]}" && instruction_sets "${isa_files[@]}")
if [ -n "$found" ]; then
  printf '%s\n' "$found"
  exit 1
fi
echo "includes: ${#files[@]} files, ${#isa_files[@]} of them for one instruction set"
