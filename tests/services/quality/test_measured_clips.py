"""A clip of a timeline, measured as it is composed; moving it measures nothing anew."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from latentsync_studio.core.errors import NothingToDoError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.services.quality.of_clip import kept_quality, measure_clip
from latentsync_studio.services.quality.of_job import quality_of_job
from latentsync_studio.services.queue import JobQueue
from latentsync_studio.services.timeline.face_take import LazySession
from latentsync_studio.services.timeline.movie import MovieRequest
from latentsync_studio.services.timeline.synthesize import SynthesisRequest, synthesize
from latentsync_studio.services.timeline.takes import TakeCache
from latentsync_studio.services.wiring import open_services
from tests.services.conftest import cut_clip, cut_speech
from tests.services.timeline.projects import SEQUENCE, clip, item_of, project

FRAMES = 48


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """(project, data folder): a clip of 48 frames from its frame 4 on, of which all is drawn."""
    folder = tmp_path_factory.mktemp("drawn")
    media = (
        item_of(cut_clip(folder / "talk.mp4", FRAMES + 4), 1),
        item_of(cut_speech(folder / "speech.wav", FRAMES / 25), 2),
    )
    made = project(
        media,
        {"V1": [clip(1, 1, 10, (4, FRAMES + 4))], "A1": [clip(2, 2, 10, (0, FRAMES))]},
    )
    with open_services(folder / "home") as services:
        synthesize(SynthesisRequest(project=made, sequence=SEQUENCE), services, CallbackProgress())
    return made, folder / "home"


def measured(made, home, ask=measure_clip):
    with open_services(home) as services:
        name = made.sequences[0].tracks[0].clips[0].id
        return ask(made, SEQUENCE, name, services, TakeCache(services), CallbackProgress())


def moved(made, by):
    sequence = made.sequences[0]
    tracks = tuple(
        replace(track, clips=tuple(replace(c, start=c.start + by) for c in track.clips))
        for track in sequence.tracks
    )
    return replace(made, sequences=(replace(sequence, tracks=tracks),))


def test_a_clip_is_measured_in_its_own_frames(drawn):
    made, home = drawn
    assert measured(made, home, kept_quality) is None
    found = measured(made, home)
    assert found.frames == FrameRange(4, FRAMES + 4)
    assert found.engine == "mouthbank"
    assert not found.notes
    assert np.nanmin(found.curve("outside_psnr").result) == np.inf
    assert np.isfinite(found.curve("aperture").result).sum() >= FRAMES // 4
    assert found.figure("agreement").result > 0.3
    assert found.windows[0].start == 4
    assert found.windows[-1].stop <= FRAMES + 4
    assert measured(made, home, kept_quality).to_bytes() == found.to_bytes()


def test_moving_a_clip_measures_nothing_anew_and_another_look_does(drawn):
    made, home = drawn
    first = measured(made, home)
    assert measured(moved(made, 25), home, kept_quality).to_bytes() == first.to_bytes()
    weak = replace(
        made, settings=replace(made.settings, compose=replace(made.settings.compose, strength=0.5))
    )
    assert measured(weak, home, kept_quality) is None
    assert np.nanmax(measured(weak, home).curve("strength").result) == pytest.approx(0.5)


def test_no_engine_is_opened_to_see_what_is_there(drawn, tmp_path, monkeypatch):
    made, home = drawn
    opened, really = [], LazySession.open

    def opening(session, *args, **kwargs):
        opened.append(session)
        return really(session, *args, **kwargs)

    monkeypatch.setattr(LazySession, "open", opening)
    assert measured(made, home) is not None
    assert measured(made, home, kept_quality) is not None
    assert measured(made, tmp_path / "empty", kept_quality) is None
    assert opened == []


def test_what_is_not_drawn_is_unknown_and_counted(drawn, tmp_path):
    made, _ = drawn
    found = measured(made, tmp_path / "empty")
    assert found.notes == (f"{FRAMES} of {FRAMES} frames are not synthesized yet.",)
    assert np.isnan(found.curve("sharpness").result).all()
    assert np.isnan(found.figure("agreement").result)


def test_a_clip_without_speech_is_refused(drawn):
    made, home = drawn
    sequence = made.sequences[0]
    silent = replace(made, sequences=(replace(sequence, tracks=sequence.tracks[:1]),))
    with pytest.raises(NothingToDoError, match="No speech"):
        measured(silent, home)


def strict(made, accepted=()):
    """The project with a limit that no mouth reaches, and what somebody accepted."""
    settings = replace(made.settings, quality=replace(made.settings.quality, sharpness=1.9))
    sequence = made.sequences[0]
    (only,) = sequence.tracks[0].clips
    track = replace(sequence.tracks[0], clips=(replace(only, accepted=accepted),))
    sequence = replace(sequence, tracks=(track, *sequence.tracks[1:]))
    return replace(made, sequences=(sequence,), settings=settings)


def test_a_job_is_known_clip_by_clip_as_far_as_somebody_measured_it(drawn):
    made, home = drawn
    measured(made, home)
    weak = replace(
        made, settings=replace(made.settings, compose=replace(made.settings.compose, strength=0.4))
    )
    with open_services(home) as services:

        def known(of, request, **more):
            job = JobQueue(services).enqueue(request(project=of, sequence=SEQUENCE, **more), "A")
            return job, quality_of_job(job, services, TakeCache(services), CallbackProgress())

        output = home / "o.mp4"
        assert known(weak, MovieRequest, output=output)[1].unmeasured == ("talk.mp4",)
        job, found = known(strict(made), MovieRequest, output=output)
        (part,) = found.parts
        assert (part.name, found.unmeasured) == ("talk.mp4", ())
        (soft,) = [each for each in part.attentions if each.measure == "sharpness"]
        assert soft.frames.shifted(part.at) == FrameRange(10, 10 + FRAMES)
        _, good = known(strict(made, (soft.id,)), SynthesisRequest)
        assert "sharpness" not in {each.measure for each in good.parts[0].attentions}
        services.jobs.snapshot(job.id).unlink()
        assert quality_of_job(job, services, TakeCache(services), CallbackProgress()) is None
