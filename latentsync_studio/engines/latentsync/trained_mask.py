"""The part of the square that the model redraws: the shape that it was trained with, drawn anew.

On a grid of 256 x 256 the shape is given by numbers: two bars over the cheeks beside the nose,
below them a band over the whole width, closed by the curve of a chin. Drawing it wider or narrower
than it was in training gives the model pictures that it has never seen.

Source: LatentSync's defaults (measured extents, own drawing).
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np
from scipy.interpolate import CubicSpline

from latentsync_studio.core.arrays import frozen

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, F64, Alpha

_GRID = 256
_LATENT_STRIDE = 8
_FINE = 16  # lines drawn per row of the grid; along a row coverage is exact

# Half-open extents on the grid: rows, then columns of the redrawn part.
_BARS = (95.0, 128.0), ((9.0, 78.0), (178.0, 247.0))
# The band and the chin below it: first and last redrawn column of some rows.
_CHIN_ROWS = (128, 150, 175, 200, 220, 235, 242)
_CHIN_FIRST = (9, 11, 15, 33, 57, 87, 131)
_CHIN_LAST = (247, 245, 241, 223, 202, 173, 152)


@lru_cache(maxsize=8)
def trained_mask(resolution: int) -> Alpha:
    """What is kept of the square.

    Edges are as soft as a pixel of the 256 grid is wide: at 512 the model was trained on the small
    mask enlarged, with grey edges.

    Args:
        resolution: side of the square, px, a multiple of 8.

    Returns:
        (resolution, resolution) f32, read-only: 1 = keep, 0 = redraw.
    """
    if resolution % _LATENT_STRIDE or resolution < _LATENT_STRIDE:
        raise ValueError(f"{resolution} px cannot be cut into latents of {_LATENT_STRIDE} px.")
    redrawn = _coverage().astype(np.float32)
    way = cv2.INTER_LINEAR if resolution > _GRID else cv2.INTER_AREA
    sized = cv2.resize(redrawn, (resolution, resolution), interpolation=way)
    return cast("Alpha", frozen(np.clip(1.0 - np.asarray(sized, np.float32), 0.0, 1.0)))


@lru_cache(maxsize=8)
def latent_mask(resolution: int) -> F32:
    """What is kept at each latent, (resolution / 8, resolution / 8) f32, read-only.

    The mask's value at the first pixel of each latent, not their mean: as in training.
    """
    picked = trained_mask(resolution)[::_LATENT_STRIDE, ::_LATENT_STRIDE]
    return cast("F32", frozen(picked.copy()))


def _coverage() -> F64:
    """(256, 256) share of each pixel of the grid that is redrawn."""
    lines = (np.arange(_GRID * _FINE) + 0.5) / _FINE
    total = np.zeros((len(lines), _GRID))
    (top, bottom), bars = _BARS
    beside = (lines >= top) & (lines < bottom)
    for first, last in bars:
        total[beside] += _spans(np.full(beside.sum(), first), np.full(beside.sum(), last))
    below = lines >= _CHIN_ROWS[0]
    total[below] += _spans(*_chin(lines[below]))
    return np.asarray(total.reshape(_GRID, _FINE, _GRID).mean(axis=1))


@lru_cache(maxsize=1)
def _outline() -> F64:
    """(n, 2) closely spaced x, y along the band's sides and the chin, from left to right.

    A cubic spline through the known points, spaced by the roots of their distances (centripetal, so
    that it neither overshoots nor has corners).
    """
    rows = np.array(_CHIN_ROWS) + 0.5
    left = np.column_stack([_CHIN_FIRST, rows])
    right = np.column_stack([np.array(_CHIN_LAST) + 1, rows])
    points = np.concatenate([left, right[::-1]])
    gaps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.append(0.0, np.cumsum(np.sqrt(gaps)))
    curve = CubicSpline(along, points, bc_type="natural")
    return np.asarray(curve(np.linspace(0.0, along[-1], 4000)))


def _chin(lines: F64) -> tuple[F64, F64]:
    """Half-open extent of the band and the chin at each line, (n,) and (n,); empty below it."""
    curve = _outline()
    tip = int(curve[:, 1].argmax())
    left, right = curve[: tip + 1], curve[tip:][::-1]
    first = np.interp(lines, left[:, 1], left[:, 0])
    last = np.interp(lines, right[:, 1], right[:, 0])
    return first, np.where(lines < curve[tip, 1], last, first)


def _spans(first: F64, last: F64) -> F64:
    """Share of each pixel of a line that lies in [first, last), (n,) and (n,) -> (n, 256)."""
    left = np.arange(_GRID)
    covered = np.minimum(last[:, None], left + 1) - np.maximum(first[:, None], left)
    return np.asarray(np.clip(covered, 0.0, 1.0))
