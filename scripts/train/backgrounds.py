# Backgrounds for rendered people and for people that are cut out: photos without people, rooms, streets, noise, gradients.
# SPDX-License-Identifier: MIT

import cv2
import numpy as np

F = np.float32


def color(rng):
    return rng.uniform(0.05, 0.95, 3).astype(F) * 0.6 + F(rng.uniform(0.0, 0.4))


def gradient(rng, h, w):
    """Draws a gradient between two colors in any direction."""
    angle = rng.uniform(0, 2 * np.pi)
    xs, ys = np.arange(w, dtype=F) / F(w) - F(0.5), np.arange(h, dtype=F)[:, None] / F(h) - F(0.5)
    t = xs * F(np.cos(angle)) + ys * F(np.sin(angle)) + F(0.5)
    t = np.clip(t, 0, 1)[..., None]
    return color(rng) * (1 - t) + color(rng) * t


def noise(rng, h, w):
    """Draws octaves of smooth colored noise: from clouds to foliage."""
    out, total = np.zeros((h, w), F), 0.0
    roughness = rng.uniform(0.45, 0.95)
    for octave in range(1, 8):
        cells = 2**octave
        weight = roughness**octave
        grid = rng.standard_normal((cells, max(1, cells * w // h)), F)
        out += weight * cv2.resize(grid, (w, h), interpolation=cv2.INTER_LINEAR if octave > 4 else cv2.INTER_CUBIC)
        total += weight
    return color(rng) + (out / F(total))[..., None] * (color(rng) - F(0.2)) * F(1.5)


def bricks(rng, h, w):
    """Draws a pattern of tiles, seen at an angle."""
    cell_w, cell_h = rng.integers(8, 60), rng.integers(6, 40)
    ys, xs = np.arange(h)[:, None], np.arange(w)
    rows = ys // cell_h
    shifted = xs + (rows % 2) * (cell_w // 2)
    joints = (ys % cell_h < max(1, cell_h // 10)) | (shifted % cell_w < max(1, cell_w // 12))
    shades = rng.uniform(0.75, 1.15, (97,)).astype(F)
    out = color(rng) * shades[(rows * 31 + shifted // cell_w * 17) % 97][..., None]
    out[joints] = color(rng)
    return out


def clutter(rng, h, w, out, count):
    """Draws objects that are not people: boxes, poles, discs, lines."""
    out = np.ascontiguousarray(out, F)
    for _ in range(count):
        c = tuple(float(v) for v in color(rng))
        x, y = int(rng.integers(0, w)), int(rng.integers(0, h))
        size = int(rng.uniform(0.03, 0.35) * h)
        kind = rng.random()
        if kind < 0.4:
            cv2.rectangle(out, (x, y), (x + int(size * rng.uniform(0.2, 2)), y + size), c, -1)
        elif kind < 0.6:
            cv2.ellipse(out, (x, y), (size // 2 + 1, int(size * rng.uniform(0.1, 0.5)) + 1), float(rng.uniform(0, 180)), 0, 360, c, -1, cv2.LINE_AA)
        elif kind < 0.8:
            cv2.line(out, (x, y), (x + int(rng.normal(0, size)), y + int(rng.normal(0, 2 * size))), c, int(rng.integers(1, max(2, h // 25))), cv2.LINE_AA)
        else:
            points = (np.array([x, y]) + rng.normal(0, size / 2, (rng.integers(3, 6), 2))).astype(np.int32)
            cv2.fillPoly(out, [points], c, cv2.LINE_AA)
    return out


def place(rng, h, w, horizon):
    """Draws a floor and a wall, or a ground and a sky, that meet at `horizon`, a row of the image."""
    out = [gradient, noise, bricks][rng.integers(3)](rng, h, w)
    out = clutter(rng, h, w, out, rng.integers(0, 14))
    row = int(np.clip(horizon, 0, h))
    if row < h:
        out[row:] = [gradient, noise, bricks][rng.integers(3)](rng, h - row, w) if h - row > 8 else color(rng)
    return out


def photo(rng, h, w, photos):
    """Returns a part of a photo, mirrored or not."""
    picture = photos[rng.integers(len(photos))]
    ph, pw = picture.shape[:2]
    share = rng.uniform(0.4, 1.0)
    ch, cw = share * min(ph, pw * h / w), share * min(pw, ph * w / h)
    y, x = rng.uniform(0, ph - ch), rng.uniform(0, pw - cw)
    part = picture[int(y) : int(y + ch), int(x) : int(x + cw)]
    part = cv2.resize(part, (w, h), interpolation=cv2.INTER_AREA if ch > h else cv2.INTER_LINEAR)
    return (part[:, ::-1] if rng.random() < 0.5 else part).astype(F) / 255


def draw(rng, h, w, photos=(), horizon=None):
    """Returns [h, w, 3] BGR in 0..1."""
    if len(photos) and rng.random() < 0.5:
        out = photo(rng, h, w, photos)
    elif rng.random() < 0.6:
        out = place(rng, h, w, rng.uniform(0.3, 0.9) * h if horizon is None else horizon)
    else:
        out = [gradient, noise, bricks][rng.integers(3)](rng, h, w)
        out = clutter(rng, h, w, out, rng.integers(0, 20))
    if rng.random() < 0.4:
        out = cv2.GaussianBlur(out, (0, 0), rng.uniform(0.5, 3))
    return np.clip(out, 0, 1).astype(F)
