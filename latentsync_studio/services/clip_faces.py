"""What masks and curves need to know of a clip's picture: its px, its frames, the tracked face."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from latentsync_studio.core.timeline.check import find_media
from latentsync_studio.core.timeline.showing import drivers_of
from latentsync_studio.services.analyse import stored_people
from latentsync_studio.services.timeline.medium import MediaBook
from latentsync_studio.services.timeline.takes import placed

if TYPE_CHECKING:
    from latentsync_studio.core.arrays import F32, F64, I32
    from latentsync_studio.core.face.track import FaceTrack
    from latentsync_studio.core.timeline.model import ClipId, Project, SequenceId
    from latentsync_studio.services.timeline.medium import Medium
    from latentsync_studio.services.wiring import Services


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ClipFace:
    """The picture of a clip and the face that is redrawn in it.

    Attributes:
        size: px of the picture, (width, height), turned to display orientation.
        pixel_aspect: width : height of a pixel as shown.
        digest: of the medium's content.
        numbers: (n,) i32 the medium's frame at each frame of the sequence's grid, counted from the
            beginning of the medium; a still has one that counts for all.
        face: the face that the clip's speech drives, of several the first, else the largest; None
            where nobody was found, or nobody looked yet.
        is_analysed: whether somebody looked for faces.
    """

    size: tuple[int, int]
    pixel_aspect: float
    digest: str
    numbers: I32
    face: FaceTrack | None = None
    is_analysed: bool = False

    def number_at(self, frame: int) -> int:
        """The medium's frame at a frame of the grid."""
        return int(self.numbers[min(max(frame, 0), len(self.numbers) - 1)])

    def landmarks_at(self, frame: int) -> F32 | None:
        """(478, 3) px of the picture at a frame of the grid; None where the face is not there."""
        face, number = self.face, self.number_at(frame)
        if face is None or number >= len(face.present) or not face.present[number]:
            return None
        return np.array(face.landmarks[number], np.float32)

    def usable(self) -> F32:
        """(n,) 0..1 by frame of the grid: how strongly it may be redrawn, as measured."""
        return self._over_grid("usable")

    def occlusion(self) -> F32:
        """(n,) 0..1 by frame of the grid: share of the lower face that something covers."""
        return self._over_grid("occlusion")

    def angles(self) -> F64:
        """(n, 3) degrees by frame of the grid: yaw, pitch, roll."""
        return np.asarray(self._over_grid("angles"), np.float64)

    def _over_grid(self, name: str) -> F32:
        if self.face is None:
            return np.zeros(0, np.float32)
        values = np.asarray(getattr(self.face, name), np.float32)
        return values[np.minimum(self.numbers, len(values) - 1)]


def clip_face(
    project: Project, sequence_id: SequenceId, clip_id: ClipId, services: Services
) -> ClipFace:
    """Look at the medium of a clip and at what is stored of its faces; nothing is analysed.

    Raises:
        InputError: the medium is offline or unreadable.
        InvalidEditError: there is no such clip.
    """
    sequence, track, clip = placed(project, sequence_id, clip_id)
    item = find_media(project, clip.media)
    medium = MediaBook(services).medium(item)
    count = 1 if medium.is_still else item.available("video", sequence.rate) or 1
    people = stored_people(medium.digest, medium.index.n_frames, services.store)
    drivers = drivers_of(project, sequence, track, clip)
    wanted = drivers[0].face if drivers else 0
    face = people[wanted] if people is not None and wanted < len(people) else None
    return ClipFace(
        size=_size(medium),
        pixel_aspect=medium.pixel_aspect,
        digest=medium.digest,
        numbers=medium.shown(range(count), sequence.rate),
        face=face,
        is_analysed=people is not None,
    )


def _size(medium: Medium) -> tuple[int, int]:
    return medium.video.width, medium.video.height
