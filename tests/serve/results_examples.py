# Results and clips for the tests of `view`: people who walk, 25 frames/s.
# SPDX-License-Identifier: MIT
import json
import math
import pathlib
import subprocess
import sys

NAMES = ("nose left_eye right_eye left_ear right_ear left_shoulder right_shoulder left_elbow right_elbow left_wrist right_wrist left_hip right_hip "
         "left_knee right_knee left_ankle right_ankle").split()
WIDTH, HEIGHT, FPS = 640, 360, 25
VENV_PYTHON = pathlib.Path(__file__).parents[2] / ".venv/bin/python"


def walker(index, number):
    """Returns the keypoints (x, y) of one person: an upright body whose arms and legs swing."""
    x = (40 + 130 * number + 2 * index * (1 if number % 2 else -1)) % WIDTH
    y, swing = 90 + 12 * number, math.sin(index / 4 + number)
    points = [(0, 0), (4, -4), (-4, -4), (8, -2), (-8, -2), (16, 24), (-16, 24), (20, 54), (-20, 54), (18 + 16 * swing, 80), (-18 - 16 * swing, 80), (11, 88),
              (-11, 88), (12 + 10 * swing, 130), (-12 - 10 * swing, 130), (12 + 20 * swing, 172), (-12 - 20 * swing, 172)]
    return [(x + dx, y + dy) for dx, dy in points]


def people_of(index, count):
    people = []
    for number in range(count):
        points = walker(index, number)
        smooth = {name: [x + 30, y] for name, (x, y) in zip(NAMES, points)}
        xs, ys = zip(*points)
        people.append({"id": number + 1, "score": 2.9, "box": [min(xs) - 12, min(ys) - 14, max(xs) + 12, max(ys) + 10], "box_score": 0.98,
                       "keypoints": {name: [x, y, 0.9] for name, (x, y) in zip(NAMES, points)}, "smooth": smooth})
    return people


def count_at(index):
    return 1 + index // 30 % 4


def line(index, source="walk.webm", **changes):
    """Returns one line of results; changes replace keys of it."""
    frame = {"schema": 1, "source": source, "frame": index, "time": index / FPS, "width": WIDTH, "height": HEIGHT, "key": "0123456789abcdef", "status": "ok",
             "detected": index % 5 == 0, "people": people_of(index, count_at(index))}
    return json.dumps(frame | changes) + "\n"


def write_clip(path, frames):
    """Writes a VP8 clip whose brightness names the frame.  Returns whether it could be written."""
    script = f"""
import cv2, numpy
out = cv2.VideoWriter({str(path)!r}, cv2.VideoWriter_fourcc(*"VP80"), {FPS}, ({WIDTH}, {HEIGHT}))
if not out.isOpened(): raise SystemExit(1)
for i in range({frames}):
    image = numpy.full(({HEIGHT}, {WIDTH}, 3), 40, numpy.uint8)
    image[:, :, 1] = numpy.linspace(50, 110, {HEIGHT})[:, None]
    image[-40:] = 2 * (i % 100)
    out.write(image)
out.release()
"""
    python = VENV_PYTHON if VENV_PYTHON.exists() else sys.executable
    return subprocess.run([python, "-c", script], capture_output=True, check=False).returncode == 0


# Names that would do harm where a page or a JSON took them for anything but text.
HOSTILE = "</script><script>document.title='stolen'</script><img src=x onerror=\"document.title='stolen'\">\n\u202e'&amp;\u0000.mp4"
