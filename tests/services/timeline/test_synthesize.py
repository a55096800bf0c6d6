"""Patches of a timeline's clips: what is drawn, and that edits keep what they do not touch."""

from threading import Event

import pytest
import soundfile
from msgspec.structs import replace

from latentsync_studio.core.errors import Cancelled, MissingFileError, NothingToDoError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.move import move
from latentsync_studio.core.timeline.edits.slice import slice_at
from latentsync_studio.core.timeline.model import FaceChoice, Override, SpeechLane
from latentsync_studio.services.timeline.synthesize import (
    SynthesisRequest,
    frames_asked_for,
    synthesize,
)
from latentsync_studio.services.timeline.takes import TakeCache
from latentsync_studio.services.wiring import open_services
from tests.services.conftest import cut_clip, cut_speech
from tests.services.timeline.conftest import FRAMES
from tests.services.timeline.projects import A1, SEQUENCE, V1, clip, item_of, project, with_track


@pytest.fixture
def synthesized(home):
    """Run requests in the data folder where `plain` is synthesized already."""
    with open_services(home) as services:

        def run(project, progress=None, finished=None, **more):
            request = SynthesisRequest(project=project, sequence=SEQUENCE, **more)
            return synthesize(request, services, progress or CallbackProgress(), finished)

        yield run


def first_clip(project):
    return project.sequences[0].tracks[0].clips[0]


def test_all_that_is_stored_is_not_drawn_again(synthesized, plain):
    report = synthesized(plain)
    assert (report.engine_calls, report.windows_total, report.windows_reused) == (0, 7, 7)
    assert report.drawn == report.frames == FRAMES


def test_moving_clip_and_speech_together_draws_nothing(synthesized, plain):
    moved = move(plain, ["c1", "c2"], 37)
    assert moved.sequences[0].stop == FRAMES + 37
    assert synthesized(moved).engine_calls == 0


@pytest.mark.parametrize("tracks", [[V1], [A1], [V1, A1]], ids=["picture", "speech", "both"])
def test_a_cut_with_the_razor_draws_nothing(synthesized, plain, tracks):
    report = synthesized(slice_at(plain, tracks, 53))
    assert report.engine_calls == 0
    assert report.drawn == FRAMES


def test_parts_of_a_cut_clip_share_one_take(home, plain):
    cut = slice_at(plain, [V1], 53)
    with open_services(home) as services:
        takes = TakeCache(services)
        names = [each.id for each in cut.sequences[0].tracks[0].clips]
        faces = {id(takes.get(cut, SEQUENCE, name, CallbackProgress()).faces[0]) for name in names}
        takes.clear()
    assert len(faces) == 1


def test_a_trim_draws_nothing(synthesized, talk):
    trimmed = project(talk, {"V1": [clip(1, 1, 25, (25, 90))], "A1": [clip(2, 2, 0, (0, 112))]})
    report = synthesized(trimmed)
    assert report.engine_calls == 0
    assert (report.frames, report.windows_total) == (65, 5)


def test_other_strengths_draw_nothing(synthesized, plain):
    softer = (Override(key="compose.strength", value=0.4),)
    clips = (replace(first_clip(plain), overrides=softer),)
    assert synthesized(with_track(plain, "V1", clips=clips)).engine_calls == 0


def test_an_engine_setting_of_one_clip_draws_that_clip(synthesized, plain):
    cut = slice_at(plain, [V1], 48)
    first, second = cut.sequences[0].tracks[0].clips
    calmer = replace(second, overrides=(Override(key="mouthbank.expression", value=0.6),))
    report = synthesized(with_track(cut, "V1", clips=(first, calmer)))
    assert report.windows_total == 7
    assert report.engine_calls == 4


def test_speech_that_slides_under_the_picture_is_drawn_anew(synthesized, talk):
    late = project(talk, {"V1": [clip(1, 1, 0, (0, 32))], "A1": [clip(2, 2, 3, (0, 90))]})
    assert synthesized(late).engine_calls >= 1


