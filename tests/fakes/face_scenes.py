"""Small films made of real heads on drawn backgrounds, held in memory."""

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from latentsync_studio.core.picture import Box
from latentsync_studio.engines.face_mesh.stills import landmarks_of, picture_of
from latentsync_studio.imaging.pixels import window_rgb
from latentsync_studio.media.reader import FrameReader

SAMPLE = Path(__file__).parents[2] / "resources" / "sample" / "portrait.mp4"
FACE_WIDTH = 1.55  # of the eye distance
SIZE = (640, 360)


@dataclass
class Count:
    """How many frames a medium has."""

    n_frames: int


@dataclass
class Size:
    """How large a medium's pictures are."""

    width: int
    height: int


@dataclass
class Film:
    """A medium whose frames lie in memory; counts what is decoded."""

    pictures: list
    decoded: list = field(default_factory=list)

    @property
    def index(self):
        return Count(len(self.pictures))

    @property
    def video(self):
        height, width = self.pictures[0].shape[:2]
        return Size(width, height)

    def frames(self, start, stop):
        for number in range(start, stop):
            self.decoded.append(number)
            yield picture_of(self.pictures[number], number)


@cache
def heads(path: Path, count: int, width: int):
    """Heads of the first frames, `width` px from cheek to cheek, upright rectangles of RGB."""
    found = []
    with FrameReader(path) as reader:
        for picture in reader.frames(0, count):
            box = Box(x0=0, y0=0, x1=picture.width, y1=picture.height)
            rgb = window_rgb(picture, box)
            if not found:
                points = landmarks_of(rgb)
                center = points[:468, :2].mean(axis=0)
                eyes = float(np.hypot(*(points[263] - points[33])[:2]))
            scale = width / (eyes * FACE_WIDTH)
            soft = cv2.GaussianBlur(rgb, (0, 0), 0.5 / scale) if scale < 0.6 else rgb
            size = (int(width * 1.5), int(width * 1.9))
            move = np.array([size[0] / 2, size[1] / 2]) - scale * center
            matrix = np.array([[scale, 0, move[0]], [0, scale, move[1]]])
            found.append(cv2.warpAffine(soft, matrix, size))
    return found


def background(size=SIZE, seed=0):
    """Smooth coloured blots."""
    small = np.random.default_rng(seed).integers(40, 200, (5, 9, 3)).astype(np.uint8)
    return cv2.resize(small, size, interpolation=cv2.INTER_CUBIC)


def pasted(canvas, head, x, y):
    """Put a head, cut out as a soft ellipse, on a canvas with its center at (x, y)."""
    height, width = head.shape[:2]
    mask = np.zeros((height, width), np.float32)
    axes = (int(width * 0.42), int(height * 0.46))
    cv2.ellipse(mask, (width // 2, height // 2), axes, 0, 0, 360, 1.0, -1)
    mask = cv2.GaussianBlur(mask, (0, 0), width * 0.02)
    move = np.array([[1, 0, x - width / 2], [0, 1, y - height / 2]], np.float64)
    size = canvas.shape[1::-1]
    alpha = cv2.warpAffine(mask, move, size)[..., None]
    return (canvas * (1 - alpha) + cv2.warpAffine(head, move, size) * alpha).astype(np.uint8)


def turned(picture, points, yaw):
    """A face as a textured mesh, turned by `yaw` degrees in front of grey."""
    p = points[:468].astype(np.float64)
    center, a = p.mean(axis=0), np.radians(yaw)
    turn = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    q = (p - center) @ turn.T + center
    hull = cv2.Subdiv2D((0, 0, picture.shape[1], picture.shape[0]))
    hull.insert(np.float32(p[:, :2]).tolist())
    corners = hull.getTriangleList().reshape(-1, 3, 2)
    near = [[int(np.abs(p[:, :2] - c).sum(axis=1).argmin()) for c in t] for t in corners]
    out = np.full_like(picture, 90)
    for t in sorted(near, key=lambda t: -q[t, 2].mean()):
        source, target = np.float32(p[t, :2]), np.float32(q[t, :2])
        if _area(source) * _area(target) <= 0:
            continue
        matrix = cv2.getAffineTransform(source, target)
        x0, y0 = np.maximum(np.floor(target.min(axis=0)).astype(int) - 1, 0)
        x1, y1 = np.ceil(target.max(axis=0)).astype(int) + 2
        part = out[y0:y1, x0:x1]
        if part.size == 0:
            continue
        matrix[:, 2] -= (x0, y0)
        texture = cv2.warpAffine(
            picture, matrix, part.shape[1::-1], borderMode=cv2.BORDER_REPLICATE
        )
        mask = np.zeros(part.shape[:2], np.uint8)
        cv2.fillConvexPoly(mask, np.int32(np.round((target - (x0, y0)) * 16)), 255, cv2.LINE_8, 4)
        part[mask > 0] = texture[mask > 0]
    return out


def _area(triangle):
    u, v = triangle[1] - triangle[0], triangle[2] - triangle[0]
    return float(u[0] * v[1] - u[1] * v[0])
