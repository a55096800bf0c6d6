"""Media that a job lacked are found: the job goes on with the project as it is now."""

from __future__ import annotations

import shutil

import pytest
from msgspec.structs import replace

from latentsync_studio.core.timeline.edits.media import add_media, set_media
from latentsync_studio.core.timeline.model import MediaId, Project
from latentsync_studio.ui.jobs.remedies import _is_later
from tests.ui.jobs.test_jobs_controller import PATIENCE, wait_for


@pytest.fixture
def moved(qtbot, desk, pair, tmp_path):
    """A failed job whose clip lies elsewhere by now: where that is."""
    was, now = tmp_path / "talk.mp4", tmp_path / "moved" / "talk.mp4"
    shutil.copy(pair[0], was)
    clip = replace(desk.workbench.store.project.media[0], path=str(was))
    desk.workbench.store.edit("Place", lambda project: set_media(project, clip))
    now.parent.mkdir()
    was.rename(now)
    desk.workbench.media.look_again()
    desk.workbench.actions.trigger("clip.synthesize_all")
    wait_for(qtbot, desk, "failed")
    assert desk.jobs.jobs()[0].code in {"media-offline", "missing-file"}
    return now


def goes_on(qtbot, desk, place):
    """Whether the one job reads the clip at its new place; it is stopped then."""

    def is_renewed():
        return [str(place) in job.wanted.inputs for job in desk.jobs.jobs()] == [True]

    qtbot.waitUntil(is_renewed, timeout=PATIENCE)
    (job,) = desk.jobs.jobs()
    desk.jobs.cancel(job.id)
    qtbot.waitUntil(lambda: desk.jobs.running is None, timeout=PATIENCE)


def test_a_job_goes_on_once_its_file_is_found(qtbot, desk, moved):
    (job,) = desk.jobs.jobs()
    find = desk.jobs.commands.remedies.of_job(job)[0]
    find.run()
    dialog = desk.jobs.commands.remedies.dialog
    dialog.setDirectory(str(moved.parent))
    dialog.selectFile(moved.name)
    dialog.accept()
    goes_on(qtbot, desk, moved)


def test_trying_again_takes_a_medium_from_where_it_was_found_meanwhile(qtbot, desk, moved):
    clip = replace(desk.workbench.store.project.media[0], path=str(moved))
    desk.workbench.store.edit("Relink", lambda project: set_media(project, clip))
    (job,) = desk.jobs.jobs()
    assert str(moved) not in job.wanted.inputs
    assert desk.jobs.commands.mended() == ()
    desk.jobs.retry(job.id)
    goes_on(qtbot, desk, moved)
    (told,) = desk.jobs.commands.mended()
    assert told.startswith("Synthesize clip failed. ")


def test_another_project_with_the_same_ids_is_not_taken(laid):
    first = laid.media[0]
    elsewhere = set_media(laid, replace(first, path="/other/clip.mp4"))
    other = set_media(laid, replace(first, path="/other/clip.mp4", digest="0" * 40))
    assert _is_later(elsewhere, laid)
    assert not _is_later(other, laid)
    assert not _is_later(Project(), laid)
    assert _is_later(add_media(laid, replace(first, id=MediaId(""), path="/a")), laid)
