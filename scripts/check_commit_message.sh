#!/usr/bin/env bash
# Checks a commit message: the form of its subject line, and the blank line after it.
# SPDX-License-Identifier: MIT
#
# scripts/check_commit_message.sh [FILE]     default: standard input
#
# The subject is `area: change` with the area in lower case, at most 72 characters, without a period at its end.  A second line, if any, is blank.
# Comments of git are skipped.  Merges, reverts and commits for `git rebase --autosquash` keep the subject that git gives them.
# Exit code 1: the message breaks a rule; every broken rule is one line on standard output.
set -euo pipefail
. "$(dirname "$0")/lib/common.sh"

case ${1:-} in
  -h | --help) usage && exit 0 ;;
  -?*) bad_argument "$1" ;;
esac
[ $# -le 1 ] || bad_argument "$2"
file=${1:--}
[ "$file" = - ] || [ -r "$file" ] || die "$file: expected a file with a commit message"

# Everything after git's scissors line is a diff (git commit --verbose); leading blank lines are ignored.
mapfile -t lines < <(cat -- "$file" | awk '/^# -+ >8 -+$/ { exit } /^#/ { next } begun || NF { begun = 1; sub(/\r$/, ""); print }')

failed=no
report() {
  printf '%s: %s\n' "$file" "$1"
  failed=yes
}

subject=${lines[0]:-}
if [ -z "$subject" ]; then
  report "expected a commit message, found none"
elif [[ ! $subject =~ ^(Merge |Revert \"|fixup! |squash! |amend! ) ]]; then
  [ ${#subject} -le 72 ] || report "expected a subject of at most 72 characters, found ${#subject}"
  [[ $subject =~ ^[a-z0-9][a-z0-9_./+-]*:\ [^\ ] ]] || report "expected a subject 'area: change' with the area in lower case, found '$subject'"
  [[ $subject != *. ]] || report "expected no period at the end of the subject"
fi
[ -z "${lines[1]:-}" ] || report "expected a blank second line, found '${lines[1]}'"
[ $failed = no ]
