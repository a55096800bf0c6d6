"""A window's parts for takes, on a clip whose frames show their number."""

from __future__ import annotations

import pytest

from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.takes import add_take
from latentsync_studio.services.wiring import open_services
from latentsync_studio.ui.clip_focus import ClipFocus
from latentsync_studio.ui.takes.controller import TakesController
from latentsync_studio.ui.viewer.playback import Playback
from tests.media.frame_ids import make_clip
from tests.ui.desk import Desk
from tests.ui.viewer.scenes import no_device, project_of

FRAMES = 30
SPAN = FrameRange(8, 14)


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    """A sequence of 30 numbered frames with sound and two takes of `SPAN`; nobody speaks in it."""
    folder = tmp_path_factory.mktemp("counted")
    path = make_clip(folder / "made.mp4", frames=FRAMES, sound_from_s=0.0)
    with open_services(folder / "home") as services:
        made = project_of(path, services)
    clip = made.sequences[0].tracks[0].clips[0].id
    made = add_take(made, clip, {"seed": 1}, SPAN, name="one")
    return add_take(made, clip, {"seed": 2}, SPAN, name="two", chosen=False)


@pytest.fixture
def desk(qtbot, workbench, project):
    """Jobs, transport, focus and takes; the playhead lies in the span."""
    made = Desk(workbench)
    qtbot.addWidget(made)
    workbench.playback = Playback(workbench, open_stream=no_device)
    workbench.focus = ClipFocus(workbench)
    workbench.takes = TakesController(workbench)
    workbench.store.open(project)
    workbench.session.seek(SPAN.start + 1)
    yield made
    workbench.takes.close()
    workbench.focus.close()
    workbench.playback.close()
    made.shut()
