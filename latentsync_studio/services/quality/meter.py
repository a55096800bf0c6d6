"""Measures composed frames against their source, cheaply enough to do it with every render.

What changes from frame to frame is looked at in every other pair of frames; the rest, and the mesh
network on the result, some six times a second, or in every frame where that is asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from typing import TYPE_CHECKING, Final, NamedTuple

import numpy as np

from latentsync_studio.core.face.landmarks import eye_distance
from latentsync_studio.core.face.reasons import FACE_WIDTH
from latentsync_studio.core.picture import Box
from latentsync_studio.imaging.quality.face_crop import face_view, luma_view, mouth_luma
from latentsync_studio.imaging.quality.outside import outside_psnr
from latentsync_studio.imaging.quality.seam import SeamView, changed_weight
from latentsync_studio.imaging.quality.sharpness import sharpness
from latentsync_studio.services.quality.mouth import ApertureMeter
from latentsync_studio.services.quality.table import (
    COLUMNS,
    FrameTable,
    Views,
    empty_row,
    set_changes,
)

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, Alpha
    from latentsync_studio.core.engine import Patch
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.imaging.masked import Watch

METER_VERSION: Final = "2"  # raise whenever the same pictures give other figures
_PAIRS: Final = 2  # every other change from frame to frame
_AT: Final = {name: number for number, name in enumerate(COLUMNS)}
_CHANGED_REACH: Final = 1.3  # eye distances around the mouth in which a change is looked for


class Part(NamedTuple):
    """Where a patch shows in a picture.

    Attributes:
        box: px of the picture.
        weight: (h, w) f32 0..1.
        scale: px of the picture a px that the engine drew.
    """

    box: Box
    weight: Alpha
    scale: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A frame of a result and what it was made of.

    Attributes:
        frame: output frame.
        result: as composed; the very same object as `source` where nothing was redrawn.
        source: None where that is not known.
        landmarks: (478, 3) of the face in the source; None where there is none.
        shot: number of the shot.
        parts: where patches show; None where that is not known.
    """

    frame: int
    result: Picture
    source: Picture | None
    landmarks: F32 | None
    shot: int = 0
    parts: tuple[Part, ...] | None = ()

    @property
    def is_redrawn(self) -> bool:
        """Whether the result may differ from the source."""
        return self.result is not self.source

    def landmarks_in_result(self) -> F32 | None:
        """The landmarks in pixels of a result that may have another size."""
        result, source = self.result, self.source
        if self.landmarks is None or source is None:
            return self.landmarks
        if (result.width, result.height) == (source.width, source.height):
            return self.landmarks
        x, y = result.width / source.width, result.height / source.height
        return np.asarray(self.landmarks * np.array([x, y, (x + y) / 2]), np.float32)


def scale_of(patch: Patch) -> float:
    """Pixels of the frame along one that the engine drew."""
    return float(np.sqrt(abs(np.linalg.det(patch.transform[:, :2]))))


def noting(parts: list[Part], patch: Patch) -> Watch:
    """What notes where a patch shows, for `Look.watch`."""
    scale = scale_of(patch)

    def note(box: Box, weight: Alpha) -> None:
        parts.append(Part(box, weight, scale))

    return note


class FrameMeter:
    """Measures frames; safe from several threads, which each `begin` a run of frames.

    Attributes:
        every: frames from one thoroughly measured frame to the next.
        pairs: frames from one that is compared with the frame before it to the next.
    """

    def __init__(
        self, every: int, *, pairs: int = _PAIRS, watched: frozenset[int] = frozenset(),
        with_mesh: bool = True,
    ) -> None:  # fmt: skip
        """Measure nothing yet.

        Args:
            every: see above.
            pairs: see above.
            watched: frames in which the mesh looks at the mouth besides.
            with_mesh: whether the mesh network measures the mouth of the result.
        """
        self.every, self.pairs = every, pairs
        self._seams = every if every == 1 else 2 * every  # they change slowly, and cost most
        self._watched, self._with_mesh = watched, with_mesh
        self._mouth = ApertureMeter(every)

    @classmethod
    def for_rate(cls, rate: float) -> FrameMeter:
        """A meter that measures thoroughly at least 6 times a second."""
        return cls(ApertureMeter.for_rate(rate).every)

    def watching(self, frames: frozenset[int]) -> FrameMeter:
        """The same that looks at the mouth in these frames besides."""
        return FrameMeter(self.every, pairs=self.pairs, watched=frames, with_mesh=self._with_mesh)

    def key(self) -> tuple[str, int, int]:
        """What shapes a table besides the pictures."""
        return METER_VERSION, self.every, self.pairs

    def begin(self) -> MeterRun:
        """Measure consecutive frames."""
        return MeterRun(self)

    def row(self, seen: Seen) -> F32:
        """(10, 2) what one frame says by itself, see `table.COLUMNS`."""
        row = empty_row()
        self._say_parts(row, seen)
        is_due = seen.frame % self.every == 0
        if self._with_mesh and (is_due or seen.frame in self._watched):
            self._say_mouth(row, seen)
        if not is_due:
            return row
        if seen.is_redrawn:
            _say_sharpness(row, seen)
            _say_edge(row, seen, with_seam=seen.frame % self._seams == 0)
        elif seen.source is not None:
            row[_AT["outside_psnr"], 0] = inf
        return row

    def is_compared(self, frame: int) -> bool:
        """Whether a frame is compared with the one before it."""
        return frame % self.pairs == 0

    def _say_parts(self, row: F32, seen: Seen) -> None:
        if seen.parts is None:
            return
        shown = [part for part in seen.parts if part.weight.size]
        strengths = [float(part.weight.max()) for part in shown]
        row[_AT["strength"], 0] = max(strengths, default=0.0)
        if shown and seen.landmarks is not None:
            width = FACE_WIDTH * float(eye_distance(seen.landmarks))
            row[_AT["model_px"]] = width / shown[0].scale, width

    def _say_mouth(self, row: F32, seen: Seen) -> None:
        landmarks = seen.landmarks_in_result()
        if landmarks is not None:
            opened, width = self._mouth.shape(seen.result, landmarks)
            row[_AT["aperture"], 0], row[_AT["width"], 0] = opened, width


