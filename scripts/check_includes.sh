#!/usr/bin/env bash
# Proves that includes go down only, and that files compiled for one instruction set include nothing that other files could link to.
# SPDX-License-Identifier: MIT
#
# scripts/check_includes.sh [DIR]     default: the project
#
# Files of a folder may include their own folder, those that the table of folders in docs/architecture.md lists for it, and what these may include.
# The README's table must say the same.  Files of ops/ named *_avx2*.cpp or *_avx512*.cpp may include <immintrin.h>,
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

# Prints "FOLDER TARGET" for every folder of the table in a document and every folder that it may include, itself first.
# Rows are | `FOLDER/`, `FOLDER/` | content | FOLDER, FOLDER and other words |.
table_of() {
  awk -F '|' '
    function reach(from, to, target) {
      if ((from, to) in may) return
      may[from, to]
      print from, to
      for (target in ours) if ((to, target) in direct) reach(from, target)
    }
    /^\| `[a-z]+\/[a-z\/]*`.*\|.*\|.*\|$/ {
      rows = split($2, row, ","); words = split($4, word, /[^a-z]+/)
      for (i = 1; i <= rows; i++) {
        gsub(/[ `]|\/.*/, "", row[i]); ours[row[i]]
        for (k = 1; k <= words; k++) direct[row[i], word[k]]
      }
    }
    END { for (folder in ours) reach(folder, folder) }' "$1"
}

directions() {
  { printf '%s\n' "$may_include"; includes_of "$@"; } | awk -F: '
    NF == 1 { split($0, pair, " "); may[pair[1], pair[2]]; ours[pair[2]]; next }
    {
      split($1, path, "/"); split($3, target, "/"); from = path[1]; to = target[1]
      gsub(/[<>]/, "", to); if (to == "alphapose") to = "include"
      if (!(to in ours) || from == to || (from, to) in may) next
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

may_include=$(table_of "$root/docs/architecture.md" | sort)
[ -n "$may_include" ] || die "docs/architecture.md: expected a table of folders, found none"
differences=$(diff <(echo "$may_include") <(table_of "$root/README.md" | sort) || true)
if [ -n "$differences" ]; then
  printf 'README.md: expected the table of folders to allow the includes of docs/architecture.md, found (> only in README.md)\n%s\n' "$differences"
  exit 1
fi
mapfile -t files < <(source_files | grep -E '\.(h|cpp|cu)$')
[ ${#files[@]} -gt 0 ] || die "$PWD: expected C++ files, found none"
mapfile -t isa_files < <(printf '%s\n' "${files[@]}" | grep -E '^ops/.*_(avx2|avx512)[^/]*\.cpp$' || true)
found=$(directions "${files[@]}" && instruction_sets "${isa_files[@]}")
if [ -n "$found" ]; then
  printf '%s\n' "$found"
  exit 1
fi
echo "includes: ${#files[@]} files, ${#isa_files[@]} of them for one instruction set"