def test_a_sync_offset_of_a_frame_is_the_same_as_moving_the_speech(synthesized, talk):
    tracks = {"V1": [clip(1, 1, 0, (0, 16))], "A1": [clip(2, 2, 2, (0, 90))]}
    synthesized(project(talk, tracks))
    tracks["A1"] = [clip(2, 2, 0, (0, 90))]
    offset = with_track(project(talk, tracks), "A1", speech=SpeechLane(offset_ms=80))
    assert synthesized(offset).engine_calls == 0


@pytest.mark.slow
def test_a_changed_second_of_speech_draws_its_neighbourhood_only(services, tmp_path):
    from tests.services.conftest import cut_clip

    video = item_of(cut_clip(tmp_path / "long.mp4", 186), 1)
    audio = item_of(cut_speech(tmp_path / "speech.wav", 7.4), 2)
    tracks = {"V1": [clip(1, 1, 0, (0, 186))], "A1": [clip(2, 2, 0, (0, 185))]}
    request = SynthesisRequest(project=project([video, audio], tracks), sequence=SEQUENCE)
    first = synthesize(request, services, CallbackProgress())
    sound, rate = soundfile.read(audio.path)
    sound[int(5.0 * rate) : int(6.0 * rate)] *= 0.02
    soundfile.write(audio.path, sound, rate, subtype="PCM_16")
    second = synthesize(request, services, CallbackProgress())
    assert first.engine_calls == first.windows_total == 12
    assert 1 <= second.engine_calls <= 8


def test_new_frames_are_told_in_order_with_the_frame_of_the_medium(synthesized, talk):
    done = []
    late = project(talk, {"V1": [clip(1, 1, 100, (40, 64))], "A1": [clip(2, 2, 93, (0, 90))]})
    report = synthesized(late, finished=done.append)
    assert report.engine_calls == 2
    assert [each.frame for each in done] == list(range(100, 124))
    assert [each.media_frame for each in done] == list(range(40, 64))
    assert {each.media for each in done} == {"m1"}


def test_only_the_frames_asked_for_are_drawn(synthesized, talk):
    late = project(talk, {"V1": [clip(1, 1, 0, (0, 112))], "A1": [clip(2, 2, 11, (0, 90))]})
    report = synthesized(late, frames=FrameRange(16, 32))
    assert (report.windows_total, report.engine_calls, report.drawn) == (1, 1, 16)


def test_nothing_is_driven_without_a_lane_that_plays(synthesized, plain, talk):
    for quiet in (
        with_track(plain, "A1", speech=None),
        with_track(plain, "A1", is_muted=True),
        with_track(plain, "V1", is_muted=True),
        with_track(plain, "V1", clips=(replace(first_clip(plain), is_enabled=False),)),
        project(talk, {"V1": [clip(1, 1, 0, (0, 20))], "A1": [clip(2, 2, 60, (0, 20))]}),
    ):
        with pytest.raises(NothingToDoError, match="no speech lane"):
            synthesized(quiet)


def test_a_face_that_does_not_exist_passes_through_and_is_told(synthesized, plain):
    lane = SpeechLane(faces=(FaceChoice(media="m1", face=3),))
    report = synthesized(with_track(plain, "A1", speech=lane))
    assert (report.drawn, report.engine_calls) == (0, 0)
    assert report.notes == ("There is no face 3; the clip has 1.",)
    assert report.passed_through[0].range == (0, FRAMES)


def test_an_offline_medium_is_told_with_a_remedy(synthesized, plain, tmp_path):
    lost = replace(plain.media[0], path=str(tmp_path / "gone.mp4"))
    with pytest.raises(MissingFileError, match="offline") as caught:
        synthesized(replace(plain, media=(lost, plain.media[1])))
    assert "Relink" in caught.value.remedy


