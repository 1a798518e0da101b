# Turns one sample into one network input and its targets, with random changes: rotation, shift, mirror, color, occlusion, background, degradation.
# SPDX-License-Identifier: MIT

import dataclasses

import cv2
import numpy as np

import backgrounds
import crops
import nano_net
import teacher

F = np.float32
BONES = ((5, 7), (7, 9), (6, 8), (8, 10), (11, 13), (13, 15), (12, 14), (14, 16), (5, 6), (11, 12), (5, 11), (6, 12))
TORSO = [5, 6, 12, 11]


@dataclasses.dataclass
class Options:
    """How likely each change is; NONE changes nothing, as when the network is measured."""

    shift: float = 0.05  # standard deviation, relative to the box
    size: float = 0.12  # standard deviation of the logarithm of the box's size
    turn: float = 0.5
    degrees: float = 25.0  # standard deviation
    flip: float = 0.5
    half: float = 0.12  # only the upper or the lower body
    paste: float = 0.25  # on another background
    beside: float = 0.5  # with another person next to this one, in front or in the back
    hide: float = 0.25
    color: float = 0.9
    degrade: float = 0.2  # each of blur, noise, low resolution, JPEG

    def scaled(self, strength):
        """Scales the probability and the size of every change except the mirror."""
        return dataclasses.replace(self, **{name: value * strength for name, value in dataclasses.asdict(self).items() if name != "flip"})


NONE = dataclasses.replace(Options().scaled(0), flip=0)


@dataclasses.dataclass
class Target:
    """`joints`: [17, 3], the heatmap pixel of the keypoint's maximum, and the weight of the keypoint.  maps: the teacher's [17, 64, 48] in 1/255, zeros
    if there are none"""

    joints: np.ndarray
    maps: np.ndarray
    has_maps: bool
    exact: bool


def turned(degrees, centre):
    """Returns the 2 x 3 matrix of a rotation by degrees about a point."""
    return cv2.getRotationMatrix2D((float(centre[0]), float(centre[1])), float(degrees), 1.0)


def box_after(matrix, sample):
    """Returns the person's box after the image is moved by `matrix`: that of the keypoints with the old box's mean margin, since a rotated
    box would be too large."""
    there = sample.joints[:, 2] > 0
    if there.sum() < 4:
        return sample.box
    before, after = sample.joints[there, :2], crops.apply(matrix, sample.joints[there, :2])
    margin = np.concatenate([before.min(0) - sample.box[:2], sample.box[2:] - before.max(0)])
    margin = np.clip(margin, 0, 0.3 * np.ptp(before, axis=0).max()).mean()
    return np.concatenate([after.min(0) - margin, after.max(0) + margin])


def half_box(rng, sample, box):
    """Returns the box of the upper or the lower keypoints, if enough of them are present."""
    joints = sample.joints[:11] if rng.random() < 0.65 else sample.joints[11:]
    joints = joints[joints[:, 2] > 0, :2]
    if len(joints) < 4:
        return box
    low, high = joints.min(0), joints.max(0)
    margin = 0.15 * (high - low).max()
    return np.concatenate([np.maximum(low - margin, box[:2]), np.minimum(high + margin, box[2:])])


def geometry(rng, sample, options):
    """Returns (2 x 3 from the sample's image to the input, the window of the input (x0, y0, x1, y1) outside of which nothing is visible, mirrored or not)."""
    height, width = sample.picture.shape[:2]
    degrees = 0.0
    if rng.random() < options.turn:
        degrees = rng.normal(0, options.degrees) if rng.random() < 0.97 else rng.uniform(-180, 180)
    turn = turned(degrees, (sample.box[:2] + sample.box[2:]) / 2)
    box = box_after(turn, sample) if degrees else sample.box
    if rng.random() < options.half and not degrees:
        box = half_box(rng, sample, box)
    size = np.maximum(box[2:] - box[:2], 4)
    centre = (box[:2] + box[2:]) / 2 + rng.normal(0, 1, 2) * options.shift * size
    half = size / 2 * np.exp(rng.normal(0, options.size) + rng.normal(0, options.size / 2, 2))
    limits = (width, height) if not degrees else (1 << 20, 1 << 20)  # a rotated image has no upright edges
    if degrees:
        low = np.maximum(half * 1.3, 1)
        pt1, pt2 = centre - low, centre + low
    else:
        pt1, pt2 = crops.window(np.concatenate([centre - half, centre + half]), *limits)
    into = crops.to_input(pt1, pt2)
    corners = crops.apply(into, np.stack([pt1, pt2 - 1]))
    matrix = crops.compose(into, turn)
    mirrored = rng.random() < options.flip
    if mirrored:
        matrix = crops.compose(np.array([[-1.0, 0, nano_net.INPUT_W - 1], [0, 1, 0]]), matrix)
        corners = np.stack([corners[1], corners[0]]) * [-1, 1] + [nano_net.INPUT_W - 1, 0]
    x, y = np.sort(corners[:, 0]), np.sort(corners[:, 1])
    return matrix, np.array([x[0], y[0], x[1], y[1]]), mirrored


