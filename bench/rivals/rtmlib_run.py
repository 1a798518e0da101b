# Runs rtmlib's PoseTracker on a clip with our two networks in ONNX Runtime, as a separate process.
# SPDX-License-Identifier: MIT
"""rtmlib_run.py DETECTOR POSE CLIP FRAMES DET_FREQUENCY THREADS CONF prints one JSON object.  DETECTOR, POSE: graph files of our networks, with an ONNX
file of the same name next to each.  The time is that of the frames, decoding by OpenCV included, imports and loading excluded."""

import importlib.metadata
import json
import os
import sys
import time

import cv2
import numpy as np
import onnxruntime as ort
from rtmlib import PoseTracker
from rtmlib.tools.object_detection.post_processings import nms
from rtmlib.tools.pose_estimation.pre_processings import bbox_xyxy2cs, top_down_affine

SCRIPTS = os.path.join(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))), "scripts")
sys.path.insert(0, SCRIPTS)
from lib import net_file, reference_stages

NMS = 0.6  # as --nms


class Network:
    def __init__(self, graph, threads):
        options = ort.SessionOptions()
        options.intra_op_num_threads, options.inter_op_num_threads = threads, 1
        self.session = ort.InferenceSession(os.path.splitext(graph)[0] + ".onnx", options, providers=["CPUExecutionProvider"])
        self.net = net_file.prepared(graph)

    def run(self, x):
        """x: [h, w, 3] float"""
        x = np.ascontiguousarray(x.transpose(2, 0, 1)[None], np.float32)
        return self.session.run(self.net.outputs, {self.net.input["name"]: x})


class Detector(Network):
    """A detector of Darknet with rtmlib's interface."""

    det_mode = "human"

    def __init__(self, graph, threads, conf):
        super().__init__(graph, threads)
        self.conf = conf

    def __call__(self, image):
        h, w = image.shape[:2]
        side = self.net.input_shape[1]
        ratio = min(side / w, side / h)
        size = int(w * ratio), int(h * ratio)
        left, top = (side - size[0]) // 2, (side - size[1]) // 2
        canvas = np.full((side, side, 3), 128, np.uint8)
        canvas[top : top + size[1], left : left + size[0]] = cv2.resize(image, size)
        maps = self.run(canvas[:, :, ::-1] / np.float32(255))
        rows = np.concatenate([self.rows(self.net.heads[name], raw) for name, raw in zip(self.net.outputs, maps, strict=True)])
        boxes = np.concatenate([rows[:, :2] - rows[:, 2:4] / 2, rows[:, :2] + rows[:, 2:4] / 2], 1)
        boxes = np.clip((boxes - [left, top] * 2) / ratio, 0, [w, h] * 2)
        return boxes[nms(boxes, rows[:, 4], NMS)] if len(boxes) else boxes

    def rows(self, head, raw):
        """Returns the persons among the rows that net_file.decode() would return.  Only cells that are sure enough are decoded."""
        _, _, h, w = raw.shape
        t = raw.reshape(head["anchors"], -1, h, w)
        a, y, x = np.nonzero(t[:, 4] > np.log(self.conf / (1 - self.conf)))
        found = t[a, :, y, x]
        person = found[:, 5:].argmax(1) == 0
        a, y, x, found = a[person], y[person], x[person], found[person]
        stretch = head["scale_x_y"]
        center = lambda value, cell, sides, count: (stretch * net_file.sigmoid(value) - (stretch - 1) / 2 + cell) * head[sides] / count
        parts = [center(found[:, 0], x, "net_w", w), center(found[:, 1], y, "net_h", h)]
        parts += [np.exp(found[:, 2]) * np.array(head["anchor_w"])[a], np.exp(found[:, 3]) * np.array(head["anchor_h"])[a]]
        return np.stack([*parts, net_file.sigmoid(found[:, 4])], 1)


class Pose(Network):
    """A network with heatmaps.  The crops are those of rtmlib's RTMPose, which also computes one person at a time."""

    def __call__(self, image, bboxes):
        if len(bboxes) == 0:
            return np.zeros((0, 17, 2)), np.zeros((0, 17))
        people = [self.person(image, np.array(box)) for box in bboxes]
        return tuple(np.concatenate(parts) for parts in zip(*people))

    def person(self, image, box):
        _, h, w = self.net.input_shape
        center, scale = bbox_xyxy2cs(box, padding=1.25)
        crop, scale = top_down_affine((w, h), scale, center, image)
        picture = (crop[:, :, ::-1] / np.float32(255) - np.float32(self.net.pose["mean"])) / np.float32(self.net.pose["std"])
        maps = self.run(picture)[0]
        places, scores = reference_stages.peaks(maps)
        return places * scale / maps.shape[:1:-1] + center - scale / 2, scores


class Solution:
    def __init__(self, detector, pose, threads, conf):
        self.det_model, self.pose_model = Detector(detector, threads, conf), Pose(pose, threads)


def main():
    detector, pose, path, frames, frequency, threads, conf = sys.argv[1:]
    cv2.setNumThreads(int(threads))
    solution = lambda **_: Solution(detector, pose, int(threads), float(conf))
    tracker = PoseTracker(solution, det_frequency=int(frequency))
    clip, count, people = cv2.VideoCapture(path), 0, 0
    start = time.perf_counter()
    while count < int(frames):
        there, image = clip.read()
        if not there:
            break
        people += len(tracker(image)[0])
        count += 1
    seconds = time.perf_counter() - start
    versions = {name: importlib.metadata.version(name) for name in ("rtmlib", "onnxruntime")}
    print(json.dumps({"seconds": seconds, "cpu_seconds": time.process_time(), "frames": count, "people": people, "versions": versions}))


if __name__ == "__main__":
    main()
