# Configures and builds.  Sourced after common.sh.
# SPDX-License-Identifier: MIT

: "${root:?common.sh comes first}" "${venv:?common.sh comes first}" "${python:?common.sh comes first}"

# Options for a build from nothing: a third less time.  Sources are compiled 14 at a time, kernels one by one with precompiled headers.  Both hide
# missing includes, which `meson setup build` finds; a change of one source then compiles 14, and ccache keeps nothing of kernels.
# Meson 1.0 fails where the number of sources of a library is a multiple of the size: ninja then misses a rule for `unity1.cpp.o`.  Another size mends that.
# shellcheck disable=SC2034  # used by the scripts that source this one
from_nothing=(-Dunity=on -Dunity_size=14 -Db_pch=true)

# Returns 0 if warnings are errors in the configured build folder DIR.
has_werror() {
  "$python" -c 'import json, sys; sys.exit(not any(o["name"] == "werror" and o["value"] for o in json.load(open(sys.argv[1]))))' \
    "$1/meson-info/intro-buildoptions.json"
}

# configure DIR MESON_OPTION...: configures once, and again when .venv has new packages, since Meson searches for them.  A folder that is already
# configured ignores the options except -Dwerror=true.
configure() {
  local dir=$1 packages
  shift
  if [ ! -e "$dir/build.ninja" ]; then
    meson setup "$dir" "$root" "$@" </dev/null || die "configuring failed: $dir/meson-logs/meson-log.txt"
    return
  fi
  if [[ " $* " = *" -Dwerror=true "* ]] && ! has_werror "$dir"; then
    meson configure "$dir" -Dwerror=true </dev/null || die "configuring failed: $dir/meson-logs/meson-log.txt"
  fi
  packages=$(compgen -G "$venv/lib/python3*/site-packages" || true)
  if [ -n "$packages" ] && [ "$packages" -nt "$dir/build.ninja" ]; then
    meson setup --reconfigure "$dir" "$root" </dev/null || die "configuring failed: $dir/meson-logs/meson-log.txt"
  fi
}

# compile DIR [TARGET...]: by default all targets.
compile() {
  ninja -C "$@" </dev/null || die "building failed"
}

# build DIR MESON_OPTION... [-- TARGET...]
build() {
  local dir=$1 options=()
  shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  configure "$dir" "${options[@]}"
  compile "$dir" "${@:2}"
}
