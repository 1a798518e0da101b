# The Python environment of the baselines: `.venv-rivals` in the project, with the versions of requirements.txt.
# SPDX-License-Identifier: MIT

import os
import subprocess
import sys
import venv

HERE = os.path.dirname(os.path.abspath(__file__))
PROJECT = os.path.dirname(os.path.dirname(HERE))
FOLDER = os.path.join(PROJECT, ".venv-rivals")
PYTHON = os.path.join(FOLDER, "bin", "python")
# For bench/pipeline.py: the recorded cases of the original were made with this version.  Later ones cut crops differently (OpenCV 5: other coordinates).
OPENCV_4 = "opencv-python-headless==4.11.0.86"
OPENCV_4_FOLDER = os.path.join(FOLDER, "opencv4")

# For bench/video.py.  Its dependencies would replace the OpenCV of requirements.txt by two others.
RTMLIB = "rtmlib==0.0.16"


def requirements():
    with open(os.path.join(HERE, "requirements.txt"), encoding="ascii") as file:
        return [line.strip() for line in file if line.strip() and not line.startswith("#")]


def installed():
    """Returns name==version of the packages in the environment."""
    done = subprocess.run([PYTHON, "-m", "pip", "list", "--format", "freeze"], capture_output=True, text=True, check=False)
    return set(done.stdout.split())


def install(requirement, *options):
    print(f"installing from PyPI into `.venv-rivals`: {requirement}", file=sys.stderr)
    if subprocess.run([PYTHON, "-m", "pip", "--quiet", "install", *options, requirement], check=False).returncode != 0:
        print(f"{requirement} is not available here", file=sys.stderr)


def setup():
    """Installs what is missing.  An unavailable package is reported here, and again by its baseline."""
    if not os.path.exists(PYTHON):
        venv.create(FOLDER, with_pip=True)
    there = installed()
    for requirement in requirements():
        if requirement not in there:
            install(requirement)
    if RTMLIB not in there:
        install(RTMLIB, "--no-deps")
    if not os.path.exists(os.path.join(OPENCV_4_FOLDER, "cv2")):
        install(OPENCV_4, "--no-deps", "--target", OPENCV_4_FOLDER)


def enter():
    """Restarts the running script in the environment, unless it runs there already."""
    if os.path.realpath(sys.prefix) == os.path.realpath(FOLDER):
        return
    if not os.path.exists(PYTHON):
        setup()
    sys.stdout.flush()
    os.execv(PYTHON, [PYTHON, *sys.argv])
