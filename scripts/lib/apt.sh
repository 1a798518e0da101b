# Debian packages: finds missing ones and installs or downloads them.  Sourced after common.sh.
# SPDX-License-Identifier: MIT

# Prints the named packages that are not installed.  dpkg-query fails for a package that it does not know; that is not an error here.
missing_packages() {
  local package known
  known=$(dpkg-query -W -f='${Package} ${db:Status-Status}\n' "$@" 2>/dev/null || true)
  for package in "$@"; do
    grep -qxF -- "$package installed" <<<"$known" || printf '%s\n' "$package"
  done
}

# Runs a command as root: directly, or through sudo, which may ask for the password only where a user can answer.
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

# On a terminal apt-get reports its progress, otherwise only errors.
apt_quiet=-qq
[ -t 1 ] && apt_quiet=-q
apt_get() { as_root env DEBIAN_FRONTEND=noninteractive apt-get "$apt_quiet" -o Dpkg::Use-Pty=0 "$@" </dev/null; }

# The package lists may be missing (a fresh container) or older than the archive.
refresh_lists() {
  note "fetching the package lists"
  apt_get update
}

# Installs packages.  Fetches fresh lists when the packages are unknown or cannot be downloaded.
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
