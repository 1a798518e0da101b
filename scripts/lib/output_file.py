# Files that the scripts write: complete or absent, through links, never an input.
# SPDX-License-Identifier: MIT
"""Follows the rules of AtomicFile (tensor/file.h)."""

import contextlib
import os
import tempfile

from lib.problem import Problem

LONGEST_NAME = 255  # bytes
RANDOM = 24  # bytes that mkstemp() and the ending add, and some more


@contextlib.contextmanager
def atomic_file(path):
    """Opens a file for writing that appears under its name only if all went well.  Follows symbolic links.  Writes to a device or pipe at once."""
    path = os.fspath(path)
    number = _standard_stream(path)
    if number is not None or os.path.exists(path) and not os.path.isfile(path):
        with open(path if number is None else os.dup(number), "wb") as file:
            yield file
        return
    target = os.path.realpath(path)
    folder, name = os.path.split(target)
    prefix = os.fsdecode(os.fsencode(name)[: LONGEST_NAME - RANDOM]) + "."
    try:
        number, part = tempfile.mkstemp(".part", prefix, folder)
    except OSError as error:
        raise OSError(error.errno, error.strerror, path) from None
    try:
        with open(number, "wb") as file:
            os.chmod(part, _mode_of(target))
            yield file
        os.replace(part, target)
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.remove(part)


def expect_other(output, *inputs):
    """Raises Problem where the output is one of the files that are read; None is no file."""
    for path in inputs:
        if path is not None and os.path.exists(path) and os.path.exists(output) and os.path.samefile(path, output):
            raise Problem(f"{output}: expected another file than the input {path}")


def _standard_stream(path):
    """Returns 1 or 2 where the path leads to that stream, as /dev/stdout does, else None."""
    for number in (1, 2):
        if f"/proc/self/fd/{number}" in _links(path):
            return number
    return None


def _links(path):
    """Returns the paths that the symbolic links at the end of a path lead to."""
    found = []
    while os.path.islink(path) and len(found) < 40:
        found.append(path := os.path.join(os.path.dirname(path), os.readlink(path)))
    return found


def _mode_of(path):
    """Returns the permissions of a file, or of a new one."""
    if os.path.exists(path):
        return os.stat(path).st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