class MeterRun:
    """One run of consecutive frames, for one thread."""

    def __init__(self, meter: FrameMeter) -> None:
        self._meter = meter
        self._rows: list[F32] = []
        self._start = 0
        self._first: Views | None = None
        self._last: Views | None = None

    def add(self, seen: Seen) -> None:
        """Measure the next frame."""
        row = self._meter.row(seen)
        views = _views(seen)
        if not self._rows:
            self._start, self._first = seen.frame, views
        elif self._meter.is_compared(seen.frame):
            set_changes(row, self._last, views)
        self._last = views
        self._rows.append(row)

    def table(self) -> FrameTable:
        """What was measured; at least one frame was."""
        return FrameTable(
            self._start, np.stack(self._rows), self._meter.pairs, self._first, self._last
        )


def _views(seen: Seen) -> Views | None:
    if seen.landmarks is None:
        return None
    to_source = face_view(seen.landmarks)
    in_result = seen.landmarks_in_result()
    to_result = to_source if in_result is seen.landmarks else face_view(np.asarray(in_result))
    if to_source is None or to_result is None:
        return None
    result = luma_view(seen.result, to_result)
    if seen.source is None:
        return Views(result, None, seen.shot)
    source = luma_view(seen.source, to_source) if seen.is_redrawn else result
    return Views(result, source, seen.shot)


def _say_sharpness(row: F32, seen: Seen) -> None:
    if seen.landmarks is None or not _is_alike(seen):
        return
    pictures = (seen.result, seen.source)
    for side, picture in enumerate(pictures):
        part = None if picture is None else mouth_luma(picture, seen.landmarks)
        if picture is not None and part is not None:
            row[_AT["sharpness"], side] = sharpness(part, picture.format.bits)


def _say_edge(row: F32, seen: Seen, *, with_seam: bool) -> None:
    """Seam and what lies outside of it."""
    if seen.source is None or not _is_alike(seen):
        return
    parts = _found_parts(seen) if seen.parts is None else seen.parts
    size = seen.source.width, seen.source.height
    edges = [SeamView(size, part.box, part.weight) for part in parts[: int(with_seam)]]
    if edges and edges[0].is_there:
        for side, steps in enumerate(edges[0].of(seen.result, seen.source)):
            row[_AT["seam_gradient"], side] = steps.gradient
            row[_AT["seam_color"], side] = steps.color
    elif with_seam and seen.parts is None:
        row[_AT["seam_gradient"]] = row[_AT["seam_color"]] = 0.0  # nothing was redrawn
    if seen.source.format == seen.result.format and len(parts) < 2:
        box, weight = (parts[0].box, parts[0].weight) if parts else (None, None)
        if seen.parts is None:
            box, weight = _face_box(seen), None
        row[_AT["outside_psnr"], 0] = outside_psnr(seen.result, seen.source, box, weight)


def _is_alike(seen: Seen) -> bool:
    """Whether both pictures have the same size, or there is only one."""
    source, result = seen.source, seen.result
    return source is None or (source.width, source.height) == (result.width, result.height)


def _found_parts(seen: Seen) -> tuple[Part, ...]:
    """Where a result whose masks are not known was redrawn."""
    box = _face_box(seen)
    if box is None or seen.source is None:
        return ()
    return (Part(box, changed_weight(seen.result, seen.source, box), 1.0),)


def _face_box(seen: Seen) -> Box | None:
    """The part of a picture in which a lip sync may change anything."""
    if seen.landmarks is None:
        return None
    low, high = seen.landmarks[:468, :2].min(axis=0), seen.landmarks[:468, :2].max(axis=0)
    middle, half = (low + high) / 2, _CHANGED_REACH * (high - low) / 2
    if not np.isfinite(half).all():
        return None
    (x0, y0), (x1, y1) = middle - half, middle + half
    whole = Box(x0=int(x0) & ~1, y0=int(y0) & ~1, x1=int(x1) | 1, y1=int(y1) | 1)
    return whole.clipped(seen.result.width, seen.result.height)
