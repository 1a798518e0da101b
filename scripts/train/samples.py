# People cut out with a margin around them, with their labels: all photos, video and rendered people reach the training in this form.
# SPDX-License-Identifier: MIT

import dataclasses
import pathlib
import sys

import cv2
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from lib import output_file  # noqa: E402
from lib.problem import Problem, reading  # noqa: E402

F = np.float32
ROOM = 1.1  # relative to the box's sides, on each side: for rotation and shift
LARGEST = 320  # pixels of the box's longer side
NO_MAPS = np.zeros((17, 0, 0), np.uint8)


@dataclasses.dataclass
class Sample:
    """`picture`: BGR bytes.  `joints`: [17, 3] in its pixels, the third value is the weight of the keypoint, 0..1.  box: x1, y1, x2, y2 of the person.
    maps: the teacher's heatmaps [17, 64, 48] in 1/255, or NO_MAPS; matrix: 2 x 3, the image's pixels -> the input of these maps.
    exact: labels are exact, not the teacher's"""

    picture: np.ndarray
    joints: np.ndarray
    box: np.ndarray
    maps: np.ndarray
    matrix: np.ndarray
    exact: bool


def cut(picture, box, joints, maps=NO_MAPS, matrix=None, exact=True):
    """Cuts a Sample out of a complete image.  `joints`: [17, 3]; matrix: 2 x 3, from the complete image"""
    height, width = picture.shape[:2]
    box = np.asarray(box, F)
    size = box[2:] - box[:2]
    low = np.maximum(np.floor(box[:2] - ROOM * size.max() / 2), 0).astype(int)
    high = np.minimum(np.ceil(box[2:] + ROOM * size.max() / 2), [width, height]).astype(int)
    part = picture[low[1] : high[1], low[0] : high[0]]
    factor = min(1.0, LARGEST / float(size.max()))
    if factor < 1:
        part = cv2.resize(part, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    # Pixel centers: p' + 0.5 = (p + 0.5 - low) * factor
    move = lambda points: (points + F(0.5) - low.astype(F)) * F(factor) - F(0.5)
    joints = np.concatenate([move(joints[:, :2]), joints[:, 2:]], 1).astype(F)
    if matrix is None:
        return Sample(part, joints, move(box.reshape(2, 2)).ravel(), maps, np.zeros((2, 3)), exact)
    back = np.array([[1 / factor, 0, low[0] - 0.5 + 0.5 / factor], [0, 1 / factor, low[1] - 0.5 + 0.5 / factor]])
    linear = matrix[:, :2] @ back[:, :2]
    return Sample(part, joints, move(box.reshape(2, 2)).ravel(), maps, np.hstack([linear, (matrix[:, :2] @ back[:, 2] + matrix[:, 2])[:, None]]), exact)


class Set:
    """Samples in memory, images as JPEG."""

    def __init__(self):
        self.jpegs, self.joints, self.boxes, self.maps, self.matrices, self.exact, self.names = [], [], [], [], [], [], []

    def __len__(self):
        return len(self.jpegs)

    def add(self, sample, name, quality=92):
        self.jpegs.append(cv2.imencode(".jpg", sample.picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1])
        for to, value in zip((self.joints, self.boxes, self.maps, self.matrices, self.exact, self.names),
                             (sample.joints, sample.box, sample.maps, sample.matrix, sample.exact, name)):  # fmt: skip
            to.append(value)

    def __getitem__(self, i):
        picture = cv2.imdecode(self.jpegs[i], cv2.IMREAD_COLOR)
        return Sample(picture, self.joints[i], self.boxes[i], self.maps[i], self.matrices[i], bool(self.exact[i]))

    def extend(self, other):
        for mine, theirs in zip(self._lists(), other._lists()):
            mine.extend(theirs)

    def chosen(self, keep):
        """Returns the samples for whose name keep() is true."""
        out = Set()
        for i, name in enumerate(self.names):
            if keep(name):
                for mine, theirs in zip(out._lists(), self._lists()):
                    mine.append(theirs[i])
        return out

    def _lists(self):
        return self.jpegs, self.joints, self.boxes, self.maps, self.matrices, self.exact, self.names

    def save(self, path):
        """Writes an .npz."""
        with_maps = [m for m in self.maps if m.size]
        arrays = {
            "bytes": np.concatenate(self.jpegs), "ends": np.cumsum([len(j) for j in self.jpegs]), "joints": np.stack(self.joints), "boxes": np.stack(self.boxes),
            "maps": np.stack(with_maps) if with_maps else np.zeros((0, 17, 0, 0), np.uint8), "has_maps": np.array([m.size > 0 for m in self.maps]),
            "matrices": np.stack(self.matrices), "exact": np.array(self.exact), "names": np.array(self.names),
        }  # fmt: skip
        with output_file.atomic_file(path) as file:
            np.savez_compressed(file, **arrays)  # heatmaps are almost all zeros


def load(path):
    out = Set()
    with reading(path, "samples of people.py or render.py"):
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            data = {name: file[name] for name in file.files}
        starts = np.concatenate([[0], data["ends"][:-1]])
        out.jpegs = [data["bytes"][a:b] for a, b in zip(starts, data["ends"])]
        which = np.cumsum(data["has_maps"]) - 1
        out.maps = [data["maps"][i] if there else NO_MAPS for i, there in zip(which, data["has_maps"])]
        out.joints, out.boxes, out.matrices = list(data["joints"]), list(data["boxes"]), list(data["matrices"])
        out.exact, out.names = list(data["exact"]), [str(n) for n in data["names"]]
    if len({len(part) for part in out._lists()}) != 1:
        raise Problem(f"{path}: expected as many labels as images, found {[len(part) for part in out._lists()]}")
    return out