def has_silhouette(sample):
    """Returns whether enough of the keypoints are present."""
    return (sample.joints[:, 2] > 0).sum() >= 12


def silhouette(sample):
    """Returns [h, w] in 0..1: the approximate area of the person, from its keypoints."""
    height, width = sample.picture.shape[:2]
    mask, points, there = np.zeros((height, width), np.uint8), sample.joints[:, :2], sample.joints[:, 2] > 0
    size = max(float(np.ptp(sample.box[1::2])), float(np.ptp(sample.box[::2])))
    place = lambda j: tuple(int(round(float(v))) for v in points[j])
    for a, b in BONES:
        if there[a] and there[b]:
            cv2.line(mask, place(a), place(b), 255, max(2, int(0.085 * size)), cv2.LINE_AA)
    if there[TORSO].all():
        cv2.fillPoly(mask, [points[TORSO].astype(np.int32)], 255, cv2.LINE_AA)
    for j in np.flatnonzero(there[:5]):
        cv2.circle(mask, place(j), max(2, int(0.07 * size)), 255, -1, cv2.LINE_AA)
    for j in (9, 10, 15, 16):
        if there[j]:
            cv2.circle(mask, place(j), max(2, int(0.055 * size)), 255, -1, cv2.LINE_AA)
    return cv2.GaussianBlur(mask, (0, 0), max(0.6, 0.01 * size)).astype(F)[..., None] / 255


def paste(rng, sample, photos):
    """Pastes the person on another background; a box around the keypoints is kept where the silhouette is uncertain."""
    if not has_silhouette(sample):
        return sample
    mask = silhouette(sample)
    height, width = sample.picture.shape[:2]
    behind = backgrounds.draw(rng, height, width, photos) * 255
    picture = sample.picture * mask + behind * (1 - mask)
    return dataclasses.replace(sample, picture=picture.astype(np.uint8))


def beside(rng, sample, other):
    """Adds another sample's person next to this one, as in a crowd; keypoints that it covers count half."""
    if not has_silhouette(other):
        return sample
    height, width = sample.picture.shape[:2]
    size, theirs = (np.maximum(s.box[2:] - s.box[:2], 4) for s in (sample, other))
    scale = size[1] / theirs[1] * np.exp(rng.normal(0, 0.15))
    away = [rng.choice([-1, 1]) * rng.uniform(0.35, 1) * (size[0] + scale * theirs[0]) / 2, rng.normal(0, 0.07) * size[1]]
    matrix = np.hstack([scale * np.eye(2), ((sample.box[:2] + sample.box[2:]) / 2 + away - scale * (other.box[:2] + other.box[2:]) / 2)[:, None]])
    warp = lambda picture: cv2.warpAffine(picture, matrix, (width, height), flags=cv2.INTER_LINEAR)
    mask = warp(silhouette(other))[..., None]
    if rng.random() < 0.6:
        mask = mask * (1 - silhouette(sample))
    picture = sample.picture * (1 - mask) + warp(other.picture) * mask
    columns, rows = np.clip(np.round(sample.joints[:, :2]), 0, [width - 1, height - 1]).astype(int).T
    joints = sample.joints.copy()
    joints[:, 2] *= np.where(mask[rows, columns, 0] > 0.5, 0.5, 1)
    return dataclasses.replace(sample, picture=picture.astype(np.uint8), joints=joints)


