# A program that is run for what it writes; where it fails, its last words are the Problem.
# SPDX-License-Identifier: MIT

import subprocess

from lib.problem import Problem


def run_program(command, accepted=(0,), name=None):
    """What it writes to standard output.  accepted: exit codes of success; name: what the Problem calls it (default: the program's path)"""
    command = list(map(str, command))
    ran = subprocess.run(command, capture_output=True, text=True, errors="backslashreplace", check=False)
    if ran.returncode not in accepted:
        said = ran.stderr.strip().splitlines()
        raise Problem(f"{name or command[0]}: {said[-1] if said else f'ended with {ran.returncode}'}")
    return ran.stdout
