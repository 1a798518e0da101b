# Debian packages: which are missing, and how to get them.  Sourced after common.sh.
# SPDX-License-Identifier: MIT

# Prints those of the named packages that are not installed.  dpkg-query fails when it does not know one of them, which is an answer too.
missing_packages() {
  local package known
  known=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
  for package in "$@"; do
    grep -qxF -- "$package installed" <<<"$known" || printf '%s\n' "$package"
  done
}

# Runs a command as root: directly, or through sudo, which may ask for the password only where somebody can answer.
as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null && { [ -t 2 ] && [ -z "${CI:-}" ]; }; then
    sudo "$@"
  elif command -v sudo >/dev/null; then
    sudo -n "$@"
  else
    return 1
  fi
}

# On a terminal apt-get reports its progress, elsewhere only errors.
apt_quiet=-qq
[ -t 1 ] && apt_quiet=-q
apt_get() { as_root env DEBIAN_FRONTEND=noninteractive apt-get "$apt_quiet" -o Dpkg::Use-Pty=0 "$@" </dev/null; }

# The package lists may be missing (a fresh container) or older than what the archive still holds.
refresh_lists() {
  note "fetching the package lists"
  apt_get update
}

# Installs packages, with fresh lists when they are unknown or cannot be got.
install_packages() {
  if apt-cache show "$@" >/dev/null 2>&1 && apt_install "$@"; then return 0; fi
  refresh_lists && apt_install "$@"
}

apt_install() {
  if [ -t 1 ]; then
    apt_get install -y --no-install-recommends "$@"
  else
    apt_get install -y --no-install-recommends "$@" >/dev/null
  fi
}

# Downloads one package's .deb into the current directory without installing it.
download_package() {
  if apt-cache show "$1" >/dev/null 2>&1 && fetch_deb "$1"; then return 0; fi
  refresh_lists && fetch_deb "$1"
}

fetch_deb() { apt-get "$apt_quiet" -o APT::Sandbox::User=root download "$1"; }
