#!/usr/bin/env python3
# Installs the headers of some folders with their paths.  `meson install` runs it as install_headers.py TO FOLDER...
# SPDX-License-Identifier: MIT
"""TO is below the prefix.  Headers of the emulator (device/emulator) are not part of the interface."""

import os
import shutil
import sys


def headers(root, folders):
    for folder in folders:
        for path, _, names in os.walk(os.path.join(root, folder)):
            inside = os.path.relpath(path, root)
            if inside.startswith(os.path.join("device", "emulator")):
                continue
            yield from (os.path.join(inside, name) for name in sorted(names) if name.endswith(".h"))


def main():
    root, prefix = os.environ["MESON_SOURCE_ROOT"], os.environ["MESON_INSTALL_DESTDIR_PREFIX"]
    to, folders = os.path.join(prefix, sys.argv[1]), sys.argv[2:]
    found = list(headers(root, folders))
    if not os.environ.get("MESON_INSTALL_QUIET"):
        print(f"Installing {len(found)} headers to {to}")
    if os.environ.get("MESON_INSTALL_DRY_RUN"):
        return
    for name in found:
        os.makedirs(os.path.join(to, os.path.dirname(name)), exist_ok=True)
        shutil.copyfile(os.path.join(root, name), os.path.join(to, name))


if __name__ == "__main__":
    main()
