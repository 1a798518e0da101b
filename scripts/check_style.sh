#!/usr/bin/env bash
# Checks what reviewers should not have to look for: white space, characters, license lines, lengths, leftovers, formatting.
# SPDX-License-Identifier: MIT
#
# scripts/check_style.sh [DIR]     default: the project
#
# clang-format must be version 14 (others format differently); shellcheck may be any version.  Each check is skipped, with a message, where its tool is missing.
# Refused words and their replacements are in scripts/lib/words.txt.
set -euo pipefail
. "$(dirname "$0")/lib/common.sh"

cd "${1:-$root}"
# Recorded JSON (tests/data/oracle) is kept byte for byte.
mapfile -t text < <(source_files | { grep -v -e '^tests/data/oracle/json/.*/' -e '^fuzz/corpus/' || true; } | xargs -d '\n' grep -lI '' --)
[ ${#text[@]} -gt 0 ] || die "$PWD: expected files, found none"
mapfile -t code < <(printf '%s\n' "${text[@]}" | xargs -d '\n' awk 'FNR == 1 && (FILENAME ~ /(\.(h|cpp|cu|py|sh)|meson\.build|meson_options\.txt)$/ || /^#!/) { print FILENAME }')
mapfile -t cpp < <(printf '%s\n' "${text[@]}" | grep -E '\.(h|cpp|cu)$' || true)
mapfile -t shell < <(printf '%s\n' "${code[@]}" | xargs -d '\n' awk 'FNR == 1 && (FILENAME ~ /\.sh$/ || /^#!.*bash/) { print FILENAME }')

# report MESSAGE: prints MESSAGE for every place that standard input lists, one per line.
failed=no
report() {
  local place
  while IFS= read -r place; do
    printf '%s: %s\n' "$place" "$1"
    failed=yes
  done
}

# Prints the places (FILE:LINE) of a Perl pattern in the files that follow.
places() {
  local pattern=$1
  shift
  { LC_ALL=C grep -nHP -e "$pattern" -- "$@" || true; } | cut -d : -f 1,2
}

report "tab" < <(places '\t' "${text[@]}")
report "blank at the end of the line" < <(places '[ \r]$' "${text[@]}")
report "character outside ASCII" < <(places '[^\x00-\x7F]' "${text[@]}")
report "path of one machine" < <(places '(?<![\w.$}])/(tmp|work|root|home)/' "${text[@]}")
report "unfinished by its own words" < <(places '\b(TO[D]O|FIX[M]E|X[X]X|HA[C]K)\b' "${text[@]}")
report "no line feed at the end of the file" < <(for file in "${text[@]}"; do [ -z "$(tail -c 1 -- "$file")" ] || echo "$file"; done)
report "over 400 lines" < <(awk 'FNR == 401 { print FILENAME }' "${code[@]}")
report "expected an SPDX-License-Identifier, alone on a line, in the first 5 lines" < <(awk '
  FNR == 1 && file { print file }
  FNR == 1 { file = FILENAME }
  FNR <= 5 && /^(\/\/ SPDX-License-Identifier: MIT|# SPDX-License-Identifier: MIT|\/\* SPDX-License-Identifier: MIT \*\/)$/ { file = "" }
  END { if (file) print file }' "${code[@]}")

if [ ${#cpp[@]} -gt 0 ]; then
  formatter=$(command -v clang-format-14 || command -v clang-format || true)
  if [ -n "$formatter" ] && "$formatter" --version | grep -q 'version 14\.'; then
    report "not as clang-format wants it" < <(printf '%s\n' "${cpp[@]}" | xargs -d '\n' -P "$(nproc)" -n 20 "$formatter" --dry-run 2>&1 | grep -oE '^[^:]+:[0-9]+:[0-9]+: warning' | cut -d : -f 1 | sort -u)
  else
    note "formatting not checked: no clang-format of version 14"
  fi
fi
if [ ${#shell[@]} -gt 0 ]; then
  if command -v shellcheck >/dev/null; then
    shellcheck --severity=info "${shell[@]}" || failed=yes
  else
    note "shell scripts not checked: no shellcheck"
  fi
fi

"$python" "$root/scripts/lib/check_words.py" "${text[@]}" || failed=yes

[ $failed = no ] || exit 1
echo "style: ${#text[@]} files, ${#code[@]} of them code"
