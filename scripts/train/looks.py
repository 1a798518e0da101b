# The looks of rendered people: skin, hair, faces, clothes and their patterns, as functions from a capsule's pixels to colors.
# SPDX-License-Identifier: MIT

import colorsys

import numpy as np

F = np.float32
SKIN = np.array([[198, 221, 250], [170, 200, 240], [140, 175, 225], [105, 145, 200], [75, 110, 165], [50, 75, 120], [38, 55, 88]], F) / 255  # BGR, light to dark
HAIR = np.array([[20, 20, 25], [25, 35, 55], [35, 55, 90], [60, 105, 160], [120, 180, 220], [150, 150, 155], [215, 215, 220], [30, 50, 120]], F) / 255
NOISE = 128  # side of the folds' texture, which is repeated


def cloth_color(rng):
    """Returns BGR: mostly muted colors, as in streets; some vivid; some black, white, gray or denim."""
    kind = rng.random()
    if kind < 0.35:
        return np.full(3, rng.choice([rng.uniform(0.03, 0.2), rng.uniform(0.3, 0.6), rng.uniform(0.75, 0.98)]), F) + rng.normal(0, 0.02, 3).astype(F)
    if kind < 0.5:
        hue, saturation, value = rng.uniform(0.56, 0.66), rng.uniform(0.3, 0.7), rng.uniform(0.15, 0.6)
    else:
        hue, saturation, value = rng.random(), rng.uniform(0.15, 0.95), rng.uniform(0.15, 0.95)
    return np.array(colorsys.hsv_to_rgb(hue, saturation, value)[::-1], F)


def folds(rng):
    """Returns smooth noise around 1, for the shading of folds."""
    out = np.zeros((NOISE, NOISE), F)
    for cells, size in ((8, 0.6), (16, 0.4), (64, 0.15)):
        grid = rng.normal(0, size, (cells, cells)).astype(F)
        at = np.arange(NOISE) * cells / NOISE
        low, part = at.astype(int), (at % 1).astype(F)
        part = part * part * (3 - 2 * part)
        rows = grid[low] * (1 - part)[:, None] + grid[(low + 1) % cells] * part[:, None]
        out += rows[:, low] * (1 - part) + rows[:, (low + 1) % cells] * part
    return np.clip(1 + 0.16 * out, 0.6, 1.4)


class Cloth:
    """A garment's color by position.  One object for all capsules that it covers, so that a pattern continues from one to the next."""

    def __init__(self, rng, noise, plain=0.5):
        self.color, self.second = cloth_color(rng), cloth_color(rng)
        kinds = ["stripes", "pinstripes", "checks", "speckles", "print", "halves"]
        self.pattern = "plain" if rng.random() < plain else rng.choice(kinds)
        self.period, self.share = rng.uniform(0.03, 0.14), rng.uniform(0.25, 0.6)
        self.noise, self.shift = noise, rng.integers(0, NOISE, 2)
        self.scale = rng.uniform(0.5, 2.0)

    def mask(self, s):
        along, across = s.along(), s.across()
        if self.pattern == "stripes":
            return (along / self.period) % 1 < self.share
        if self.pattern == "pinstripes":
            return (across * 0.12 / self.period * 2) % 1 < self.share
        if self.pattern == "checks":
            return ((along / self.period) % 1 < 0.5) ^ ((across * 0.12 / self.period) % 1 < 0.5)
        if self.pattern == "speckles":
            return self.noise[(along * 300).astype(int) % NOISE, (across * 40).astype(int) % NOISE] > 1.12
        if self.pattern == "print":
            return (np.abs(s.t - 0.35) < 0.18) & (np.abs(across) < 0.5) & (s.nz < -0.3)
        if self.pattern == "halves":
            return s.t > 0.45
        return np.zeros(len(s.t), bool)

    def __call__(self, s):
        fold = self.noise[((s.y * self.scale).astype(int) + self.shift[0]) % NOISE, ((s.x * self.scale).astype(int) + self.shift[1]) % NOISE]
        return np.where(self.mask(s)[:, None], self.second, self.color) * fold[:, None]


