# Keypoint measures: PCK of the torso and OKS, and the assignment of found people to expected people.
# SPDX-License-Identifier: MIT
"""Keypoints are COCO's 17, [n, 17, 2] in pixels; counted [n, 17] selects those that are judged."""

import dataclasses

import numpy as np

# COCO's constants (cocodataset.org, keypoint evaluation): twice the spread of each keypoint's labels, relative to the square root of the person's area.
SPREADS = 2 * np.array([0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087, 0.087, 0.089, 0.089])
NAMES = ("nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
         "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle", "right_ankle")  # fmt: skip
SAME_PERSON = 0.5  # COCO's lowest threshold: from this OKS on, two skeletons are the same person


def torso(joints, known=None):
    """Returns the length of the torso [n]: from the middle of the shoulders to the middle of the hips.  It is at least a fifth of the keypoints' extent, for
    torsos that point at the camera.  known [n, 17]: keypoints that may be used, by default all; the length is NaN without a shoulder or without a hip"""
    known = np.ones(joints.shape[:2], bool) if known is None else known
    points = np.where(known[..., None], joints, np.nan)
    extent = np.where(known[..., None], joints, -np.inf).max(1) - np.where(known[..., None], joints, np.inf).min(1)
    with np.errstate(invalid="ignore"):
        shoulders, hips = (np.nansum(points[:, pair], 1) / known[:, pair].sum(1)[:, None] for pair in (slice(5, 7), slice(11, 13)))
        return np.maximum(np.linalg.norm(shoulders - hips, axis=1), 0.2 * extent.max(1))


def right(found, joints, share=0.2, known=None):
    """Returns [n, 17]: whether a keypoint is found within `share` of the torso's length."""
    return np.linalg.norm(found - joints, axis=2) <= share * torso(joints, known)[:, None]


def pck(found, joints, counted, share=0.2):
    """Returns the share of the counted keypoints that is right; NaN where none is counted."""
    counted = counted.astype(bool)
    return float(right(found, joints, share)[counted].mean()) if counted.any() else float("nan")


def similarity(found, joints, areas):
    """Returns the similarity of each keypoint [n, 17]: 1 where it is exact.  areas: of the people [n], square pixels"""
    distance = ((found - joints) ** 2).sum(2) / (2 * SPREADS**2 * np.maximum(areas, 1)[:, None])
    return np.exp(-np.where(np.isnan(distance), np.inf, distance))


def oks(found, joints, counted, areas):
    """Returns the object keypoint similarity [n]: the mean similarity of the counted keypoints."""
    counted = counted.astype(bool)
    return np.where(counted, similarity(found, joints, areas), 0).sum(1) / np.maximum(counted.sum(1), 1)


def pairs(found, joints, counted, areas):
    """Returns [(index of an expected person, of a found one, OKS)], made greedily from the highest OKS down: found [m, 17, 2], expected [n, 17, 2]"""
    if len(found) == 0 or len(joints) == 0:
        return []
    likeness, out = np.stack([oks(np.broadcast_to(person, joints.shape), joints, counted, areas) for person in found], 1), []
    for _ in range(min(likeness.shape)):
        wanted, one = np.unravel_index(np.argmax(likeness), likeness.shape)
        out.append((int(wanted), int(one), float(likeness[wanted, one])))
        likeness[wanted], likeness[:, one] = -1, -1
    return out


@dataclasses.dataclass
class Agreement:
    """Sums over images.  right, counted: keypoints; people: expected; same: of these found; found: in all"""

    right: int = 0
    counted: int = 0
    oks: float = 0.0
    people: int = 0
    same: int = 0
    found: int = 0

    def add(self, found, joints, counted):
        """Adds the people of one image: found [m, 17, 2], expected [n, 17, 2].  All keypoints of an unmatched person count as
        wrong.  The area of a person is that of the rectangle around its counted keypoints."""
        self.people, self.found, self.counted = self.people + len(joints), self.found + len(found), self.counted + int(counted.sum())
        areas = np.array([np.prod(np.ptp(one[mask], axis=0)) for one, mask in zip(joints, counted)])
        for wanted, one, best in pairs(found, joints, counted, areas):
            self.oks += best
            self.same += best >= SAME_PERSON
            self.right += int((right(found[one][None], joints[wanted][None])[0] & counted[wanted]).sum())

    def pck(self):
        return self.right / self.counted if self.counted else float("nan")

    def mean_oks(self):
        return self.oks / self.people if self.people else float("nan")
