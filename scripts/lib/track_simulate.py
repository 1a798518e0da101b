# Simulates what a detector and a pose network find in labeled frames: noise, misses, false people, confused keypoints.  Deterministic.
# SPDX-License-Identifier: MIT
"""Errors last a few frames, as those of networks do: they come from random walks that return to zero.  Size and memory of the keypoints' noise are
those of pose-nano (docs/quality.md, measured by scripts/eval_track.py)."""

import numpy as np

from lib.track_judge import iou
from lib.track_lines import Found

MEMORY = 0.5  # correlation of the errors of two frames that are 1/25 s apart
BOX_NOISE = 0.025  # deviation of an edge, in sizes of the box
KEYPOINT_NOISE = 0.008  # deviation of a visible keypoint along an axis, in square roots of the area of the person's box
HIDDEN_NOISE = 4  # times as much for a hidden keypoint
FALSE_PER_FRAME = 0.06  # new false people
SAME_BOX = 0.6  # IoU above which a detector's NMS drops the lower box
LEAST_SCORE = 0.1


class Errors:
    """Unit noise for one person, correlated in time: [shape] per call."""

    def __init__(self, rng, memory):
        self.rng, self.memory, self.state = rng, memory, {}

    def __call__(self, name, *shape):
        fresh = self.rng.standard_normal(shape)
        last = self.state.get(name)
        self.state[name] = fresh if last is None else self.memory * last + np.sqrt(1 - self.memory**2) * fresh
        return self.state[name]


def keypoints_of(errors, points, box, others):
    """Returns [17, 3] as a network finds them.  others: keypoints [n, 17, 3] of people whose boxes overlap.  A hidden keypoint may be theirs"""
    size = np.sqrt(max(np.prod(box[2:] - box[:2]), 1.0))
    visible = points[:, 2] == 2
    out, noise, luck = points.copy(), errors("points", 17, 2), errors("luck", 17)
    spread = KEYPOINT_NOISE * size * np.where(visible, 1.0, HIDDEN_NOISE)
    outside = points[:, 2] == 0
    out[outside, :2] = np.clip(np.nan_to_num(points[outside, :2]), box[:2], box[2:]) if outside.any() else 0
    out[:, :2] += noise * spread[:, None]
    out[:, 2] = np.clip(np.where(visible, 0.82, np.where(outside, 0.08, 0.4)) + 0.1 * errors("scores", 17), 0.02, 0.98)
    for other in others:
        taken = ~visible & (other[:, 2] == 2) & (np.abs(out[:, :2] - other[:, :2]).max(1) < 0.35 * size) & (luck > 0.3)
        out[taken, :2] = other[taken, :2] + noise[taken] * spread[taken, None]
        out[taken, 2] = 0.6
    return out


def detection(errors, truth, n):
    """Returns (box, score, keypoints) of person n, None if it is missed: more often, the more of it is hidden."""
    box, hidden = truth.boxes[n], truth.hidden[n]
    size = box[2:] - box[:2]
    score = 0.88 - 0.75 * max(hidden - 0.1, 0) ** 1.4 + 0.09 * errors("score", 1)[0] - 0.25 * (errors("dip", 1)[0] > 2.0) - 0.3 * (size[1] < 24)
    noise, chance = errors("box", 4), errors("miss", 1)[0]
    if score < LEAST_SCORE or size.min() < 6 or chance < -2.2 + 4.2 * max(hidden - 0.35, 0) / 0.65:
        return None
    found = box + BOX_NOISE * noise * np.tile(size, 2)
    near = np.flatnonzero((iou(box[None], truth.boxes)[0] > 0.05) & (np.arange(len(truth.boxes)) != n))
    return found, min(score, 0.98), keypoints_of(errors, truth.keypoints[n], box, truth.keypoints[near])


class FalsePeople:
    """People that are not there: some for one frame, some for several; low scores, mostly."""

    def __init__(self, rng, clip):
        self.rng, self.clip, self.living = rng, clip, []

    def step(self, sizes):
        """sizes: of the people of the frame, [n, 2]"""
        rng = self.rng
        self.living = [(box, score, points, left - 1) for box, score, points, left in self.living if left > 0]
        for _ in range(rng.poisson(FALSE_PER_FRAME)):
            size = sizes[rng.integers(len(sizes))] * rng.uniform(0.5, 1.2, 2) if len(sizes) else np.array([40.0, 90.0])
            low = rng.uniform(0, 1, 2) * np.maximum([self.clip.width, self.clip.height] - size, 1)
            points = np.concatenate([low + rng.uniform(0.1, 0.9, (17, 2)) * size, rng.uniform(0.05, 0.45, (17, 1))], 1)
            self.living.append((np.concatenate([low, low + size]), min(rng.exponential(0.18) + LEAST_SCORE, 0.9), points, rng.geometric(0.45) - 1))
        return [(box, score, points) for box, score, points, _ in self.living]


def suppressed(found):
    """Returns the detections that NMS keeps, best first.  found: (box, score, keypoints, origin)"""
    kept = []
    for one in sorted(found, key=lambda one: -one[1]):
        if not kept or iou(one[0][None], np.stack([other[0] for other in kept])).max() <= SAME_BOX:
            kept.append(one)
    return kept


def simulate(clip):
    """Returns (frames of Found, frames of the exact ids: 0 for a false person)."""
    seed = [int(clip.name) if clip.name.isdigit() else sum(clip.name.encode()), 3]
    memory = MEMORY ** (25 / clip.fps)
    people, false = {}, FalsePeople(np.random.default_rng([*seed, 0]), clip)
    frames, origins = [], []
    for truth in clip.frames:
        found = []
        for n, person in enumerate(truth.ids):
            errors = people.setdefault(person, Errors(np.random.default_rng([*seed, int(person)]), memory))
            one = detection(errors, truth, n)
            if one is not None:
                found.append((*one, int(person)))
        found += [(*one, 0) for one in false.step(truth.boxes[:, 2:] - truth.boxes[:, :2])]
        found = suppressed(found)
        boxes, scores, keypoints, ids = (np.array([one[k] for one in found], float) for k in range(4))
        frames.append(Found(boxes.reshape(-1, 4), scores, keypoints.reshape(-1, 17, 3)))
        origins.append(ids.astype(int))
    return frames, origins