def test_stopped_and_begun_again_only_the_rest_is_drawn(services, talk):
    tracks = {"V1": [clip(1, 1, 0, (0, 64))], "A1": [clip(2, 2, 0, (0, 64))]}
    request = SynthesisRequest(project=project(talk, tracks), sequence=SEQUENCE)
    stop = Event()
    with pytest.raises(Cancelled):
        synthesize(request, services, CallbackProgress(stop=stop), lambda _: stop.set())
    kept = services.store.info().kinds["patches"][0]
    assert 1 <= kept < 4
    assert synthesize(request, services, CallbackProgress()).engine_calls == 4 - kept


def test_a_grid_of_another_rate_shares_the_patches(synthesized, talk):
    from latentsync_studio.core.timeline.rate import FrameRate

    tracks = {"V1": [clip(1, 1, 0, (0, 216))], "A1": [clip(2, 2, 0, (0, 216))]}
    faster = project(talk, tracks, rate=FrameRate(48))
    report = synthesized(faster)
    assert report.engine_calls == 0
    assert report.frames == report.drawn == 216


def test_a_still_photograph_talks(services, talk, tmp_path):
    import cv2

    from tests.fakes.talking_clips import heads

    cv2.imwrite(str(tmp_path / "photo.png"), heads(1)[0][..., ::-1])
    photo = item_of(tmp_path / "photo.png", 1, is_still=True)
    tracks = {"V1": [clip(1, 1, 0, (0, 32))], "A1": [clip(2, 2, 0, (0, 90))]}
    request = SynthesisRequest(project=project([photo, talk[1]], tracks), sequence=SEQUENCE)
    report = synthesize(request, services, CallbackProgress())
    assert (report.engine_calls, report.drawn) == (2, 32)
    halves = slice_at(request.project, [V1], 11)
    again = synthesize(replace(request, project=halves), services, CallbackProgress())
    assert again.engine_calls == 0


def counted(reports):
    return [(each.done, each.total) for each in reports if each.stage == "synthesize"]


def test_progress_counts_the_frames_of_all_clips(services, talk):
    shots = [clip(1, 1, 0, (0, 32)), clip(3, 1, 40, (60, 76))]
    cut = project(talk, {"V1": shots, "A1": [clip(2, 2, 0, (0, 90))]})
    request = SynthesisRequest(project=cut, sequence=SEQUENCE)
    assert frames_asked_for(request) == 48
    seen, stop = [], Event()
    with pytest.raises(Cancelled):
        synthesize(request, services, CallbackProgress(seen.append, stop), lambda _: stop.set())
    synthesize(request, services, CallbackProgress(seen.append))
    told = counted(seen)
    assert {total for _, total in told} == {48}
    assert [done for done, _ in told] == sorted(done for done, _ in told)
    assert told[0][0] == 0
    assert told[-1] == (48, 48)
    again = []
    synthesize(request, services, CallbackProgress(again.append))
    assert set(counted(again)) == {(48, 48)}


def test_only_the_frames_asked_for_are_counted(synthesized, talk):
    late = project(talk, {"V1": [clip(1, 1, 0, (0, 112))], "A1": [clip(2, 2, 0, (0, 112))]})
    seen = []
    synthesized(late, CallbackProgress(seen.append), frames=FrameRange(20, 30))
    assert counted(seen)[-1] == (10, 10)


def test_the_first_clip_is_drawn_before_the_second_medium_is_analysed(services, tmp_path):
    media = [item_of(cut_clip(tmp_path / f"{n}.mp4", n), n) for n in (16, 17)]
    speech = item_of(cut_speech(tmp_path / "speech.wav", 2), 2)
    tracks = {
        "V1": [clip(1, 16, 0, (0, 16)), clip(2, 17, 16, (0, 16))],
        "A1": [clip(3, 2, 0, (0, 32))],
    }
    request = SynthesisRequest(project=project((*media, speech), tracks), sequence=SEQUENCE)
    stop = Event()
    with pytest.raises(Cancelled):
        synthesize(request, services, CallbackProgress(stop=stop), lambda _: stop.set())
    assert services.store.info().kinds["faces"][0] == 1
    report = synthesize(request, services, CallbackProgress())
    assert (report.drawn, services.store.info().kinds["faces"][0]) == (32, 2)
