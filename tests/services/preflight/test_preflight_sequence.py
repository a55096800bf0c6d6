"""Preflight of a sequence: all is told in its own frames, with the clip or medium it is of."""

import pytest
import soundfile
from msgspec.structs import replace

from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.settings.fields import apply
from latentsync_studio.core.speeds import Speed
from latentsync_studio.core.timeline.edits.media import set_settings
from latentsync_studio.core.timeline.edits.pair import clip_and_speech
from latentsync_studio.core.timeline.edits.place import Placement, overwrite
from latentsync_studio.core.timeline.edits.takes import add_take
from latentsync_studio.core.timeline.model import Project
from latentsync_studio.services.delivery.estimate import estimate_drawing
from latentsync_studio.services.media_bin.importing import import_media
from latentsync_studio.services.preflight import sequence
from latentsync_studio.services.preflight.sequence import SequenceRequest, preflight_sequence
from latentsync_studio.services.speeds import keep_speeds
from latentsync_studio.services.timeline.drawings import drawings_of
from tests.services.conftest import SAMPLE


@pytest.fixture(autouse=True)
def hurried(monkeypatch):
    monkeypatch.setattr(sequence, "PATIENCE_S", 0.2)
    monkeypatch.setattr(sequence, "_LEAST_S", 0.05)


@pytest.fixture
def longer(tmp_path):
    """Four seconds of speech with a pause in it."""
    samples, rate = soundfile.read(SAMPLE / "speech.wav")
    samples = samples[: 4 * rate].copy()
    samples[int(0.4 * rate) : int(2.0 * rate)] = 0
    soundfile.write(tmp_path / "longer.wav", samples, rate)
    return tmp_path / "longer.wav"


def laid(clip, speech, services):
    items = [found.item for found in import_media((clip, speech), services, CallbackProgress())]
    return clip_and_speech(Project(), *items)


def look(project, services, **changes):
    request = SequenceRequest(project=project, sequence=project.sequences[-1].id, **changes)
    found = preflight_sequence(request, services, CallbackProgress())
    return found, {each.id: each for each in found.findings}


def test_a_good_pair_has_nothing_in_the_way(tiny, services, tmp_path):
    project = laid(*tiny, services)
    found, by_id = look(project, services, output=tmp_path / "x.mp4")
    assert found.warnings == ()
    assert found.frames == 64
    clip = project.sequences[-1].tracks[0].clips[0]
    assert by_id["face-size"].subject_id == clip.id
    assert by_id["sound-level"].subject_id == project.media[1].id
    assert {"memory", "time", "disk"} <= set(by_id)


def test_speech_without_a_picture_and_pauses_are_told_in_frames_of_the_sequence(
    tiny, services, longer
):
    project = laid(tiny[0], longer, services)
    by_id = look(project, services)[1]
    unseen = by_id["speech-unseen"]
    assert (unseen.severity, unseen.spans) == ("warning", ((64, 100),))
    assert unseen.actions == ("jump", "length-policy")
    ((start, stop),) = by_id["silence"].spans
    assert (start, stop) == (pytest.approx(10, abs=2), pytest.approx(50, abs=2))
    chosen = (project.sequences[-1].tracks[0].clips[0].id,)
    assert "speech-unseen" not in look(project, services, clips=chosen)[1]


def test_a_clip_without_speech_for_a_while_is_noted(tiny, services, tmp_path):
    samples, rate = soundfile.read(SAMPLE / "speech.wav")
    soundfile.write(tmp_path / "short.wav", samples[:rate], rate)
    found = look(laid(tiny[0], tmp_path / "short.wav", services), services)[1]["length"]
    assert found.severity == "info"
    assert found.spans == ((25, 64),)


def test_what_is_offline_or_cannot_run_blocks_with_a_button(tiny, services, tmp_path):
    clip = tmp_path / "moved.mp4"
    clip.write_bytes(tiny[0].read_bytes())
    project = laid(clip, tiny[1], services)
    clip.unlink()
    found, by_id = look(project, services, output=tmp_path / "x.mp4")
    assert found.is_blocked
    gone = by_id["missing-file"]
    assert (gone.actions, gone.subject_id) == (("relink",), project.media[0].id)
    assert [each.id for each in found.findings].count("missing-file") == 1
    project = laid(*tiny, services)
    settings = apply(project.settings, {"engine": "latentsync"})
    found, by_id = look(set_settings(project, settings), services)
    assert by_id["weights-missing"].actions == ("open-weights", "other-engine")
    assert by_id["face-size"].numbers["model_px"] == pytest.approx(426, abs=1)


def test_engines_and_seconds_of_chosen_takes_count(tiny, services):
    project = laid(*tiny, services)
    clip = project.sequences[-1].tracks[0].clips[0]
    half = FrameRange(0, 32)
    project = add_take(project, clip.id, {"engine": "latentsync"}, half)
    by_id = look(project, services)[1]
    assert "latentsync draws it" in by_id["face-size"].sentence
    later = look(project, services, frames=FrameRange(32, 64))[1]
    assert "mouthbank draws it" in later["face-size"].sentence
    clip = project.sequences[-1].tracks[0].clips[0]
    parts = drawings_of(project, clip, clip.placed, 21, (320, 320))
    assert [(p.settings.engine, p.frames) for p in parts] == [("latentsync", 10), ("mouthbank", 11)]


def test_only_what_is_still_to_be_drawn_costs_time(tiny, services):
    project = laid(*tiny, services)
    clip = project.sequences[-1].tracks[0].clips[0].id
    found, by_id = look(project, services, to_draw={clip: 0})
    assert found.forecast.total == 0
    assert by_id["time"].sentence.startswith("About 1 s")
    assert look(project, services)[0].forecast.total is None


def test_an_empty_sequence_has_nothing_to_tell_of(tiny, services):
    project = laid(*tiny, services)
    silent = replace(project.sequences[-1], tracks=())
    empty = replace(project, sequences=(silent,))
    found, by_id = look(empty, services)
    assert found.frames == 0
    assert set(by_id) == {"memory", "disk"}


def test_what_there_is_no_time_for_is_only_looked_for_and_said_so(
    tiny, services, tmp_path, monkeypatch
):
    project = laid(*tiny, services)
    twice = repeated(project)
    monkeypatch.setattr(sequence, "PATIENCE_S", -1.0)
    found, by_id = look(twice, services)
    assert by_id["not-looked-at"].numbers == {"skipped": 1.0}
    assert "face-size" in by_id  # the first one is always looked at
    assert found.frames == 128


def repeated(project):
    track = project.sequences[-1].tracks[0].id
    tracks = project.sequences[-1].tracks
    lane = tracks[-1].id
    clip, speech = tracks[0].clips[0], tracks[-1].clips[0]
    return overwrite(
        project,
        [
            Placement(track, replace(clip, start=64, link=None)),
            Placement(lane, replace(speech, start=64, link=None)),
        ],
    )


def test_the_export_dialog_is_told_how_long_drawing_takes(tiny, services):
    project = laid(*tiny, services)
    shown = project.sequences[-1]
    counts = {shown.tracks[0].clips[0].id: 32}
    assert estimate_drawing(project, shown.id, counts, services) is None
    size = {"width": 320, "height": 320}
    drawn = Speed(work="draw", engine="mouthbank", device="cpu", warm=16.0, **size)
    faces = Speed(work="analyse", warm=64.0, **size)
    keep_speeds(services.engines.notes, [drawn, faces])
    assert estimate_drawing(project, shown.id, counts, services) == pytest.approx(1 + 2)
    assert estimate_drawing(project, shown.id, {}, services) == 0
