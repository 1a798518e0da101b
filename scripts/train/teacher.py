# The teacher: simplepose in ONNX Runtime, averaged over the mirrored crop and a few shifted ones.
# SPDX-License-Identifier: MIT

import pathlib
import sys

import cv2
import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from lib import reference_stages as stages  # noqa: E402
from lib.problem import Problem  # noqa: E402

import crops  # noqa: E402
import nano_net  # noqa: E402

F = np.float32
MIRRORED = [0] + [j + 1 if j % 2 else j - 1 for j in range(1, 17)]  # COCO's keypoints: the nose, then pairs of left and right
ROOT = pathlib.Path(__file__).resolve().parents[2]
PLACES = (ROOT / "models" / "simplepose.onnx", ROOT.parent / "shared" / "weights" / "simplepose.onnx")


class Teacher:
    def __init__(self, path=None, threads=1):
        try:
            import onnxruntime
        except ImportError as error:
            raise Problem(f"expected the Python package onnxruntime (scripts/train/setup), found: {error}") from None
        found = [p for p in ([pathlib.Path(path)] if path else PLACES) if p.is_file()]
        if not found:
            raise Problem(f"teacher: expected simplepose.onnx, found none of {', '.join(map(str, [path] if path else PLACES))}")
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        self.session = onnxruntime.InferenceSession(str(found[0]), options, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name

    def maps(self, inputs, flip=True):
        """[n, 256, 192, 3] BGR bytes -> heatmaps [n, 17, 64, 48]"""
        x = crops.normalised(inputs)
        out = np.stack([self.session.run(None, {self.input: one[None]})[0][0] for one in x])
        if flip:
            mirrored = np.stack([self.session.run(None, {self.input: np.ascontiguousarray(one[None, :, :, ::-1])})[0][0] for one in x])
            out = (out + mirrored[:, MIRRORED, :, ::-1]) / 2
        return out

    def label(self, picture, box, jitter=()):
        """Returns (keypoints [17, 2] in pixels of the image, scores [17], maps [17, 64, 48] of the crop of `box`, the crop's 2 x 3 map from the image).
        jitter: (shift of the center in box sizes, factor of the size) of further crops; all maps are averaged at the position of the first"""
        height, width = picture.shape[:2]
        box, total, first = np.asarray(box, F), 0, None
        for dx, dy, factor in ((0, 0, 1), *jitter):
            centre, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2
            centre = centre + 2 * half * [dx, dy]
            pt1, pt2 = crops.window(np.concatenate([centre - half * factor, centre + half * factor]), width, height)
            matrix = crops.to_input(pt1, pt2)
            maps = self.maps(crops.cut(picture, pt1, pt2)[None])[0]
            if first is None:
                first = matrix
            else:
                maps = warp_maps(maps, crops.compose(first, crops.inverse(matrix)))
            total = total + maps
        maps = (total / (1 + len(jitter))).astype(F)
        places, scores = stages.peaks(maps[None])
        joints = crops.apply(crops.inverse(first), crops.from_map(places[0]))
        return joints.astype(F), scores[0], maps, first


def warp_maps(maps, matrix):
    """Moves heatmaps [17, 64, 48] together with the input's pixels.  matrix: 2 x 3, old input -> new input"""
    factor = crops.MAP_H / (nano_net.INPUT_H - 1)
    scale = np.array([[factor, 0, -crops.SHIFT], [0, factor, -crops.SHIFT]])  # crops.to_map
    on_maps = crops.compose(scale, crops.compose(matrix, crops.inverse(scale)))
    return np.stack([cv2.warpAffine(m, on_maps, (crops.MAP_W, crops.MAP_H), flags=cv2.INTER_LINEAR) for m in maps])
