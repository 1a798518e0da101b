# Judges smoothed keypoints: how much a standing person's tremble, how late a fast wrist is.
# SPDX-License-Identifier: MIT

import dataclasses

import numpy as np

from lib.track_judge import SAME, iou

SURE = 0.3  # least score of a found keypoint that counts
WRISTS = (9, 10)
LATEST = 5.0  # frames


@dataclasses.dataclass
class Single:
    """One person over a clip.  true, found, smooth [t, 17, 2]; valid [t, 17]: whether it is visible and found; size: square root of the
    area of the person's box, in pixels"""

    true: np.ndarray
    found: np.ndarray
    smooth: np.ndarray
    valid: np.ndarray
    size: float


def single(clip, frames):
    """Returns the only person of a clip, in frames of track_lines.Found."""
    count = len(clip.frames)
    true, found, smooth, valid = np.zeros((count, 17, 2)), np.zeros((count, 17, 2)), np.zeros((count, 17, 2)), np.zeros((count, 17), bool)
    for k, (truth, some) in enumerate(zip(clip.frames, frames, strict=True)):
        true[k] = truth.keypoints[0, :, :2]
        likeness = iou(truth.boxes[:1], some.boxes)[0]
        if len(likeness) and likeness.max() >= SAME:
            own = int(likeness.argmax())
            found[k], smooth[k] = some.keypoints[own, :, :2], some.smooth[own]
            valid[k] = (truth.keypoints[0, :, 2] == 2) & (some.keypoints[own, :, 2] > SURE) & np.isfinite(some.smooth[own]).all(1)
    sizes = [np.sqrt(np.prod(truth.boxes[0, 2:] - truth.boxes[0, :2])) for truth in clip.frames]
    return Single(true, found, smooth, valid, float(np.median(sizes)))


def jitter(points, person):
    """Returns the root mean square of the change of a keypoint's error from one frame to the next, in thousandths of the person's size."""
    change = np.diff(points - person.true, axis=0)
    both = person.valid[1:] & person.valid[:-1]
    return float(1000 * np.sqrt((change[both] ** 2).sum(1).mean()) / person.size)


def error(points, person):
    """Returns the root mean square error of the keypoints, in thousandths of the person's size."""
    return float(1000 * np.sqrt(((points - person.true)[person.valid] ** 2).sum(1).mean()) / person.size)


def lag(points, person):
    """Returns by how many frames the faster wrist is late: the delay of the true movement that is nearest to the one found, and its range in shares
    of the true one's."""
    wrist = max(WRISTS, key=lambda j: np.abs(np.diff(person.true[:, j], axis=0)).sum())
    valid = person.valid[:, wrist]
    frames = np.arange(len(valid))
    true, seen = person.true[:, wrist], points[:, wrist]
    late = np.arange(-1, LATEST, 0.02)
    distances = []
    for delay in late:
        moved = np.stack([np.interp(frames - delay, frames, true[:, axis]) for axis in range(2)], 1)
        distances.append(((seen - moved)[valid] ** 2).sum(1).mean())
    spread = lambda p: np.sqrt(p[valid].var(0).sum())
    return float(late[int(np.argmin(distances))]), float(spread(seen) / spread(true))


def noise(person, fps):
    """Returns (deviation of a visible keypoint along an axis in thousandths of the size, correlation of the errors of two frames 1/25 s apart), both without
    the part of the error that stays the same over the clip."""
    errors = np.where(person.valid[..., None], person.found - person.true, 0.0)
    errors = np.where(person.valid[..., None], errors - errors.sum(0) / np.maximum(person.valid.sum(0), 1)[:, None], 0.0)
    variance = (errors**2).sum() / (2 * person.valid.sum())
    both = person.valid[1:] & person.valid[:-1]
    together = (errors[1:] * errors[:-1])[both].sum() / (2 * both.sum())
    return float(1000 * np.sqrt(variance) / person.size), float(max(together / variance, 0) ** (fps / 25))


def change(still):
    """Returns (jitter raw, smoothed, reduction) over Singles."""
    raw, smooth = (float(np.sqrt(np.mean([jitter(getattr(p, name), p) ** 2 for p in still]))) for name in ("found", "smooth"))
    return raw, smooth, 1 - smooth / raw
