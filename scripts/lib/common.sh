# Shared by the scripts: paths, messages, the project's Python.  Sourced, not run.
# SPDX-License-Identifier: MIT
# shellcheck disable=SC2034

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# Debian's own interpreter by its full path: another python3 that comes first on PATH (pyenv, conda) lacks Debian's modules.
python=/usr/bin/python3
venv=$root/.venv

step() { printf '\n== %s\n' "$*"; }
note() { printf '%s\n' "$*" >&2; }
die() {
  printf '%s: %s\n' "$(basename "$0")" "$*" >&2
  exit 1
}

# Prints the comment block at the top of the running script, without its first two lines, as the text of --help.
usage() { awk 'NR > 1 && !/^#/ { exit } NR > 1 && !/SPDX/ { sub(/^# ?/, ""); print }' "$0"; }

# Ends the script for an unknown argument.
bad_argument() {
  note "$(basename "$0"): unknown argument '$1'"
  usage >&2
  exit 2
}

# Ends the script when an option that takes a value is the last argument: need_value "$@".
need_value() {
  [ $# -ge 2 ] && return 0
  note "$(basename "$0"): $1 needs a value"
  exit 2
}

# An optional directory of weights and images next to the project's folder, shared by checkouts.
shared_dir=$root/../shared

models_dir() { printf '%s' "${POSE_MODELS:-$root/models}"; }

# .venv: packages from PyPI, in addition to Debian's Python modules.
make_venv() { [ -x "$venv/bin/pip" ] || "$python" -m venv --system-site-packages "$venv"; }

# Lists the project's files below the current directory: those that git tracks or would track, or, outside a repository, those that do not look generated.
source_files() {
  local file
  { git ls-files --cached --others --exclude-standard 2>/dev/null ||
    find . -type d '(' -name '.*' -o -name 'build*' -o -name models -o -name out -o -name __pycache__ ')' ! -name . -prune -o -type f -print | sed 's#^\./##'; } |
    while IFS= read -r file; do if [ -f "$file" ]; then printf '%s\n' "$file"; fi; done
}
