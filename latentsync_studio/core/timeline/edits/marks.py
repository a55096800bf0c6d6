"""Markers and the work area of a sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.timeline.check import find_sequence
from latentsync_studio.core.timeline.model import Marker, MarkerId

if TYPE_CHECKING:
    from latentsync_studio.core.ranges import FrameRange
    from latentsync_studio.core.timeline.model import Project, Sequence, SequenceId


def add_marker(
    project: Project, sequence: SequenceId, frames: FrameRange, name: str = "", color: str = "green"
) -> Project:
    """Mark a frame (a range of one) or a range."""
    found = find_sequence(project, sequence)
    marker = Marker(id=MarkerId(f"k{project.next_id}"), frames=frames, name=name, color=color)
    after = _marked(project, found, (*found.markers, marker))
    return replace(after, next_id=project.next_id + 1)


def set_marker(project: Project, sequence: SequenceId, marker: Marker) -> Project:
    """Put `marker` in the place of the one with its id: moved, renamed, recolored."""
    found = find_sequence(project, sequence)
    _require_marker(found, marker.id)
    if marker in found.markers:
        return project
    return _marked(
        project, found, tuple(marker if each.id == marker.id else each for each in found.markers)
    )


def remove_marker(project: Project, sequence: SequenceId, marker: MarkerId) -> Project:
    """Take a marker away."""
    found = find_sequence(project, sequence)
    _require_marker(found, marker)
    return _marked(project, found, tuple(each for each in found.markers if each.id != marker))


def set_work_area(project: Project, sequence: SequenceId, frames: FrameRange | None) -> Project:
    """Limit rendering and looping to `frames`; None is everything."""
    found = find_sequence(project, sequence)
    if frames == found.work_area:
        return project
    _require_from_0(frames)
    return _with(project, replace(found, work_area=frames))


def _marked(project: Project, found: Sequence, markers: tuple[Marker, ...]) -> Project:
    for marker in markers:
        _require_from_0(marker.frames)
    ordered = tuple(sorted(markers, key=lambda marker: marker.frames))
    return _with(project, replace(found, markers=ordered))


def _with(project: Project, sequence: Sequence) -> Project:
    sequences = tuple(sequence if each.id == sequence.id else each for each in project.sequences)
    return replace(project, sequences=sequences)


def _require_marker(sequence: Sequence, marker: MarkerId) -> None:
    if all(each.id != marker for each in sequence.markers):
        raise InvalidEditError(f"{sequence.name} has no marker {marker}.")


def _require_from_0(frames: FrameRange | None) -> None:
    if frames is not None and frames.start < 0:
        raise InvalidEditError(f"A range cannot begin at frame {frames.start}.")
