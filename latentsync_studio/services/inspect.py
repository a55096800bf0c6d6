"""What is there: engines, and the faces of a clip with when they can be redrawn."""

from __future__ import annotations

from pkgutil import resolve_name
from typing import TYPE_CHECKING

import msgspec

from latentsync_studio.engines.catalog import DEFAULT_ENGINE, LIP_SYNC

if TYPE_CHECKING:
    from pathlib import Path

    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.progress import Progress
    from latentsync_studio.services.analyse import AnalysisResult
    from latentsync_studio.services.engines import EngineBook
    from latentsync_studio.services.wiring import Services


class EngineListing(msgspec.Struct, frozen=True, kw_only=True):
    """An engine as far as it can be known without loading it.

    Attributes:
        id: as on the command line.
        title: a sentence about it.
        default: whether it is used where nobody chooses.
        available: whether it can run on this machine.
        reason: why it cannot, several lines; "" where it can.
        remedy: what to do about that.
    """

    id: str
    title: str
    default: bool
    available: bool = True
    reason: str = ""
    remedy: str = ""


class FaceListing(msgspec.Struct, frozen=True, kw_only=True):
    """One person of a clip. Frames are those of the clip, half-open.

    Attributes:
        face: number for --face.
        first: frame in which the face appears.
        stop: frame after the last one with the face.
        present: frames in which the face is measured.
        usable: frames that can be redrawn.
        eye_distance: median px between the outer eye corners.
        yaw: smallest and largest, degrees.
        reasons: frames that cannot be redrawn, by reason code.
    """

    face: int
    first: int
    stop: int
    present: int
    usable: int
    eye_distance: float
    yaw: tuple[float, float]
    reasons: dict[str, int]


class FacesListing(msgspec.Struct, frozen=True, kw_only=True):
    """The faces of a clip, the default one first."""

    file: str
    frames: int
    width: int
    height: int
    shots: int
    faces: tuple[FaceListing, ...]


def list_engines(engines: EngineBook | None = None) -> tuple[EngineListing, ...]:
    """List the engines by the docstrings of their packages.

    engines: asked whether they can run here, which reads a few small files; without them all count
    as available.
    """
    found = []
    for name in LIP_SYNC.names:
        package = LIP_SYNC.module(name).rpartition(".")[0]
        title = (resolve_name(package).__doc__ or name).strip().partition("\n")[0]
        obstacle = None if engines is None else engines.obstacle(name)
        found.append(
            EngineListing(
                id=name,
                title=title,
                default=name == DEFAULT_ENGINE,
                available=obstacle is None,
                reason="" if obstacle is None else str(obstacle),
                remedy="" if obstacle is None else obstacle.remedy,
            )
        )
    return tuple(found)


def analysed(path: Path, services: Services, progress: Progress) -> AnalysisResult:
    """Find the faces of a clip, or look them up where they are known."""
    from latentsync_studio.media.reader import FrameReader
    from latentsync_studio.services.analyse import analyse_faces

    with FrameReader(path) as reader:
        digest = services.digests.digest(path)
        return analyse_faces(reader, digest, services.store, progress, [])


def list_faces(path: Path, seen: AnalysisResult) -> FacesListing:
    """Sum up an analysis."""
    analysis = seen.analysis
    return FacesListing(
        file=str(path),
        frames=analysis.n_frames,
        width=analysis.width,
        height=analysis.height,
        shots=len(seen.cuts) + 1,
        faces=tuple(_listed(track) for track in analysis.tracks),
    )


def _listed(track: FaceTrack) -> FaceListing:
    import numpy as np

    from latentsync_studio.core.face.track import Reason

    there = np.flatnonzero(track.present)
    yaw = track.angles[there, 0]
    counts = np.bincount(track.reason, minlength=len(Reason))
    return FaceListing(
        face=track.id,
        first=int(there[0]),
        stop=int(there[-1]) + 1,
        present=len(there),
        usable=int((track.usable > 0).sum()),
        eye_distance=round(float(np.median(track.eye_distance[there])), 1),
        yaw=(round(float(yaw.min()), 1), round(float(yaw.max()), 1)),
        reasons={
            reason.name.lower(): int(counts[reason])
            for reason in Reason
            if reason != Reason.OK and counts[reason]
        },
    )
