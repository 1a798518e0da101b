# The Python environment of the rivals: .venv-rivals in the project, with the versions of requirements.txt.
# SPDX-License-Identifier: MIT

import os
import subprocess
import sys
import venv

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))
FOLDER = os.path.join(PROJECT, ".venv-rivals")
PYTHON = os.path.join(FOLDER, "bin", "python")


def requirements():
    with open(os.path.join(HERE, "requirements.txt"), encoding="ascii") as file:
        return [line.strip() for line in file if line.strip() and not line.startswith("#")]


def installed():
    """name==version of what the environment has"""
    done = subprocess.run([PYTHON, "-m", "pip", "list", "--format", "freeze"], capture_output=True, text=True, check=False)
    return set(done.stdout.split())


def setup():
    """Installs what is missing.  What cannot be had is said, and is reported by its rival later on."""
    if not os.path.exists(PYTHON):
        venv.create(FOLDER, with_pip=True)
    there = installed()
    for requirement in requirements():
        if requirement in there:
            continue
        print(f"installing from PyPI into .venv-rivals: {requirement}", file=sys.stderr)
        if subprocess.run([PYTHON, "-m", "pip", "--quiet", "install", requirement], check=False).returncode != 0:
            print(f"{requirement} cannot be had here", file=sys.stderr)


def enter():
    """Starts the running script once more, in the environment, unless it runs there already."""
    if os.path.realpath(sys.prefix) == os.path.realpath(FOLDER):
        return
    if not os.path.exists(PYTHON):
        setup()
    sys.stdout.flush()
    os.execv(PYTHON, [PYTHON, *sys.argv])
