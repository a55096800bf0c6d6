"""A clip is looked at for a moment and given the preset that suits it, with reasons."""

import numpy as np
import pytest
import soundfile
from msgspec.structs import replace

from latentsync_studio.core.errors import Cancelled, InputError
from latentsync_studio.core.progress import CallbackProgress
from latentsync_studio.media.reader import FrameReader
from latentsync_studio.services.auto_detect import Measures, choose, propose
from latentsync_studio.services.content_picture import PAIRS, PictureMeasures, look, samples_of
from latentsync_studio.services.content_sound import SoundMeasures, measure_sound
from latentsync_studio.storage.presets import load_preset
from tests.cli.clips import face_frames, write_clip
from tests.fakes.drawn_scenes import RATE_HZ, chords, drawn_scene, melody
from tests.services.conftest import SAMPLE
from tests.services.timeline.projects import item_of

FACE = PictureMeasures(frames=40, face_share=1.0, faces=1, eye_px=90, eye_share=0.05)
SPEECH = SoundMeasures(kind="speech")
Y, X = np.mgrid[:320, :320]
INSIDE = (((X - 160) / 110) ** 2 + ((Y - 160) / 140) ** 2 < 1)[..., None]  # a head and no more
ORDINARY = Measures(width=1280, height=720, fps=25, picture=FACE, sound=SPEECH)


def chosen(**changes):
    return choose(replace(ORDINARY, **changes))


def with_picture(**changes):
    return chosen(picture=replace(FACE, **changes))


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    path = tmp_path_factory.mktemp("drawn") / "gezeichnet ü.mp4"
    write_clip(path, [drawn_scene(number) for number in range(24)], crf="23")
    return path


@pytest.mark.parametrize(
    ("proposal", "preset", "code"),
    [
        (choose(ORDINARY), "natural", "ordinary"),
        (choose(Measures()), "natural", "no-picture"),
        (with_picture(face_share=0.0), "natural", "no-face"),
        (with_picture(drawn=0.9, flat=0.6), "animation", "drawn"),
        (with_picture(drawn=0.9, flat=0.6, face_share=0.0), "animation", "drawn"),
        (with_picture(eye_px=28), "strong", "small-face"),
        (with_picture(eye_share=0.1, cuts_per_minute=0.0), "interview", "near-and-calm"),
        (with_picture(eye_share=0.1, cuts_per_minute=0.0, motion=5.0), "natural", "ordinary"),
        (with_picture(eye_share=0.1, cuts_per_minute=0.0, faces=2), "natural", "ordinary"),
        (chosen(sound=SoundMeasures(kind="music", held=0.9)), "singing", "music"),
        (chosen(fps=59.94), "streaming", "web"),
        (chosen(width=720, height=1280), "streaming", "web"),
        (chosen(hdr="pq"), "film", "hdr"),
        (chosen(fps=23.976, picture=replace(FACE, cuts_per_minute=9.0)), "film", "film-rate"),
        (chosen(fps=24.0, width=3840, height=2160), "film", "film-rate"),
    ],
)
def test_the_rules_are_plain(proposal, preset, code):
    assert (proposal.preset, proposal.reasons[0].code) == (preset, code)
    assert proposal.reasons[0].text.endswith(".")
    assert load_preset(proposal.preset).is_shipped


def test_what_the_user_should_know_is_noted():
    told = " ".join(
        chosen(
            is_variable=True, hdr="hlg", is_interlaced=True, sound=SoundMeasures(kind="silence")
        ).notes
    )
    for word in ("varies", "HLG", "interlaced", "silent"):
        assert word in told


def test_numbers_stand_in_the_reason():
    reason = with_picture(eye_px=28).reasons[0]
    assert reason.numbers == {"eye_px": 28}
    assert "28 px" in reason.text


@pytest.mark.slow
def test_the_sample_is_one_person_from_near_and_the_answer_never_changes(services):
    item = item_of(SAMPLE / "portrait.mp4", 1)
    speech = item_of(SAMPLE / "speech.wav", 2)
    reports = []
    told = propose(item, services, CallbackProgress(reports.append), speech)
    assert told.preset == "interview"
    assert told.measures.sound.kind == "speech"
    assert told.measures.picture.drawn == 0
    assert told.measures.picture.cuts_per_minute == 0
    assert (reports[0].stage, reports[-1].done) == ("detect", 2 * PAIRS)
    assert propose(item, services, CallbackProgress(), speech) == told


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "eyes"), [("talker3.mp4", (90, 125)), ("demo1_video.mp4", (95, 130))]
)
def test_real_clips_are_seen_as_filmed_speech(services, shared_clips, name, eyes):
    item = item_of(shared_clips / name, 1)
    told = propose(item, services, CallbackProgress())
    measures = told.measures
    assert told.preset == "interview"
    assert measures.picture.face_share == 1
    assert eyes[0] < measures.picture.eye_px < eyes[1]
    assert measures.picture.flat < 0.2
    assert measures.sound.kind == "speech"


