# Finds refused words (words.txt) in comments, documents and messages.
# SPDX-License-Identifier: MIT
"""check_words.py FILE...: prints a line for every refused word, and exits with 1 if there is one.

The prose of a file is its comments, and its string literals with a blank in them.  In Markdown it is everything except code."""

import io
import pathlib
import re
import sys
import tokenize

WORDS = pathlib.Path(__file__).with_name("words.txt")

C_TOKENS = re.compile(
    r'R"(?P<fence>[^()\s\\]*)\((?P<raw>.*?)\)(?P=fence)"|"(?P<text>(?:\\.|[^"\\\n])*)"|(?<![0-9a-fA-F])\'(?:\\.|[^\'\\\n])*\''
    r"|//(?P<line>[^\n]*)|/\*(?P<block>.*?)\*/",
    re.DOTALL,
)
HASH_TOKENS = re.compile(r'(?:(?<=\s)|^)#(?P<line>[^\n]*)|"(?P<text>(?:\\.|[^"\\])*)"|\'(?P<raw>[^\']*)\'', re.MULTILINE)
CODE_COMMENT = re.compile(r"(?:^|\s)(?:#|//)\s(.*)")
NOT_PROSE = re.compile(r'`[^`]*`|<!--[^\n]*?-->|"\w+":|\]\([^)]*\)|https?://\S+|\{[^{}\s]*\}')


def blank(text):
    """Returns blanks of the same length, with the same line feeds."""
    return re.sub(r"[^\n]", " ", text)


def matches(pattern, text):
    """Yields (offset, prose) of all named groups.  Strings without a blank are not prose."""
    for token in pattern.finditer(text):
        for group, found in token.groupdict().items():
            if found and group != "fence" and (group in ("line", "block") or " " in found):
                yield token.start(group), found


def prose_of_python(text):
    starts = [0]
    for line in io.StringIO(text):
        starts.append(starts[-1] + len(line))
    kinds = {tokenize.COMMENT, tokenize.STRING, getattr(tokenize, "FSTRING_MIDDLE", tokenize.STRING)}
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type in kinds and (token.type == tokenize.COMMENT or " " in token.string):
            yield starts[token.start[0] - 1] + token.start[1], token.string.replace("#", " ", 1) if token.type == tokenize.COMMENT else token.string


def prose_of_markdown(text):
    at, fenced = 0, False
    for line in text.splitlines(keepends=True):
        comment = CODE_COMMENT.search(line) if fenced else None
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield at, line
        elif comment:
            yield at + comment.start(1), comment[1]
        at += len(line)


def pieces_of(path, text):
    """Returns (offset, prose) pairs of a file; none for formats without prose."""
    name, first = pathlib.Path(path), text.partition("\n")[0]
    if name.suffix in (".h", ".cpp", ".cu", ".inc", ".js", ".css", ".c"):
        return matches(C_TOKENS, text)
    if name.suffix == ".md":
        return prose_of_markdown(text)
    if name.suffix == ".py" or first.startswith("#!") and "python" in first:
        return prose_of_python(text)
    if name.suffix in (".sh", ".toml", ".yaml", ".yml") or name.name in ("meson.build", "meson_options.txt") or first.startswith("#!"):
        return matches(HASH_TOKENS, text)
    return ()


def prose_of(path, text):
    """Returns the text with everything except prose blanked out, so that offsets stay.  \\0 separates pieces that no phrase can span."""
    prose = list(blank(text).replace(" ", "\0"))
    for at, piece in pieces_of(path, text):
        prose[at : at + len(piece)] = piece
        start = text.rfind("\n", 0, at) + 1
        if not text[start:at].strip(" /*#"):  # a comment line continues the comment of the line before
            prose[start:at] = " " * (at - start)
    return NOT_PROSE.sub(lambda m: blank(m[0]), "".join(prose))


def compiled(patterns):
    """Returns one pattern for all.  If group wN matched, it was patterns[N]."""
    words = "|".join(f"(?P<w{i}>{pattern})" for i, pattern in enumerate(patterns)).replace(" ", r"\s+")
    return re.compile(rf"(?<![\w/.$])(?<!--)(?=\w)(?:{words})(?![\w/]|\.\w|=)", re.IGNORECASE)


def read_words():
    """Returns the pattern of all refused words, their replacements, and the pattern of all allowed phrases."""
    sections = {"[refused]": [], "[allowed]": []}
    section = None
    for number, line in enumerate(WORDS.read_text(encoding="ascii").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        if line in sections:
            section = line
            continue
        pattern, _, instead = map(str.strip, line.partition("  "))
        if section is None or (section == "[refused]") != bool(instead):
            sys.exit(f"{WORDS}:{number}: expected a pattern, two blanks and a text in [refused], or a pattern in [allowed], found {line!r}")
        sections[section].append((pattern, instead))
    refused, instead = zip(*sections["[refused]"])
    return compiled(refused), instead, compiled([pattern for pattern, _ in sections["[allowed]"]])


def found_in(path, refused, instead, allowed):
    """Yields (line, words, replacement)."""
    text = pathlib.Path(path).read_text(encoding="utf-8", errors="replace")
    for piece in re.finditer(r"[^\0]+", prose_of(path, text)):
        prose = allowed.sub(lambda m: blank(m[0]), piece[0])
        for match in refused.finditer(prose):
            which = next(int(group[1:]) for group, found in match.groupdict().items() if found)
            line = text.count("\n", 0, piece.start() + match.start()) + 1
            yield line, " ".join(match[0].split()), instead[which]


def main(paths):
    words = read_words()
    failed = False
    for path in paths:
        for line, found, instead in found_in(path, *words):
            print(f"{path}:{line}: refused words: '{found}'; better: {instead}")
            failed = True
    return failed


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
