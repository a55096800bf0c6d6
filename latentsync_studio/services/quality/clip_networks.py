"""Measures with networks on a clip of a timeline, as it is composed: nothing is written for it.

walk:  (composed, source), (composed, source), ...     one picture each at a time
         -> result, with the speech of its lanes, and source, with the medium's own sound
         -> weighted_figures
"""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, fields, replace
from itertools import islice, tee
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.services.quality.own_sound import own_sound
from latentsync_studio.services.quality.weighted import GROUPS, Side, Wanted, weighted_figures
from latentsync_studio.services.speech import RATE_HZ

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from latentsync_studio.core.arrays import F32, I32
    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.picture import Picture
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.quality.curves import ClipQuality
    from latentsync_studio.services.quality.weighted import Weighted
    from latentsync_studio.services.wiring import Services


@dataclass(frozen=True, slots=True, kw_only=True)
class ClipFilm:
    """A clip with what is laid over it.

    Attributes:
        pairs: walks over (composed, source) of every frame, in order.
        source: (T,) i32 frame of the medium of each.
        rate: frames a second.
        first_s: seconds from the medium's first frame to that of the clip.
        size: width, height, px.
        face: the person who is measured, by frames of the medium.
        path: of the medium.
        pcm: (S,) f32 at 16 kHz of what is said, from the medium's first frame on.
    """

    pairs: Callable[[], Generator[tuple[Picture, Picture]]]
    source: I32
    rate: float
    first_s: float
    size: tuple[int, int]
    face: FaceTrack
    path: Path
    pcm: F32


def lacking(quality: ClipQuality, wanted: Wanted) -> Wanted:
    """The groups of which something is unknown."""
    return replace(
        wanted,
        groups=tuple(
            group
            for group in wanted.groups
            if any(np.isnan(quality.figure(name).result) for name in GROUPS[group].measures)
        ),
    )


def clip_networks(
    film: ClipFilm, wanted: Wanted, services: Services, progress: Progress
) -> Weighted:
    """Measure with networks what a clip shows, beside its source.

    Raises:
        InputError: the medium cannot be decoded.
        Cancelled: the user stopped it.
    """
    face = _within(film.face, film.source)
    own = own_sound(film.path, services, progress)
    with closing(film.pairs()) as walk:
        composed, sources = tee(walk)  # in lockstep: one pair is held
        result = _side(film, (pair[0] for pair in composed), face, film.pcm)
        source = _side(film, (pair[1] for pair in sources), face, own)
        return weighted_figures(result, source, wanted, progress)


def _side(film: ClipFilm, pictures: Iterator[Picture], face: FaceTrack, pcm: F32 | None) -> Side:
    count = len(film.source)
    first = round(max(film.first_s, 0.0) * RATE_HZ)
    heard = None if pcm is None else pcm[first : first + round(count / film.rate * RATE_HZ)]
    return Side(
        frames=_Walk(pictures),
        starts=np.arange(count) / film.rate,
        end_s=count / film.rate,
        size=film.size,
        face=face,
        pcm=None if heard is None or not len(heard) else heard,
    )


@dataclass(frozen=True, slots=True)
class _Walk:
    """Pictures that are walked over once; see `weighted.Frames`."""

    pictures: Iterator[Picture]

    def frames(self, start: int = 0, stop: int | None = None) -> Iterator[Picture]:
        return islice(self.pictures, start, stop)


def _within(face: FaceTrack, source: I32) -> FaceTrack:
    """A face by frames of the clip; views where the clip shows the medium frame by frame."""
    first, count = int(source[0]), len(source)
    is_run = bool((np.diff(source) == 1).all())
    at: slice | I32 = slice(first, first + count) if is_run else source
    arrays = {f.name: getattr(face, f.name)[at] for f in fields(face) if f.name != "id"}
    return replace(face, **arrays)
