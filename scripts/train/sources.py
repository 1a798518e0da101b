# Sources of training images, and the photos that must never be among them.
# SPDX-License-Identifier: MIT
"""The judging photos measure the trained network, so it must not have seen them.  judging.py recognizes them, also if they were
saved again, scaled, mirrored or cut a little.  README.md has the licenses."""

import pathlib
import sys

import cv2
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from lib.problem import Problem  # noqa: E402

import judging  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "models" / "train"  # files that scripts/train/setup fetches and their results
PHOTOS = ROOT.parent / "shared" / "photos" / "people"
MORE_PHOTOS = DATA / "photos"  # folders of additional photos, from photos.txt
CLIPS = DATA / "clips"  # additional videos, from clips.txt
HELD_OUT = 0.2  # the last part of a video, by time
GAP = 1.0  # seconds before it that are not used: they show nearly the same frames

# Of opencv-doc and scikit-image: photos without people.
BACKGROUNDS = (
    "plant.jpg", "aero1.jpg", "aero3.jpg", "aloeL.jpg", "apple.jpg", "baboon.jpg", "blox.jpg", "board.jpg", "box_in_scene.png", "building.jpg", "butterfly.jpg",
    "chicky_512.png", "ela_original.jpg", "fruits.jpg", "graf1.png", "home.jpg", "left.jpg", "leuvenA.jpg", "licenseplate_motion.jpg", "orange.jpg",
    "rubberwhale1.png", "squirrel_cls.jpg", "starry_night.jpg", "stuff.jpg", "sudoku.png", "000.jpg", "001.jpg", "002.jpg", "home.png", "scenetext02.jpg",
    "scenetext04.jpg", "scenetext05.jpg", "scenetext06.jpg", "coffee.png", "rocket.jpg", "brick.png", "grass.png", "gravel.png",
)  # fmt: skip
SINGLES = ("astronaut.png", "camera.png", "grace_hopper.jpg")  # of scikit-image and matplotlib: people


class Judging(Problem):
    """An image or a clip that must not be trained on."""

    def __init__(self, path, what="is one of the judging photos"):
        super().__init__(f"{path}: expected an image to train on, found one that {what}")


def read(path):
    """Returns the BGR bytes of an image that may be trained on."""
    path = pathlib.Path(path)
    if judging.is_file(path):
        raise Judging(path)
    picture = cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise Problem(f"{path}: expected an image, found something else")
    if judging.is_look(picture):
        raise Judging(path, "looks like one of the judging photos")
    return picture


def photo_folders():
    """Returns the existing folders with photos of people."""
    return [folder for folder in (PHOTOS, DATA / "people", *sorted(MORE_PHOTOS.glob("*"))) if folder.is_dir() and folder.suffix != ".part"]


def pictures(folders):
    """Yields (path, image) of every image in the folders, by name.  Judging photos are left out, with a line on standard error."""
    for folder in folders:
        if not folder.is_dir():
            raise Problem(f"{folder}: expected a folder of images, found none")
    for folder in folders:
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in (".jpg", ".jpeg", ".png"):
                try:
                    picture = read(path)
                except Judging as refused:
                    print(f"left out: {refused}", file=sys.stderr)
                    continue
                yield path, picture


def opened(path):
    """Returns (OpenCV's reader, number of frames) of a video that may be trained on."""
    path = pathlib.Path(path)
    if path.is_file() and judging.is_file(path):
        raise Judging(path)
    video = cv2.VideoCapture(str(path))
    total = int(video.get(cv2.CAP_PROP_FRAME_COUNT))
    if total < 1:
        raise Problem(f"{path}: expected a video, found something else")
    return video, total


def frames(path, seconds):
    """Yields (number, image, held out) of frames of a video, that many seconds apart."""
    video, total = opened(path)
    rate = video.get(cv2.CAP_PROP_FPS) or 10.0
    every, border, gap = max(1, round(seconds * rate)), int(total * (1 - HELD_OUT)), round(GAP * rate)
    for number in range(total):
        there, picture = video.read()
        if not there:
            break
        if number % every == 0 and judging.is_look(picture):
            raise Judging(path, f"has a frame, {number}, that looks like one of the judging photos")
        if number % every == 0 and not border - gap <= number < border:
            yield number, picture, number >= border
    video.release()


def backgrounds(folder=None):
    """Returns photos without people, scaled to the needed size."""
    if folder is None and not (DATA / "backgrounds").is_dir():
        return []
    out = []
    for _, picture in pictures([folder or DATA / "backgrounds"]):
        factor = min(1.0, 640 / max(picture.shape[:2]))
        out.append(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA) if factor < 1 else picture)
    return out
