# Problem: an error in an input, as one line for standard error.
# SPDX-License-Identifier: MIT
"""Exit codes are those of the programs: 0 done, 1 standard output cannot be written, 2 usage (argparse), 3 a model that cannot be read, 130 interrupted,
141 the reader of standard output left."""

import contextlib
import errno
import io
import os
import reprlib
import signal
import struct
import sys
import tokenize
import zipfile
import zlib

# What Python's modules and NumPy raise for damaged files.
DAMAGED = (ArithmeticError, AssertionError, AttributeError, EOFError, LookupError, MemoryError, OSError, RuntimeError, SyntaxError, TypeError, ValueError,
           struct.error, tokenize.TokenError, zipfile.BadZipFile, zlib.error)  # fmt: skip


class Problem(Exception):
    """The text states place, error, expectation and finding."""


def excerpt(value, limit=60):
    """Returns the value as one line of printable ASCII; fast for any size and nesting."""
    text = reprlib.repr(value).encode("ascii", "backslashreplace").decode()
    return text if len(text) <= limit else text[: limit - 3] + "..."


def reason(error, limit=300):
    """Returns the message of an exception of other code as one line of printable ASCII."""
    text = " ".join(f"{type(error).__name__}: {error}".encode("ascii", "backslashreplace").decode().split())
    return text if len(text) <= limit else text[: limit - 3] + "..."


@contextlib.contextmanager
def reading(path, expected):
    """Turns what readers raise for a damaged file into a Problem.  A file that cannot be opened stays an OSError, which names the file."""
    try:
        yield
    except DAMAGED as error:
        if isinstance(error, OSError) and error.filename:
            raise
        raise Problem(f"{path}: expected {expected}, found: {reason(error)}") from None


def one_line(text):
    """Returns the text without line feeds and control characters."""
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in " ".join(text.split()))


class _OutputError(OSError):
    """Standard output cannot be written."""


class _Output(io.FileIO):
    """Standard output, whose errors are not those of files."""

    def write(self, data):
        try:
            return super().write(data)
        except OSError as error:
            raise _OutputError(error.errno, error.strerror) from None


def _prepare_streams():
    """Keeps the numbers of closed standard streams from files that are opened later.  What is written to them fails, as it does for the programs."""
    for number, name in ((0, "stdin"), (1, "stdout"), (2, "stderr")):
        if getattr(sys, name) is None:
            os.open(os.devnull, os.O_RDONLY)  # gets the lowest free number, which is this one
            setattr(sys, name, open(number, "w" if number else "r", closefd=False))  # noqa: SIM115  # until the end
    old = sys.stdout
    if old is sys.__stdout__ or sys.__stdout__ is None:  # no test's
        sys.stdout = io.TextIOWrapper(io.BufferedWriter(_Output(1, "w", closefd=False)), old.encoding, old.errors, line_buffering=old.line_buffering)


def _say(text):
    with contextlib.suppress(OSError):  # a full disk: the exit code remains
        print(f"{os.path.basename(sys.argv[0])}: {text}", file=sys.stderr)


def _end_output(error, code):
    """Returns the exit code where standard output cannot be written."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # or Python tries again at the end
    if error.errno == errno.EPIPE:
        return 141
    if code == 0:
        _say(f"standard output: cannot be written: {error.strerror}")
    return code or 1


def _code_of(main):
    """Calls main() and says in one line what it raises.  Returns the exit code."""
    try:
        main()
    except Problem as problem:
        text = one_line(str(problem))
    except _OutputError as error:
        return _end_output(error, 0)
    except OSError as error:
        text = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    except KeyboardInterrupt:
        return 130
    except SystemExit as end:
        return end.code or 0
    else:
        return 0
    _say(text)
    return 3


def run(main):
    """Calls main() and turns its exceptions into one line and an exit code."""
    _prepare_streams()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # files that are half written are removed, as after SIGINT
    code = _code_of(main)
    try:
        sys.stdout.flush()
    except _OutputError as error:
        code = _end_output(error, code)
    try:
        sys.stderr.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # a full disk: the exit code remains
    if code != 0:
        sys.exit(code)
