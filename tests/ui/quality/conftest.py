"""A workbench with a clip of which something is known."""

from __future__ import annotations

import pytest
import shiboken6

from latentsync_studio.core.quality.limits import Limits
from latentsync_studio.ui.quality.controller import QualityController
from latentsync_studio.ui.quality.findings import Known
from latentsync_studio.ui.timeline.panel import TimelinePanel
from tests.ui.quality.bench import Jobs, Playback, Spans, measured, scene
from tests.ui.timeline.standins import Media, Named


@pytest.fixture
def bench(workbench):
    """The workbench, the timeline on it, and what was told."""
    workbench.media, workbench.jobs, workbench.project = Media(), Jobs(), Named()
    workbench.spans, workbench.playback = Spans(), Playback(workbench.session)
    workbench.told = []
    workbench.message.connect(lambda text, level, _buttons: workbench.told.append((level, text)))
    workbench.store.open(scene())
    timeline = TimelinePanel(workbench)
    timeline.resize(1176, 300)
    timeline.show()
    workbench.quality = QualityController(workbench)
    yield workbench
    workbench.quality.close()
    timeline.close_panel()
    timeline.close()
    shiboken6.delete(timeline)


@pytest.fixture
def known(bench):
    """The same where clip c21 is measured, and nothing looks again by itself."""
    quality = bench.quality
    quality._timer.stop()
    quality._timer.timeout.disconnect()
    quality._known["c21"] = Known.of(measured(), Limits())
    quality._tell()
    return bench
