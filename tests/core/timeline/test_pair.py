import pytest
from cuts import MEDIA, SPEECH, STILL, TALK, project
from msgspec.structs import replace

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.timeline.check import check
from latentsync_studio.core.timeline.edits.pair import clip_and_speech, grid_rate
from latentsync_studio.core.timeline.edits.trim import trim_tail
from latentsync_studio.core.timeline.model import AudioFacts, MediaId, Project, VideoFacts
from latentsync_studio.core.timeline.rate import FrameRate

CLIP, PHOTO, VOICE = (next(m for m in MEDIA if m.id == each) for each in (TALK, STILL, SPEECH))


def as_imported(item):
    return replace(item, id=MediaId(""))


def layout(made):
    """Of the last sequence: what each track holds, by its name."""
    return {
        track.name: [(c.media, c.start, c.source.start, c.source.stop) for c in track.clips]
        for track in made.sequences[-1].tracks
    }


def test_the_clip_its_own_sound_and_the_speech_lie_below_each_other():
    made = clip_and_speech(Project(), as_imported(CLIP), as_imported(VOICE))
    check(made)
    assert [item.name for item in made.media] == ["talk.mp4", "speech.wav"]
    clip, voice = (item.id for item in made.media)
    assert layout(made) == {
        "V1": [(clip, 0, 0, 400)],
        "A1": [(clip, 0, 0, 400)],
        "A2": [(voice, 0, 0, 400)],
    }
    (sequence,) = made.sequences
    assert (sequence.name, sequence.rate, sequence.width) == ("talk", FrameRate(25), 640)
    assert [track.is_muted for track in sequence.tracks] == [False, True, False]
    assert [track.speech is not None for track in sequence.tracks] == [False, False, True]


def test_picture_and_own_sound_are_linked_and_the_speech_is_not():
    made = clip_and_speech(Project(), as_imported(CLIP), as_imported(VOICE))
    picture, sound, speech = (track.clips[0] for track in made.sequences[0].tracks)
    assert picture.link is not None
    assert picture.link == sound.link
    assert speech.link is None
    check(trim_tail(made, picture.id, -10))


def test_media_that_the_project_has_are_not_added_again():
    before = project()
    made = clip_and_speech(before, CLIP, VOICE)
    assert made.media is before.media
    assert layout(made)["V1"] == [(TALK, 0, 0, 400)]


def test_an_empty_sequence_is_used_and_keeps_its_id():
    before = project()
    made = clip_and_speech(before, CLIP, VOICE)
    check(made)
    assert [each.id for each in made.sequences] == [each.id for each in before.sequences]
    again = clip_and_speech(made, CLIP, VOICE)
    check(again)
    assert len(again.sequences) == 2
    assert again.sequences[0] is made.sequences[0]


def test_a_silent_clip_has_one_track_of_sound():
    made = clip_and_speech(Project(), replace(as_imported(CLIP), audio=None), as_imported(VOICE))
    assert list(layout(made)) == ["V1", "A1"]
    assert made.sequences[0].tracks[1].speech is not None
    assert made.sequences[0].tracks[0].clips[0].link is None


def test_a_still_lasts_as_long_as_the_speech():
    made = clip_and_speech(Project(), as_imported(PHOTO), as_imported(VOICE))
    check(made)
    assert layout(made)["V1"][0][2:] == (0, 400)


@pytest.mark.parametrize(("samples", "expected"), [(1920 * 500, 400), (1920 * 300, 300)])
def test_the_picture_is_whole_whatever_its_sound_lasts(samples, expected):
    clip = replace(as_imported(CLIP), audio=AudioFacts(rate_hz=48_000, n_samples=samples))
    made = clip_and_speech(Project(), clip, as_imported(VOICE))
    check(made)
    assert layout(made)["V1"][0][2:] == (0, 400)
    assert layout(made)["A1"][0][2:] == (0, expected)


@pytest.mark.parametrize(("frames", "expected"), [(398, 398), (400.4, 400), (402, 400), (403, 403)])
def test_a_rest_of_a_frame_of_speech_shows_no_black_behind_the_clip(frames, expected):
    samples = AudioFacts(rate_hz=48_000, n_samples=int(1920 * frames))
    made = clip_and_speech(Project(), as_imported(CLIP), replace(as_imported(VOICE), audio=samples))
    assert layout(made)["A2"][0][2:] == (0, expected)
    assert layout(made)["V1"][0][2:] == (0, 400)


@pytest.mark.parametrize(
    ("clip", "speech", "words"), [(VOICE, VOICE, "no picture"), (CLIP, PHOTO, "no sound")]
)
def test_what_is_missing_is_told(clip, speech, words):
    with pytest.raises(InvalidEditError, match=words) as caught:
        clip_and_speech(Project(), as_imported(clip), as_imported(speech))
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("rate", "variable", "expected"),
    [
        (FrameRate(30000, 1001), False, FrameRate(30000, 1001)),
        (FrameRate(127, 10), False, FrameRate(127, 10)),
        (FrameRate(2987, 100), True, FrameRate(30000, 1001)),
        (FrameRate(241, 10), True, FrameRate(24)),
        (FrameRate(127, 10), True, FrameRate(13)),
        (FrameRate(1, 10), True, FrameRate(1)),
    ],
)
def test_a_variable_rate_gives_a_common_grid(rate, variable, expected):
    video = VideoFacts(n_frames=9, rate=rate, width=2, height=2, is_variable=variable)
    assert grid_rate(video) == expected
