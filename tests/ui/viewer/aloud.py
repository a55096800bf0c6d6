"""Plays a sound file through the real transport on the system's default device; tells how it went.

python -m tests.ui.viewer.aloud HOME SOUND
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.media import add_media
from latentsync_studio.core.timeline.edits.place import media_placements, overwrite
from latentsync_studio.core.timeline.edits.tracks import add_sequence
from latentsync_studio.core.timeline.model import Project
from latentsync_studio.core.timeline.rate import FrameRate
from latentsync_studio.services.media_bin.importing import import_media
from latentsync_studio.services.wiring import open_services
from latentsync_studio.ui.theme.style import Look
from latentsync_studio.ui.viewer.playback import Playback
from latentsync_studio.ui.workbench import Workbench

MOST_S = 20


def document(sound: Path, services) -> Project:
    """A sequence of 25 fps and 48 kHz in which the sound begins at frame 0."""
    (found,) = import_media([sound], services, CallbackProgress())
    project = add_sequence(add_media(Project(), found.item), "Cut", FrameRate(25), (64, 64))
    audio = [track.id for track in project.sequences[0].tracks if track.kind == "audio"]
    return overwrite(project, media_placements(project, project.media[0].id, 0, audio))


def played(home: Path, sound: Path) -> dict:
    """Play everything once."""
    app = QApplication([])
    with open_services(home) as services:
        workbench = Workbench(services, Look(app), home)
        playback = Playback(workbench)
        project = document(sound, services)
        workbench.store.open(project)
        begun, heard, seen = time.perf_counter(), [], []
        workbench.session.playing_changed.connect(lambda playing: playing or app.quit())
        workbench.session.playhead_changed.connect(seen.append)
        watch = QTimer(interval=20)
        watch.timeout.connect(lambda: heard.append(playback.is_heard))
        watch.start()
        QTimer.singleShot(MOST_S * 1000, app.quit)
        playback.toggle()
        app.exec()
        seconds = time.perf_counter() - begun
        playback.close()
        workbench.preferences.close()
        workbench.background.close()
        sequence = project.sequences[0]
        frames = FrameRange(0, sequence.stop)
    return {
        "frames": frames.stop,
        "seconds": seconds,
        "has_device": playback.has_device,
        "heard": any(heard),
        "seen": seen,
    }


if __name__ == "__main__":
    json.dump(played(Path(sys.argv[1]), Path(sys.argv[2])), sys.stdout)