def recolor(rng, picture):
    """Changes gamma, contrast and brightness of each channel by a table; sometimes converts to gray or shifts the hues."""
    levels = np.arange(256, dtype=F) / 255
    gain, gamma = rng.uniform(0.7, 1.3) * (1 + rng.normal(0, 0.06, 3)), np.exp(rng.normal(0, 0.25))
    table = np.clip((levels[:, None] ** gamma * gain + rng.normal(0, 0.05)) * 255, 0, 255).astype(np.uint8)
    picture = cv2.LUT(picture, np.ascontiguousarray(table)[:, None])
    kind = rng.random()
    if kind < 0.06:
        return cv2.cvtColor(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), cv2.COLOR_GRAY2BGR)
    if kind < 0.3:
        hsv = cv2.cvtColor(picture, cv2.COLOR_BGR2HSV)
        hsv[..., 0] = (hsv[..., 0].astype(int) + int(rng.normal(0, 10))) % 180
        hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(0.5, 1.4), 0, 255).astype(np.uint8)
        return cv2.cvtColor(hsv, cv2.COLOR_HSV2BGR)
    return picture


def hide(rng, picture):
    """Hides parts with patches of color, of noise, or of the image."""
    height, width = picture.shape[:2]
    for _ in range(rng.integers(1, 4)):
        w, h = int(width * rng.uniform(0.06, 0.35)), int(height * rng.uniform(0.05, 0.28))
        x, y = rng.integers(0, width - w), rng.integers(0, height - h)
        kind = rng.random()
        if kind < 0.4:
            picture[y : y + h, x : x + w] = rng.integers(0, 256, 3)
        elif kind < 0.6:
            picture[y : y + h, x : x + w] = rng.integers(0, 256, (h, w, 3))
        else:
            x2, y2 = rng.integers(0, width - w), rng.integers(0, height - h)
            picture[y : y + h, x : x + w] = picture[y2 : y2 + h, x2 : x2 + w].copy()
    return picture


def degrade(rng, picture, likely):
    height, width = picture.shape[:2]
    if rng.random() < likely:
        factor = rng.uniform(0.25, 0.8)
        small = cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
        picture = cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR)
    if rng.random() < likely * 0.7:
        picture = cv2.GaussianBlur(picture, (0, 0), rng.uniform(0.4, 1.8))
    if rng.random() < likely * 0.7:
        noise = cv2.randn(np.empty(picture.shape, np.int16), 0, float(rng.uniform(2, 14)))
        picture = np.clip(picture + noise, 0, 255).astype(np.uint8)
    if rng.random() < likely:
        coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(15, 80))])[1]
        picture = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    return picture


def targets(sample, matrix, mirrored):
    joints = sample.joints[teacher.MIRRORED] if mirrored else sample.joints
    places = crops.apply(matrix, joints[:, :2])
    inside = ((places >= 0) & (places <= [nano_net.INPUT_W - 1, nano_net.INPUT_H - 1])).all(1)
    on_map = np.concatenate([crops.to_map(places), (joints[:, 2] * inside)[:, None]], 1).astype(F)
    has_maps = sample.maps.size > 0
    maps = np.zeros((nano_net.JOINTS, crops.MAP_H, crops.MAP_W), np.uint8)
    if has_maps:
        maps = teacher.warp_maps(sample.maps[teacher.MIRRORED] if mirrored else sample.maps, crops.compose(matrix, crops.inverse(sample.matrix)))
    return Target(on_map, maps, has_maps, sample.exact)


def augmented(rng, sample, options, photos=(), others=()):
    """Returns (input [256, 192, 3] BGR bytes, Target).  photos: backgrounds; others: samples whose person may be placed next to this one"""
    cv2.setRNGSeed(int(rng.integers(1 << 31)))
    if not sample.exact:  # rendered people already have both
        if rng.random() < options.paste:
            sample = paste(rng, sample, photos)
        if len(others) and rng.random() < options.beside:
            sample = beside(rng, sample, others[int(rng.integers(len(others)))])
    matrix, seen, mirrored = geometry(rng, sample, options)
    size = (nano_net.INPUT_W, nano_net.INPUT_H)
    picture = cv2.warpAffine(sample.picture, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=crops.MEAN_BGR)
    if rng.random() < options.hide:
        picture = hide(rng, picture)
    if rng.random() < options.color:
        picture = recolor(rng, picture)
    picture = degrade(rng, picture, options.degrade)
    x0, y0, x1, y1 = np.round(seen).astype(int)
    out = np.empty_like(picture)
    out[:] = crops.MEAN_BGR  # `pose` fills the area outside the box in the same way
    window = (slice(max(y0, 0), max(y1, 0) + 1), slice(max(x0, 0), max(x1, 0) + 1))
    out[window] = picture[window]
    return out, targets(sample, matrix, mirrored)
