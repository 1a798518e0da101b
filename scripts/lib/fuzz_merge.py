# Adds to a committed corpus the few new inputs that reach most code (scripts/fuzz --merge).
# SPDX-License-Identifier: MIT
"""fuzz_merge.py FUZZER TARGET MAX_LEN CORPUS NEW: copies inputs of NEW to CORPUS.

libFuzzer's merge would keep hundreds of inputs a target.  This takes the control file that it writes: the edges that each input reaches first, the inputs of
CORPUS before all others.  A few rounds take the inputs that add most."""

import hashlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROUNDS = 2
OF_A_ROUND = 10  # inputs
MOST_BYTES = 4096  # of an input
LEAST_EDGES = 2  # that an input must add


def new_edges(fuzzer, target, max_len, corpus, new):
    """Returns (number of edges that the corpus reaches, number of all edges, path -> number of edges that this input of `new` reaches first)."""
    with tempfile.TemporaryDirectory() as scratch:
        control, first = os.path.join(scratch, "control"), os.path.join(scratch, "first")  # the merge adds files to the first folder
        shutil.copytree(corpus, first)
        command = [fuzzer, f"--target={target}", "-merge=1", f"-max_len={max_len}", f"-merge_control_file={control}", first, new]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
        lines = pathlib.Path(control).read_text(encoding="utf-8").splitlines()
    count, of_corpus = map(int, lines[:2])
    edges = [0] * count
    for _, number, *found in (line.split() for line in lines[2 + count :] if line.startswith("COV ")):
        edges[int(number)] += len(found)
    return sum(edges[:of_corpus]), sum(edges), dict(zip(lines[2 + of_corpus : 2 + count], edges[of_corpus:]))


def main():
    fuzzer, target, max_len, corpus, new = sys.argv[1:]
    before, added = None, 0
    for _ in range(ROUNDS):
        known, reachable, edges = new_edges(fuzzer, target, max_len, corpus, new)
        before = known if before is None else before
        good = [path for path, count in edges.items() if count >= LEAST_EDGES and os.path.getsize(path) <= MOST_BYTES]
        for path in sorted(good, key=lambda path: -edges[path])[:OF_A_ROUND]:
            data = pathlib.Path(path).read_bytes()
            pathlib.Path(corpus, hashlib.sha256(data).hexdigest()[:12]).write_bytes(data)
            added += 1
    known = new_edges(fuzzer, target, max_len, corpus, new)[0]
    print(f"{target}: {added} inputs added: {before} edges, now {known} of {reachable}")


if __name__ == "__main__":
    main()
