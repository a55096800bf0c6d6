"""A workbench with the timeline's panel on it, shown in a window of a known size."""

from __future__ import annotations

import pytest
import shiboken6

from latentsync_studio.ui.timeline.panel import TimelinePanel
from latentsync_studio.ui.timeline.spans import SpansController
from tests.ui.timeline.mouse import Mouse
from tests.ui.timeline.scenes import talk
from tests.ui.timeline.standins import Jobs, Media, Named


@pytest.fixture
def bench(workbench):
    """The workbench with the controllers that the timeline listens to, and what it was told."""
    workbench.media, workbench.jobs, workbench.project = Media(), Jobs(), Named()
    workbench.spans = SpansController(workbench)
    workbench.told = []
    workbench.message.connect(lambda text, level, _buttons: workbench.told.append((level, text)))
    yield workbench
    workbench.spans.close()


@pytest.fixture
def panel(bench, qtbot):
    """The panel with picture, own sound and speech, 2 px a frame."""
    bench.store.open(talk())
    made = TimelinePanel(bench)
    bench.actions.attach(made)
    made.resize(1200, 420)
    made.show()
    qtbot.waitExposed(made)
    made.canvas.zoom(2.0 / made.canvas.view.scale)
    made.canvas.scroll_to(0, 0)
    made.canvas.setFocus()
    yield made
    made.close_panel()
    made.close()
    shiboken6.delete(made)


@pytest.fixture
def canvas(panel):
    return panel.canvas


@pytest.fixture
def mouse(canvas):
    return Mouse(canvas)


@pytest.fixture
def clips(bench):
    """Clip by id, as it is now."""

    def find(clip):
        tracks = bench.session.sequence.tracks
        return next((c for t in tracks for c in t.clips if c.id == clip), None)

    return find
