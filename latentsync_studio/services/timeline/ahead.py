"""Exports on devices of the user's choice; where there are several, all of them draw first.

what is missing -> windows, dealt out to the devices -> the common store -> the export goes on
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple, Protocol

from latentsync_studio.core.errors import NothingToDoError
from latentsync_studio.services.timeline.synthesize import SynthesisRequest, synthesize
from latentsync_studio.services.timeline.takes import TakeCache

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from latentsync_studio.core.progress import Progress
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.model import ClipId, Project, SequenceId
    from latentsync_studio.services.timeline.requests import FrameDone, SynthesisReport
    from latentsync_studio.services.wiring import Services


class Placing(Protocol):
    """A request that says what its engines run with, and where."""

    @property
    def project(self) -> Project:
        """The document."""
        ...

    @property
    def sequence(self) -> SequenceId:
        """Id of the sequence."""
        ...

    @property
    def weights(self) -> Path | None:
        """Folder in which engines look for their weights first."""
        ...

    @property
    def devices(self) -> tuple[str, ...]:
        """Where they run."""
        ...


class Place(NamedTuple):
    """Services with the engines that a request asks for, and opened clips that fit them."""

    services: Services
    takes: TakeCache


def place_of(request: Placing, services: Services, takes: TakeCache | None) -> Place:
    """Where a request is worked at; `takes` are opened clips of those who ask."""
    engines = services.engines.chosen(request.weights, next(iter(request.devices), ""))
    if takes is not None and engines is services.engines:
        return Place(services, takes)
    services = replace(services, engines=engines)
    return Place(services, TakeCache(services))


def draw_ahead(
    request: Placing,
    place: Place,
    progress: Progress,
    finished: Callable[[FrameDone], None] | None,
    *,
    clips: tuple[ClipId, ...] = (),
    frames: FrameRange | None = None,
) -> SynthesisReport | None:
    """Let several devices draw what is missing; None where it is not asked for or not needed.

    Args:
        request: whose devices are several.
        place: as `place_of` returns it.
        progress: told of "synthesize", frames.
        finished: told of every frame that is drawn.
        clips: ids; none: all that speech drives.
        frames: frames of the sequence; None: all. What a clip has in its handles is not drawn here.

    Raises: as `synthesize`.
    """
    if len(request.devices) < 2:
        return None
    wanted = SynthesisRequest(
        project=request.project,
        sequence=request.sequence,
        clips=clips,
        frames=frames,
        weights=request.weights,
        devices=request.devices,
    )
    try:
        return synthesize(wanted, place.services, progress, finished, place.takes)
    except NothingToDoError:
        return None  # nothing is driven by speech there