class Outfit:
    """Everything that one person wears.  paint(limb, head) returns the color function of a limb"""

    def __init__(self, rng):
        tone = rng.uniform(0, len(SKIN) - 1)
        low = int(min(tone, len(SKIN) - 2))
        self.skin = (SKIN[low] * (1 - tone + low) + SKIN[low + 1] * (tone - low)) * F(rng.uniform(0.9, 1.08))
        self.hair = HAIR[rng.choice(len(HAIR), p=[0.25, 0.2, 0.15, 0.1, 0.08, 0.08, 0.06, 0.08])] * F(rng.uniform(0.8, 1.2))
        noise = folds(rng)
        self.shirt, self.trousers, self.shoes, self.cap = (Cloth(rng, noise, plain) for plain in (0.5, 0.85, 0.9, 0.9))
        if rng.random() < 0.1:
            self.trousers = self.shirt
        self.sleeve = rng.choice([0.0, rng.uniform(0.4, 1), 2.0], p=[0.1, 0.4, 0.5])  # 1: to the elbow, 2: to the wrist
        self.leg = rng.choice([rng.uniform(0.3, 1.0), 2.0], p=[0.25, 0.75])
        self.skirt = rng.uniform(0.5, 1.7) if rng.random() < 0.12 else 0.0
        self.coat = rng.uniform(0.4, 0.9) if rng.random() < 0.12 else 0.0
        self.hairline, self.long_hair = rng.uniform(0.02, 0.055), rng.random() < 0.35
        self.bald, self.has_cap, self.glasses, self.beard = rng.random() < 0.06, rng.random() < 0.15, rng.random() < 0.15, rng.random() < 0.2
        self.gloves = rng.random() < 0.06

    def bare(self, s):
        return np.broadcast_to(self.skin, (len(s.t), 3))

    def sleeved(self, cloth, end):
        """Returns cloth up to a share of the limb, skin beyond it."""
        if end >= 1:
            return cloth
        return lambda s: np.where((s.t < end)[:, None], cloth(s), self.skin)

    def paint(self, limb, face):
        part = limb.part
        if part == "head":
            return face
        if part in ("torso", "skirt_of_coat"):
            return self.shirt
        if part in ("pelvis", "thigh", "shin", "skirt"):
            end = self.leg - 1 if part == "shin" else self.leg
            if self.skirt and part != "skirt":
                end = 1 if part == "pelvis" else 0
            return self.sleeved(self.trousers, 1 if part in ("pelvis", "skirt") else end)
        if part in ("upper_arm", "forearm"):
            return self.sleeved(self.shirt, self.sleeve - (part == "forearm"))
        if part == "foot":
            return self.shoes
        if part == "hair":
            return lambda s: self.hair * (0.85 + 0.3 * ((s.across() * 9) % 1))[:, None]
        return self.shoes if part == "hand" and self.gloves else self.bare


class Face:
    """Colors a head's pixels by their position on the head.  camera: of the image; `centre`, axes: the head's, in camera axes; size: 1 for an adult"""

    def __init__(self, outfit, camera, centre, axes, size):
        self.outfit, self.camera, self.centre, self.axes, self.size = outfit, camera, centre, axes, size

    def __call__(self, s):
        o, camera = self.outfit, self.camera
        seen = np.stack([(s.x - camera.width / 2) * s.depth / camera.focal, (s.y - camera.height / 2) * s.depth / camera.focal, s.depth], 1)
        x, y, z = ((seen - self.centre) @ self.axes / self.size).T
        color = np.repeat(o.skin[None], len(x), 0)
        front = z > 0.02
        side = np.abs(x)
        color[front & (np.hypot(x * 0.7, y + 0.012) < 0.016)] *= 0.9  # under the nose
        color[front & (np.hypot((side - 0.032) / 1.5, y - 0.022) < 0.010)] = [0.92, 0.92, 0.95]
        color[front & (np.hypot(side - 0.031, y - 0.022) < 0.009)] = [0.1, 0.08, 0.06]
        color[front & (np.abs(y - 0.043) < 0.006) & (np.abs(side - 0.034) < 0.018)] = o.hair * 0.6
        color[front & (np.abs(y + 0.055) < 0.006) & (side < 0.024)] = o.skin * [0.55, 0.5, 0.8]
        color[(np.hypot(z + 0.005, y) < 0.022) & (side > 0.06)] *= 0.85
        if o.beard:
            color[(y < -0.035) & (z > -0.02) & ~((np.abs(y + 0.055) < 0.006) & (side < 0.024))] = o.hair * 0.8
        if o.glasses:
            ring = np.abs(np.hypot(side - 0.033, y - 0.02) - 0.02) < 0.0025
            color[(front & ring) | ((np.abs(y - 0.024) < 0.002) & (z > 0) & (side > 0.05))] = 0.08
        if not o.bald:
            color[(y > o.hairline + 0.6 * z * 0.2) & ((y > 0.062) | (z < 0.055)) | ((z < -0.012) & (y > -0.055)) | ((y > 0.01) & (z < 0.012))] = o.hair
        if o.has_cap:
            above = y > 0.058
            color[above] = o.cap(s)[above]
        return color
