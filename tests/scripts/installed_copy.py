# Installs the build into a separate folder, for tests of what users get.
# SPDX-License-Identifier: MIT
import pathlib
import subprocess


def install(build, to, package, *options):
    """Returns the folder with PACKAGE.pc below `to`, which becomes the root of the installation (DESTDIR)."""
    command = ["meson", "install", "-C", str(build), "--no-rebuild", *options, "--destdir", str(to)]
    subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    found = list(pathlib.Path(to).rglob(f"{package}.pc"))
    assert len(found) == 1, found
    return found[0].parent
