"""Speech lanes: letting a track drive the lips, and which face of which clip it drives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from latentsync_studio.core.timeline.edits.tracks import choose_face, drive_lips
from latentsync_studio.core.timeline.model import SpeechLane
from latentsync_studio.ui.timeline.geometry import visible
from latentsync_studio.ui.timeline.tools.base import tr

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from latentsync_studio.core.timeline.model import MediaId, MediaItem, Track, TrackId
    from latentsync_studio.ui.timeline.canvas import TimelineCanvas

FACES = 4  # that can be chosen here without looking at the pictures
_COMMANDS = (
    "sequence.add_video", "sequence.add_audio", "sequence.remove_track",
    "sequence.track_up", "sequence.track_down",
)  # fmt: skip


def set_driving(stage: TimelineCanvas, track: Track, *, driving: bool) -> bool:
    """Mark a track as driving the lips, or no longer; False where that is refused."""
    lane = SpeechLane() if driving else None
    label = tr("Drives the lips") if driving else tr("Drives no lips")
    return stage.store.edit(label, lambda project: drive_lips(project, track.id, lane))


def driven_media(stage: TimelineCanvas, lane: Track) -> tuple[MediaItem, ...]:
    """Media with pictures that play above the sound of a lane, in the order of the bin."""
    sequence = stage.sequence
    if sequence is None:
        return ()
    found: set[MediaId] = set()
    for track in sequence.tracks:
        if track.kind == "video":
            for sound in lane.clips:
                low, high = visible(track.clips, sound.start, sound.stop)
                found.update(clip.media for clip in track.clips[low:high])
    return tuple(item for item in stage.store.project.media if item.id in found)


def track_menu(stage: TimelineCanvas, track: Track, parent: QWidget) -> QMenu:
    """The context menu of a track's head."""
    menu = QMenu(parent)
    if track.kind == "audio":
        menu.addAction(stage.workbench.actions["sequence.drives_lips"])
        faces = menu.addMenu(tr("Face that it drives"))
        fill_faces(stage, track, faces)
        faces.setEnabled(track.speech is not None and not faces.isEmpty())
        menu.addSeparator()
    for command in _COMMANDS:
        menu.addAction(stage.workbench.actions[command])
    menu.addSeparator()
    return menu


def fill_faces(stage: TimelineCanvas, track: Track, menu: QMenu) -> None:
    """A submenu for each medium above the lane: the main speaker or another face."""
    for item in driven_media(stage, track):
        sub = menu.addMenu(item.name)
        driven = track.speech.face_of(item.id) if track.speech is not None else 0
        for face in range(max(FACES, driven + 1)):
            text = tr("Main speaker") if face == 0 else tr("Face {0}").format(face + 1)
            action = sub.addAction(text)
            action.setCheckable(True)
            action.setChecked(face == driven)
            action.triggered.connect(
                lambda _checked=False, media=item.id, chosen=face: _choose(
                    stage, track.id, media, chosen
                )
            )


def _choose(stage: TimelineCanvas, track: TrackId, media: MediaId, face: int) -> None:
    stage.store.edit(tr("Choose face"), lambda project: choose_face(project, track, media, face))
