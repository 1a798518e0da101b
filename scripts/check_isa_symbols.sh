#!/bin/sh
# check_isa_symbols.sh BUILD_DIR: checks that no object compiled for a special instruction set defines a weak symbol.
# SPDX-License-Identifier: MIT
#
# The linker keeps any one copy of a weak (inline, template) function.  If it keeps the one compiled with -mavx2, a machine
# without AVX2 crashes in code that does not need AVX2.  nm: W, V = weak, u = unique.
set -eu
if [ $# -ne 1 ]; then
  echo "usage: $0 BUILD_DIR" >&2
  exit 2
fi
objects=$(find "$1" -path '*_avx*.a.p/*.o')
if [ -z "$objects" ]; then
  echo "$0: no ISA-specific object under $1" >&2
  exit 2
fi
bad=$(echo "$objects" | xargs nm -A -C --defined-only | grep -E '^[^ ]+:[0-9a-f]* [WVuvw] ' || true)
if [ -n "$bad" ]; then
  echo "weak symbols in ISA-specific objects:" >&2
  echo "$bad" >&2
  exit 1
fi
echo "$(echo "$objects" | wc -l) ISA-specific objects, no weak symbol"
