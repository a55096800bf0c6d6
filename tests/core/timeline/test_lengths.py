"""Speech that goes on after the picture: the clip again, or the end."""

import pytest

from latentsync_studio.core.errors import InvalidEditError
from latentsync_studio.core.ranges import FrameRange
from latentsync_studio.core.timeline.edits.lengths import end_with_picture, repeat_picture
from latentsync_studio.core.timeline.edits.pair import clip_and_speech
from latentsync_studio.core.timeline.model import (
    AudioFacts,
    MediaId,
    MediaItem,
    Project,
    VideoFacts,
)
from latentsync_studio.core.timeline.rate import FrameRate


def laid(clip_frames, speech_s):
    clip = MediaItem(
        id=MediaId("m1"), name="clip", path="/c",
        video=VideoFacts(n_frames=clip_frames, rate=FrameRate(25), width=64, height=64),
    )  # fmt: skip
    speech = MediaItem(
        id=MediaId("m2"), name="speech", path="/s",
        audio=AudioFacts(rate_hz=16_000, n_samples=int(16_000 * speech_s)),
    )  # fmt: skip
    return clip_and_speech(Project(), clip, speech)


def test_the_clip_is_shown_again_until_the_speech_ends():
    project = laid(20, 2.0)
    sequence = project.sequences[-1]
    after = repeat_picture(project, sequence.id).sequences[-1]
    clips = after.tracks[0].clips
    assert [(c.start, c.source.start, c.source.stop) for c in clips] == [
        (0, 0, 20), (20, 0, 20), (40, 0, 10),
    ]  # fmt: skip
    assert after.tracks[0].stop == after.stop == 50
    assert len({clip.id for clip in clips}) == 3


def test_the_work_area_ends_with_the_picture():
    project = laid(20, 2.0)
    sequence = project.sequences[-1]
    after = end_with_picture(project, sequence.id).sequences[-1]
    assert after.work_area == FrameRange(0, 20)
    assert after.tracks == sequence.tracks


@pytest.mark.parametrize("edit", [repeat_picture, end_with_picture])
def test_there_is_nothing_to_do_where_the_picture_lasts(edit):
    project = laid(80, 2.0)
    with pytest.raises(InvalidEditError):
        edit(project, project.sequences[-1].id)
