# Problem: an error in an input, as one line for standard error.
# SPDX-License-Identifier: MIT
"""Exit codes are those of the programs: 0 done, 2 usage (argparse), 3 a model that cannot be read, 130 interrupted."""

import contextlib
import os
import reprlib
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


def run(main):
    """Calls main() and turns its exceptions into one line and an exit code."""
    try:
        main()
    except Problem as problem:
        text = one_line(str(problem))
    except OSError as error:
        text = f"{error.filename}: {error.strerror}" if error.filename else str(error)
    except KeyboardInterrupt:
        sys.exit(130)
    else:
        return
    print(f"{os.path.basename(sys.argv[0])}: {text}", file=sys.stderr)
    sys.exit(3)
