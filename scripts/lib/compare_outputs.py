#!/usr/bin/env python3
# Compares the outputs of one network, computed twice: compare_outputs.py WANT GOT PRECISION; both files are written by bench/nets --output.
# SPDX-License-Identifier: MIT
"""Prints {"worst": ...}, the largest difference divided by the outputs' largest value.  Exits with 1 and one line where it exceeds the bound of the precision
for a whole network, or where a value is not finite."""

import json
import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from lib import safetensors_file  # noqa: E402

# Some hundred layers, each of which rounds to 24, 11 (factors only) or 11 bits: rounding errors add up as a square root.
BOUNDS = {"fp32": 1e-4, "tf32": 2e-2, "fp16": 2e-2}


def main():
    (want, _), (got, _) = (safetensors_file.read(path) for path in sys.argv[1:3])
    if want.keys() != got.keys():
        sys.exit(f"{sys.argv[2]}: expected outputs {sorted(want)}, found {sorted(got)}")
    worst = 0.0
    for name, values in want.items():
        if values.shape != got[name].shape or not np.isfinite(got[name]).all():
            sys.exit(f"{sys.argv[2]}: output {name}: expected finite values of shape {values.shape}")
        worst = max(worst, float(np.abs(values - got[name]).max() / max(np.abs(values).max(), 1e-30)))
    if worst > BOUNDS[sys.argv[3]]:
        sys.exit(f"{sys.argv[2]}: expected a relative difference below {BOUNDS[sys.argv[3]]} in {sys.argv[3]}, found {worst:.3g}")
    print(json.dumps({"worst": worst}))


if __name__ == "__main__":
    main()
