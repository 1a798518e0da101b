#!/usr/bin/env python3
# Turns a page into a C++ source: inlines style and scripts, and sets a Content-Security-Policy that allows these scripts only.
# SPDX-License-Identifier: MIT
"""Usage: embed_page.py PAGE.html OUT.cpp HEADER TYPE NAME.  HEADER declares NAME, a std::span<const TYPE> of the parts of the page.  TYPE is
std::string_view, or a struct of the text of a part and whether it names a slot, which the page writes as {{slot}}."""

import base64
import hashlib
import pathlib
import re
import sys

SOURCE = """// Made by embed_page.py from {page}.
// SPDX-License-Identifier: MIT
#include "{header}"

namespace {scope} {{
namespace {{

constexpr {type} kParts[] = {{
{parts}}};

}} // namespace

constinit const std::span<const {type}> {name} = kParts;

}} // namespace {scope}
"""
LINES_OF_A_PART = 150 # the C++ standard requires support for string literals of up to 64 KiB only


def page_in_one(path):
    """Returns the text of the page with its style and scripts inlined."""
    hashes = []

    def style(match):
        return f"<style>\n{(path.parent / match[1]).read_text()}</style>"

    def script(match):
        text = "\n" + (path.parent / match[1]).read_text()
        if "</script" in text or "<!--" in text:
            raise SystemExit(f"{match[1]}: expected a script without '</script' and '<!--', which would end the script element")
        hashes.append(base64.b64encode(hashlib.sha256(text.encode()).digest()).decode())
        return f"<script>{text}</script>"

    text = re.sub(r'<link rel="stylesheet" href="([^"]+)">', style, path.read_text())
    text = re.sub(r'<script src="([^"]+)"></script>', script, text)
    policy = "default-src 'none'; style-src 'unsafe-inline'; script-src " + " ".join(f"'sha256-{h}'" for h in hashes)
    return text.replace("SCRIPT_HASHES", policy)


def literal(text):
    escaped = re.sub(r'[\\"?]', r"\\\g<0>", text).replace("\n", "\\n")  # ?? may start a trigraph
    return f'"{escaped}"'


def parts_of(text):
    """Yields (C++ string literals, whether they name a slot) for each part of the page."""
    for i, chunk in enumerate(re.split(r"\{\{(\w+)\}\}", text)):
        if i % 2 == 1:
            yield literal(chunk), True
            continue
        lines = chunk.splitlines(keepends=True)
        for first in range(0, len(lines), LINES_OF_A_PART):
            yield "\n     ".join(map(literal, lines[first:first + LINES_OF_A_PART])), False


def initializers(text, kind):
    """Yields what initializes each part."""
    for literals, is_slot in parts_of(text):
        if kind != "std::string_view":
            yield f"    {{{literals}, {'true' if is_slot else 'false'}}},\n"
        elif is_slot:
            raise SystemExit(f"expected a page without slots, found {literals}")
        else:
            yield f"    {literals},\n"


def main():
    page, out, header, kind, name = sys.argv[1:]
    scope, _, variable = name.rpartition("::")
    parts = "".join(initializers(page_in_one(pathlib.Path(page)), kind))
    text = SOURCE.format(page=pathlib.Path(page).name, header=header, scope=scope, type=kind, name=variable, parts=parts)
    pathlib.Path(out).write_text(text)


if __name__ == "__main__":
    main()
