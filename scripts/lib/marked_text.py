# Replaces the part of a document that a script writes, between two marker lines.
# SPDX-License-Identifier: MIT

from lib import output_file
from lib.problem import Problem

END = "<!-- end -->"


def replace(file, command, make):
    """Replaces the text between the line that names `command` and the next END by that of make(), which is only called where these lines exist."""
    mark = f"<!-- written by {command}: begin -->"
    text = file.read_text(encoding="ascii")
    before, begin, rest = text.partition(mark)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise Problem(f"{file}: expected the marker lines {mark} and {END}, found one or none of them")
    content = make()
    with output_file.atomic_file(file) as written:
        written.write(f"{before}{mark}\n{content}\n{END}{after}".encode("ascii"))


def markdown(head, rows):
    """Returns a table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return "\n".join(lines + ["| " + " | ".join(map(str, row)) + " |" for row in rows])
