# Films moving people: a camera that pans, zooms and shakes, objects in front, one background for a whole clip, exact labels for every frame.
# SPDX-License-Identifier: MIT
"""The camera stays at its place and turns, so that the background is one image that a homography moves: exact for everything that is far away or
painted on the ground."""

import dataclasses

import cv2
import numpy as np

import backgrounds
import raster
import scenes

ALONG = np.array([0.1, 0.3, 0.5, 0.7, 0.9])  # places along a limb where its visibility is sampled
WIDEST = 65.0  # degrees from the middle of the background to its edge, at most


class CameraMove:
    """Where the camera looks at a time.  pan, shake (yaw, pitch, roll): motion.Wander in degrees, or None; zoom: of the logarithm of the focal length;
    follow: a steady pan in degrees per second, 0 degrees at the time `middle`"""

    def __init__(self, camera, pan=None, shake=None, zoom=None, follow=0.0, middle=0.0):
        self.camera, self.pan, self.shake, self.zoom, self.follow, self.middle = camera, pan, shake, zoom, follow, middle

    def __call__(self, t):
        yaw, pitch, roll = [wander(t) for wander in self.shake] if self.shake else (0.0, 0.0, 0.0)
        yaw += (self.pan(t) if self.pan else 0.0) + self.follow * (t - self.middle)
        focal = self.camera.focal * float(np.exp(self.zoom(t))) if self.zoom else self.camera.focal
        return dataclasses.replace(self.camera, focal=focal, yaw=yaw, pitch=self.camera.pitch + pitch, roll=self.camera.roll + roll)


class Background:
    """An image that is large enough for every look of the camera."""

    def __init__(self, rng, looks):
        """looks: cameras for the pixels of the canvas, a sample of the clip's"""
        first = looks[0]
        aside = max(abs(c.yaw) + np.degrees(np.arctan(0.55 * c.width / c.focal)) for c in looks)
        over = max(abs(c.pitch - first.pitch) + np.degrees(np.arctan(0.6 * c.height / c.focal)) for c in looks)
        focal = min(c.focal for c in looks)
        width, height = (int(2 * focal * np.tan(np.radians(min(angle, WIDEST)))) for angle in (aside, over))
        self.camera = dataclasses.replace(first, focal=focal, width=width, height=height, yaw=0.0, roll=0.0)
        self.picture = backgrounds.draw(rng, height, width, (), height / 2 - focal * np.tan(np.radians(first.pitch)) + 0.1 * first.height)

    def seen(self, camera):
        """Returns the part that the camera sees."""
        inside = [np.array([[c.focal, 0, c.width / 2], [0, c.focal, c.height / 2], [0, 0, 1]]) for c in (self.camera, camera)]
        moved = inside[0] @ self.camera.matrix() @ camera.matrix().T @ np.linalg.inv(inside[1])
        how = {"flags": cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP, "borderMode": cv2.BORDER_REFLECT}
        return cv2.warpPerspective(self.picture, moved, (camera.width, camera.height), **how)


class Board:
    """A flat object on the ground that faces the camera: a wall, a pillar, a car's side.  at: (right, forward); size: (width, height) in meters"""

    def __init__(self, rng, at, size):
        self.middle, self.size = np.array([at[0], size[1] / 2, at[1]]), np.array(size, float)
        self.picture = np.clip(backgrounds.draw(rng, max(8, int(96 * size[1])), max(8, int(96 * size[0]))), 0, 1)

    def draw(self, canvas):
        seen = canvas.camera.see(self.middle)
        if seen[2] < 0.5:
            return
        low, high = (canvas.camera.project(seen) + side * self.size / 2 * canvas.camera.focal / seen[2] for side in (-1, 1))
        window = canvas.window(low, high)
        if window is None:
            return
        rows, columns = (np.arange(side.start, side.stop) for side in window)
        h, w = self.picture.shape[:2]
        y = np.clip(((rows - low[1]) / (high[1] - low[1]) * h).astype(int), 0, h - 1)
        x = np.clip(((columns - low[0]) / (high[0] - low[0]) * w).astype(int), 0, w - 1)
        canvas.flat(np.ones((len(rows), len(columns)), bool), window, self.picture[y[:, None], x], seen[2], 0)


