# Sources of training images, and the photos that must never be among them.
# SPDX-License-Identifier: MIT
"""The judging photos measure the trained network, so it must not have seen them.  They are refused by name, by the bytes of the file, and by appearance,
in case one was saved again in another size.  README.md has the licenses."""

import hashlib
import pathlib
import sys

import cv2
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from lib.problem import Problem  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT / "models" / "train"  # files that scripts/train/setup fetches and their results
PHOTOS = ROOT.parent / "shared" / "photos" / "people"
MORE_PHOTOS = DATA / "photos"  # folders of additional photos, from photos.txt
CLIPS = DATA / "clips"  # additional videos, from clips.txt
HELD_OUT = 0.2  # the last part of a video, by time
GAP = 1.0  # seconds before it that are not used: they show nearly the same frames

JUDGING_NAMES = {"messi5.jpg", "basketball1.png", "basketball2.png", "1.jpg", "2.jpg", "3.jpg"}  # basketball2 is the same moment as basketball1
JUDGING_BYTES = {
    "1d570e49654e84c7a943918537bd9e5e1ef82920152e147c834006e235be97c9", "ba06f6701f7260998b430c39b6557f775497e6ce7b1a74f0b7ea6af371bf54a6",
    "b3047772e0dc6c9d83c26f64894ca1a897f799f855c5574ac24b2ef934c2978e", "bb7477fac39177c8acd0eabef784089967439d5c519d18335dd8e6e9ed625ec6",
    "fe7235bfe6dc0ba2de57e3d1bedb02b915cc947ca73062179355cb82d4667496", "7de76ec56cd6c08cf114f4a2ad13aa66486d8b5b59dffd842196432d2fe915d6",
}  # fmt: skip
JUDGING_LOOKS = [
    int(text, 16)
    for text in (
        "e1dde091719a59154ab932ba2e88b6616772f9f4a9f42a51ce69fea4f8ec731c", "ffe2ffe3efe1eff9eff1b7f0d7e2ffe2afe1af1baf0baf8eaf0ba7909cf21c1c",
        "000260027405744727fe07fc3f98b938193c319419941814181e1c4c171c3028",
        "9c2e942b9d4c9722a916a512a1932493248a964b264b248b0017007f007f003a", "e5c7d9ce0fc91f699eeb5d4a95463949e9c2eaf2f0f2f2f2e2e2e2e0e2e0c0e0",
    )
]  # fmt: skip
SAME_LOOK = 30  # bits of 256: copies differ in at most 10, other photos in 90 and more

# Of opencv-doc and scikit-image: photos without people.
BACKGROUNDS = (
    "plant.jpg", "aero1.jpg", "aero3.jpg", "aloeL.jpg", "apple.jpg", "baboon.jpg", "blox.jpg", "board.jpg", "box_in_scene.png", "building.jpg", "butterfly.jpg",
    "chicky_512.png", "ela_original.jpg", "fruits.jpg", "graf1.png", "home.jpg", "left.jpg", "leuvenA.jpg", "licenseplate_motion.jpg", "orange.jpg",
    "rubberwhale1.png", "squirrel_cls.jpg", "starry_night.jpg", "stuff.jpg", "sudoku.png", "000.jpg", "001.jpg", "002.jpg", "home.png", "scenetext02.jpg",
    "scenetext04.jpg", "scenetext05.jpg", "scenetext06.jpg", "coffee.png", "rocket.jpg", "brick.png", "grass.png", "gravel.png",
)  # fmt: skip
SINGLES = ("astronaut.png", "camera.png", "grace_hopper.jpg")  # of scikit-image and matplotlib: people


def look(picture):
    """Returns 256 bits: whether each pixel of a 17 x 16 thumbnail is darker than its right neighbor."""
    grey = cv2.resize(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), (17, 16), interpolation=cv2.INTER_AREA).astype(int)
    return int(np.packbits((grey[:, 1:] > grey[:, :-1]).ravel()).tobytes().hex(), 16)


def read(path):
    """Returns the BGR bytes of an image that may be trained on."""
    path = pathlib.Path(path)
    data = path.read_bytes()
    if path.name in JUDGING_NAMES or hashlib.sha256(data).hexdigest() in JUDGING_BYTES:
        raise Problem(f"{path}: expected an image to train on, found one of the judging photos")
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if picture is None:
        raise Problem(f"{path}: expected an image, found something else")
    check_look(picture, path)
    return picture


def check_look(picture, path):
    mine = look(picture)
    if any(bin(mine ^ other).count("1") <= SAME_LOOK for other in JUDGING_LOOKS):
        raise Problem(f"{path}: expected an image to train on, found one that looks like one of the judging photos")


def photo_folders():
    """Returns the existing folders with photos of people."""
    return [folder for folder in (PHOTOS, DATA / "people", *sorted(MORE_PHOTOS.glob("*"))) if folder.is_dir() and folder.suffix != ".part"]


def pictures(folders):
    """Yields (path, image) of every image in the folders, by name."""
    for folder in folders:
        if not folder.is_dir():
            raise Problem(f"{folder}: expected a folder of images, found none")
    for folder in folders:
        for path in sorted(folder.iterdir()):
            if path.suffix.lower() in (".jpg", ".jpeg", ".png"):
                yield path, read(path)


def opened(path):
    """Returns (OpenCV's reader, number of frames) of a video."""
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
