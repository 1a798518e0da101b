# Runs a program for its output.  If it fails, the last line of its errors is the Problem.
# SPDX-License-Identifier: MIT

import subprocess

from lib.problem import Problem


def run_program(command, name=None):
    """Returns what it writes to standard output.  name: the beginning of the Problem (default: the program's path)"""
    command = list(map(str, command))
    ran = subprocess.run(command, capture_output=True, text=True, errors="backslashreplace", check=False)
    if ran.returncode != 0:
        said = ran.stderr.strip().splitlines()
        raise Problem(f"{name or command[0]}: {said[-1] if said else f'ended with {ran.returncode}'}")
    return ran.stdout