def hidden_share(person, canvas, number):
    """Returns (share of the body that is not visible, share outside the image), by area, sampled on the axes of the limbs.  A limb hidden by the person's
    own body is visible."""
    limbs = person.figure.limbs
    ends = np.array([(limb.a, limb.b) for limb in limbs])
    weights = np.repeat([(np.linalg.norm(limb.b - limb.a) + limb.ra) * (limb.ra + limb.rb) for limb in limbs], len(ALONG))
    points = canvas.camera.see(person.to_world(ends[:, :1] * (1 - ALONG[:, None]) + ends[:, 1:] * ALONG[:, None])).reshape(-1, 3)
    x, y = np.floor(canvas.camera.project(points)).astype(int).T
    outside = (x < 0) | (y < 0) | (x >= canvas.camera.width) | (y >= canvas.camera.height) | (points[:, 2] < 0.2)
    part = canvas.part[np.where(outside, 0, y), np.where(outside, 0, x)]
    mine = ~outside & (part >= number) & (part < number + 100)
    return 1 - float(weights[mine].sum() / weights.sum()), float(weights[outside].sum() / weights.sum())


@dataclasses.dataclass
class Clip:
    """Everything that a clip's frames are drawn from."""

    kind: str
    seed: int
    width: int
    height: int
    fps: float
    count: int  # frames
    camera: CameraMove
    actors: list
    boards: list = dataclasses.field(default_factory=list)

    def canvas_camera(self, t):
        camera = self.camera(t)
        wide, high = round(self.width * scenes.SMOOTH), round(self.height * scenes.SMOOTH)
        return dataclasses.replace(camera, focal=camera.focal * wide / self.width, width=wide, height=high)

    def prepare(self):
        """Draws what stays the same."""
        rng = np.random.default_rng([self.seed, 1])
        self.background = Background(rng, [self.canvas_camera(k / self.fps) for k in range(0, self.count, 2)])
        self.light, self.recording = scenes.light(rng), scenes.Recording(rng)

    def frame(self, k):
        """Returns (image, people) of frame k."""
        camera = self.canvas_camera(k / self.fps)
        direction, ambient = self.light
        canvas = raster.Canvas(self.background.seen(camera), camera, camera.matrix() @ (direction * [1, -1, 1]), ambient)
        for actor in self.actors:
            actor.move(k / self.fps)
            if camera.see(actor.person.place)[2] > 0.5:
                scenes.shadow(canvas, actor.person)
        for number, actor in enumerate(self.actors):
            actor.person.draw(canvas, 1 + 100 * number)
        for board in self.boards:
            board.draw(canvas)
        picture = self.recording(np.random.default_rng([self.seed, 2, k]), canvas, self.width, self.height)
        return picture, [entry for number, actor in enumerate(self.actors) if (entry := self.label(actor.person, canvas, number))]

    def label(self, person, canvas, number):
        """Returns what labels.json holds of one person, None if no part of it is visible."""
        seen = scenes.seen_from(person, canvas, 1 + 100 * number, self.width, self.height)
        if seen is None:
            return None
        hidden, outside = hidden_share(person, canvas, 1 + 100 * number)
        x, y, w, h = seen["box"]
        short = lambda values: [round(float(value), 2) for value in values]
        return {
            "id": number + 1, "box": short((x, y, x + w, y + h)), "area": short([seen["area"]])[0], "hidden": round(hidden, 3),
            "outside": round(outside, 3), "keypoints": [short(point[:2]) + [int(point[2])] for point in seen["keypoints"]],
        }  # fmt: skip