def test_a_drawn_clip_is_animation(services, drawn):
    told = propose(item_of(drawn, 1), services, CallbackProgress())
    assert told.preset == "animation"
    assert told.measures.picture.flat > 0.6
    assert told.measures.sound.kind == "none"


def test_a_person_before_a_plain_wall_is_not_drawn(services, tmp_path):
    path = tmp_path / "wall.mp4"
    frames = [np.where(INSIDE, frame, np.uint8(150)) for frame in face_frames(12)]
    write_clip(path, frames, crf="20")
    seen = propose(item_of(path, 1), services, CallbackProgress()).measures.picture
    assert seen.face_share == 1
    assert seen.flat < 0.3
    assert seen.drawn == 0


def test_cuts_are_estimated_from_the_samples(tmp_path):
    path = tmp_path / "cuts.mp4"
    shots = [np.full((64, 96, 3), color, np.uint8) for color in ((200, 40, 30), (20, 60, 180))]
    write_clip(path, [shots[number // 50 % 2] for number in range(200)], g="10")
    with FrameReader(path) as reader:
        seen = look(reader, CallbackProgress())
    assert 20 <= seen.cuts_per_minute <= 40  # 3 in 8 s are 22 a minute
    assert seen.face_share == 0


def test_few_frames_are_decoded_whatever_the_length():
    class Long:
        n_frames = 200_000

        def key_for(self, number):
            return number // 250 * 250

        def first_from(self, pts):
            return pts

    class LongWithOneKey(Long):
        def key_for(self, number):
            return 0

    firsts = samples_of(Long())
    assert len(firsts) == PAIRS
    assert all(first % 250 <= 30 for first in firsts)
    assert firsts[-1] > 190_000
    assert max(samples_of(LongWithOneKey())) <= 300


def test_a_clip_of_one_frame_and_one_without_a_face_are_no_trouble(tmp_path, services):
    path = tmp_path / "one.mp4"
    write_clip(path, [np.full((64, 96, 3), 90, np.uint8)])
    told = propose(item_of(path, 1), services, CallbackProgress())
    assert told.preset in {"natural", "animation"}
    assert told.measures.picture.frames == 1


def test_looking_can_be_stopped(drawn, services):
    progress = CallbackProgress()
    progress.stop.set()
    with pytest.raises(Cancelled):
        propose(item_of(drawn, 1), services, progress)


def test_a_file_that_is_gone_is_told(drawn, services):
    item = replace(item_of(drawn, 1), path=str(drawn.with_name("gone.mp4")))
    with pytest.raises(InputError):
        propose(item, services, CallbackProgress())


def sample_speech():
    samples, rate = soundfile.read(SAMPLE / "speech.wav", dtype="float32")
    step = rate / RATE_HZ
    at = np.arange(int(len(samples) / step)) * step
    return np.interp(at, np.arange(len(samples)), samples).astype(np.float32)


def noise(seconds):
    return np.random.default_rng(0).normal(0, 0.1, seconds * RATE_HZ).astype(np.float32)


@pytest.mark.parametrize(
    ("pcm", "kind"),
    [
        (sample_speech(), "speech"),
        (sample_speech() + 0.02 * np.resize(chords(), len(sample_speech())), "speech"),
        (melody(), "music"),
        (melody(vibrato=1.0, harmonics=12), "music"),
        (chords(), "music"),
        (noise(10), "other"),
        (np.zeros(5 * RATE_HZ, np.float32), "silence"),
        (np.zeros(0, np.float32), "silence"),
        (noise(1)[:100], "silence"),
    ],
)
def test_speech_is_told_from_music(pcm, kind):
    told = measure_sound(pcm)
    assert told.kind == kind
    assert measure_sound(pcm) == told


@pytest.mark.parametrize("gain", [0.01, 0.1, 3.0])
def test_the_verdict_does_not_depend_on_the_level(gain):
    for pcm in (sample_speech(), melody()):
        assert measure_sound(pcm * np.float32(gain)).kind == measure_sound(pcm).kind


@pytest.mark.slow
@pytest.mark.parametrize("name", ["speech1.wav", "demo1_audio.wav", "demo2_audio.wav"])
def test_real_speech_is_heard_as_speech(shared_clips, services, name):
    told = propose(item_of(shared_clips / name, 1), services, CallbackProgress())
    assert told.measures.sound.kind == "speech"
    assert told.reasons[0].code == "no-picture"
