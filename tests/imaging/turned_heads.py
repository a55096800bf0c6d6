"""Heads of numbers that turn, and what a mark on their skin looks like then.

The truth is found without the code under test: the skin is a height field over the frontal view,
sampled finely, turned in space and painted from the farthest sample to the nearest.
"""

import cv2
import numpy as np
from scipy.interpolate import LinearNDInterpolator

from latentsync_studio.core.face.average import AVERAGE

IRISES = (33, 33, 33, 33, 33, 263, 263, 263, 263, 263)  # where the last ten points are put
FINE = 0.5  # px of the frontal view between samples


def rotation(yaw, pitch, roll=0.0):
    """Degrees to a (3, 3) matrix."""
    y, p, r = np.radians([yaw, pitch, roll])
    about_y = np.array([[np.cos(y), 0, np.sin(y)], [0, 1, 0], [-np.sin(y), 0, np.cos(y)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(p), -np.sin(p)], [0, np.sin(p), np.cos(p)]])
    about_z = np.array([[np.cos(r), -np.sin(r), 0], [np.sin(r), np.cos(r), 0], [0, 0, 1]])
    return about_z @ about_y @ about_x


def person(seed):
    """(468, 3) a head of its own proportions; 0 is the average."""
    if seed == 0:
        return AVERAGE
    random = np.random.default_rng(seed)
    points = AVERAGE * random.uniform(0.93, 1.07, 3)
    jaw = np.clip(points[:, 1] - 0.3, 0, None)
    points[:, 0] *= 1 + random.uniform(-0.1, 0.1) * jaw
    points[:, 2] += random.uniform(-0.06, 0.06) * np.sin(3 * points[:, 0]) ** 2
    return points


class Head:
    """A head in the middle of a square picture."""

    def __init__(self, seed=0, scale=110.0, side=420):
        self.points, self.scale, self.side = person(seed), scale, side
        self.middle = np.array([side / 2, side / 2 - 0.35 * scale, 0.0])

    def landmarks(self, yaw=0.0, pitch=0.0, roll=0.0):
        """(478, 3) f32 px."""
        turned = self.scale * self.points @ rotation(yaw, pitch, roll).T + self.middle
        return np.concatenate([turned, turned[list(IRISES)]]).astype(np.float32)

    def skin(self):
        """(n, 3) samples of the skin in the frontal view, px from the head's origin."""
        flat = self.scale * self.points
        low, high = flat[:, :2].min(axis=0), flat[:, :2].max(axis=0)
        x, y = np.meshgrid(*(np.arange(a, b, FINE) for a, b in zip(low, high, strict=True)))
        z = LinearNDInterpolator(flat[:, :2], flat[:, 2])(x, y)
        found = np.column_stack([x.ravel(), y.ravel(), z.ravel()])
        return found[np.isfinite(found[:, 2])]

    def mark_after(self, mark, skin, turn):
        """(side, side) bool: where a mark of the frontal view, another such, is seen then."""
        front = np.floor(skin[:, :2] + self.middle[:2]).astype(int)
        marked = mark[front[:, 1], front[:, 0]]
        turned = skin @ rotation(*turn).T
        order = np.argsort(-turned[:, 2], kind="stable")
        column, row = np.floor(turned[order, :2] + self.middle[:2]).astype(int).T
        out = np.zeros((self.side, self.side), np.uint8)
        out[row, column] = marked[order]
        return cv2.morphologyEx(out, cv2.MORPH_CLOSE, np.ones((3, 3), np.uint8)) > 0


def iou(a, b):
    """Overlap of two bool pictures: intersection over union."""
    return (a & b).sum() / max((a | b).sum(), 1)
