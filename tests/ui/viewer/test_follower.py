"""The viewer goes along with a running job, but never against the user."""

from __future__ import annotations

from latentsync_studio.core.timeline.model import MediaId
from latentsync_studio.services.timeline.synthesize import FrameDone
from latentsync_studio.ui.viewer.follower import EVERY_MS


def test_the_playhead_goes_along_with_a_job_until_the_user_moves_it(qtbot, panel, workbench):
    sequence, jobs = workbench.session.sequence.id, workbench.jobs

    def finish(frame):
        done = FrameDone(sequence=sequence, frame=frame, media=MediaId("m"), media_frame=frame)
        jobs.frame_finished.emit(done)

    jobs.running = "j1"
    jobs.jobs_changed.emit()
    finish(16)
    qtbot.waitUntil(lambda: workbench.session.playhead == 16)
    workbench.session.seek(3)
    assert not panel.follower.goes_along
    finish(32)
    jobs.running = "j2"
    jobs.jobs_changed.emit()
    assert workbench.session.playhead == 3
    finish(48)
    qtbot.waitUntil(lambda: workbench.session.playhead == 48)
    jobs.running = None
    jobs.jobs_changed.emit()
    workbench.session.seek(5)
    finish(64)  # the last frames are told after the end
    qtbot.wait(2 * EVERY_MS)
    assert workbench.session.playhead == 5
