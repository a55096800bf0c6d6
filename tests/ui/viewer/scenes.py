"""Projects with clips whose frames show their number, and what stands beside the viewer."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from latentsync_studio.core.picture import Picture, PixelFormat
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.timeline.edits.media import add_media
from latentsync_studio.core.timeline.edits.place import media_placements, overwrite
from latentsync_studio.core.timeline.edits.tracks import add_sequence
from latentsync_studio.core.timeline.model import MediaId, Project
from latentsync_studio.services.media_bin.importing import import_media
from latentsync_studio.ui.viewer.audio_output import NoSoundDevice
from tests.media.frame_ids import number_of

if TYPE_CHECKING:
    from pathlib import Path

GRAY = PixelFormat(name="gray", bits=8, sub_x=0, sub_y=0, matrix="bt709", full_range=True)


def project_of(path: Path, services) -> Project:
    """A project whose one sequence plays the clip at `path` from frame 0."""
    (found,) = import_media([path], services, CallbackProgress())
    project = add_media(Project(), found.item)
    item = project.media[0]
    video = item.video
    project = add_sequence(project, "Cut", video.rate, (video.width, video.height))
    tracks = [track.id for track in project.sequences[0].tracks]
    used = tracks if item.audio is not None else tracks[:1]
    return overwrite(project, media_placements(project, MediaId(item.id), 0, used))


def number_in(pixels: np.ndarray) -> int:
    """The number that (H, W, 3) u8 RGB pixels show."""
    luma = np.ascontiguousarray(pixels[:, :, 1])
    return number_of(Picture(planes=(luma,), format=GRAY, index=0, pts=0))


def with_sequence(project: Project, **changes) -> Project:
    """The same with its first sequence changed."""
    return replace(project, sequences=(replace(project.sequences[0], **changes),))


class Jobs(QObject):
    """Tells of finished frames as the controller of jobs does."""

    frame_finished = Signal(object)
    jobs_changed = Signal()
    running: str | None = None


class Media(QObject):
    """Tells of files as the controller of media does."""

    states_changed = Signal()


class Opener(QObject):
    """Remembers which paths were to be opened."""

    def __init__(self) -> None:
        super().__init__()
        self.opened: list[Path] = []

    def open_paths(self, paths) -> None:
        self.opened.extend(paths)


def no_device(_hz, _fill):
    """A machine without a sound device."""
    raise NoSoundDevice("There is no device in a test.")


class PulledStream:
    """A sound device that plays when the test says so."""

    latency = 0.0

    def __init__(self, hz, fill) -> None:
        self.hz, self._fill = hz, fill
        self.is_running = self.is_closed = False
        self.played: list[np.ndarray] = []

    def start(self) -> None:
        self.is_running = True

    def abort(self) -> None:
        self.is_running = False

    def close(self) -> None:
        self.is_running, self.is_closed = False, True

    def pull(self, count: int) -> np.ndarray:
        """Play `count` samples at once; returns (count, 2)."""
        out = np.full((count, 2), 9.0, np.float32)
        untold = SimpleNamespace(currentTime=0.0, outputBufferDacTime=0.0)
        self._fill(out, count, untold, None)
        self.played.append(out)
        return out
