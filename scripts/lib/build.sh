# Configuring and building.  Sourced after common.sh.
# SPDX-License-Identifier: MIT

: "${root:?common.sh comes first}"

# build DIR MESON_OPTION... [-- TARGET...]: configures once, then lets ninja do what is left; without targets, everything.
build() {
  local dir=$1 options=()
  shift
  while [ $# -gt 0 ] && [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  if [ ! -e "$dir/build.ninja" ]; then
    meson setup "$dir" "$root" "${options[@]}" </dev/null || die "configuring failed: $dir/meson-logs/meson-log.txt"
  fi
  ninja -C "$dir" "${@:2}" </dev/null || die "building failed"
}
