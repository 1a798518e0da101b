# Draws capsules with shading and depth into an image: enough to render people, in NumPy.
# SPDX-License-Identifier: MIT
"""Camera axes: right, down, into the image; meters.  A capsule is drawn as the silhouette of its two spheres and of the part between them, which is exact
for a far camera and close enough for a near one."""

import dataclasses

import numpy as np

F = np.float32


@dataclasses.dataclass
class Camera:
    """focal: in pixels; place: in the world (right, up, forward); pitch: degrees downward; roll: of the image; yaw: degrees to the right"""

    focal: float
    width: int
    height: int
    place: np.ndarray
    pitch: float = 0.0
    roll: float = 0.0
    yaw: float = 0.0

    def matrix(self):
        p, r, y = np.radians(self.pitch), np.radians(self.roll), np.radians(self.yaw)
        down = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
        turn = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
        aside = np.array([[np.cos(y), 0, -np.sin(y)], [0, 1, 0], [np.sin(y), 0, np.cos(y)]])
        return turn @ down @ np.diag([1.0, -1, 1]) @ aside

    def see(self, points):
        """Converts world [..., 3] to camera axes."""
        return (points - self.place) @ self.matrix().T

    def project(self, seen):
        """Projects camera axes [..., 3] to pixels [..., 2]."""
        return seen[..., :2] * self.focal / np.maximum(seen[..., 2:], 0.05) + [self.width / 2, self.height / 2]


class Canvas:
    """`color` [h, w, 3] BGR in 0..1, depth in meters, part: the visible capsule (0: none)"""

    def __init__(self, picture, camera, light, ambient):
        """light: direction to it, in camera axes, of length 1"""
        self.color, self.camera, self.light, self.ambient = picture.astype(F), camera, np.asarray(light, F), ambient
        self.depth = np.full(picture.shape[:2], np.inf, F)
        self.part = np.zeros(picture.shape[:2], np.int32)

    def window(self, low, high):
        """Returns the whole pixels between two corners, clipped at the image's edges; None if there are none."""
        x0, y0 = np.maximum(np.floor(low).astype(int), 0)
        x1, y1 = np.minimum(np.ceil(high).astype(int) + 1, [self.camera.width, self.camera.height])
        return None if x0 >= x1 or y0 >= y1 else (slice(y0, y1), slice(x0, x1))

    def capsule(self, a, b, ra, rb, paint, part):
        """Draws a capsule.  a, b: in camera axes.  paint(Surface) -> color [n, 3] of the visible pixels"""
        if min(a[2], b[2]) < 0.2:
            return
        pa, pb = self.camera.project(a), self.camera.project(b)
        sa, sb = ra * self.camera.focal / a[2], rb * self.camera.focal / b[2]
        window = self.window(np.minimum(pa - sa, pb - sb), np.maximum(pa + sa, pb + sb))
        if window is None:
            return
        ys, xs = np.arange(window[0].start, window[0].stop)[:, None], np.arange(window[1].start, window[1].stop)
        axis = (pb - pa).astype(F)
        dx, dy = (xs - pa[0]).astype(F), (ys - pa[1]).astype(F)
        t = np.clip((dx * axis[0] + dy * axis[1]) / max(float(axis @ axis), 1e-6), 0, 1)
        nx, ny, radius = dx - t * axis[0], dy - t * axis[1], F(sa) + t * F(sb - sa)
        nx, ny = nx / radius, ny / radius
        out2 = nx * nx + ny * ny
        inside = out2 < 1
        nz = np.sqrt(np.maximum(1 - out2, 0))
        depth = F(a[2]) + t * F(b[2] - a[2]) - nz * (F(ra) + t * F(rb - ra))
        inside &= depth < self.depth[window]
        if not inside.any():
            return
        rows, columns = np.nonzero(inside)
        surface = Surface(t[inside], nx[inside], ny[inside], -nz[inside], depth[inside], xs[columns], ys[rows, 0], float(np.linalg.norm(b - a)), axis)
        shade = np.clip(surface.nx * self.light[0] + surface.ny * self.light[1] + surface.nz * self.light[2], 0, 1)
        self.color[window][inside] = paint(surface) * (self.ambient + (1 - self.ambient) * shade)[:, None]
        self.depth[window][inside] = surface.depth
        self.part[window][inside] = part

    def flat(self, mask, window, color, depth, part):
        """Draws an object that faces the camera.  `color`: [h, w, 3] of the window"""
        mask = mask & (depth < self.depth[window])
        self.color[window][mask], self.depth[window][mask], self.part[window][mask] = color[mask], depth, part


@dataclasses.dataclass
class Surface:
    """Visible pixels of a capsule, all [n].  t: from a to b; nx, ny, nz: outward, in camera axes; x, y: of the image"""

    t: np.ndarray
    nx: np.ndarray
    ny: np.ndarray
    nz: np.ndarray
    depth: np.ndarray
    x: np.ndarray
    y: np.ndarray
    length: float
    axis: np.ndarray

    def along(self):
        """Returns the distance from a in meters."""
        return self.t * F(self.length)

    def across(self):
        """Returns -1 to 1, from one edge to the other."""
        size = max(float(np.hypot(*self.axis)), 1e-6)
        return (self.nx * self.axis[1] - self.ny * self.axis[0]) / F(size)
