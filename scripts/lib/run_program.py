# A program that is run for what it writes; where it fails, its last words are the Problem.
# SPDX-License-Identifier: MIT

import subprocess

from lib.problem import Problem


def run_program(command, name=None):
    """What it writes to standard output.  name: what the Problem begins with (default: the program's path)"""
    command = list(map(str, command))
    ran = subprocess.run(command, capture_output=True, text=True, errors="backslashreplace", check=False)
    if ran.returncode != 0:
        said = ran.stderr.strip().splitlines()
        raise Problem(f"{name or command[0]}: {said[-1] if said else f'ended with {ran.returncode}'}")
    return ran.stdout
